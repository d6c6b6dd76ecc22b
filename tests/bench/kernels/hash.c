// A 32-bit xorshift generator, 30 million steps, folded into a sum.
long long run(void) {
    unsigned h = 2463534242u, sum = 0;
    for (int i = 0; i < 30000000; i++) {
        h ^= h << 13;
        h ^= h >> 17;
        h ^= h << 5;
        sum ^= h;
    }
    return (int)sum;
}
