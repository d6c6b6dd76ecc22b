// 20 million calls of a small leaf.
__attribute__((noinline)) static long long leaf(long long x, long long y) {
    return ((x ^ y) + 3) & 0x7fff;
}

long long run(void) {
    long long x = 0;
    for (long long i = 0; i < 20000000; i++)
        x = leaf(x, i);
    return x;
}
