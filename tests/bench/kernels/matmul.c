// Product of two 128 x 128 matrices of f64, ten times: loads, stores, address arithmetic.
static double a[128][128], b[128][128], c[128][128];

long long run(void) {
    for (long long i = 0; i < 16384; i++) {
        (&a[0][0])[i] = i & 63;
        (&b[0][0])[i] = i & 31;
    }
    double sum = 0;
    for (int round = 0; round < 10; round++)
        for (long long i = 0; i < 128; i++)
            for (long long j = 0; j < 128; j++) {
                double x = 0;
                for (long long k = 0; k < 128; k++)
                    x += a[i][k] * b[k][j];
                *(volatile double *)&c[i][j] = x;
                sum += x;
            }
    return sum;
}
