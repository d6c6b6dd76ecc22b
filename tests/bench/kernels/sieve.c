// The primes below 2^20, four times over: byte stores and loads in memory.
#define SIZE 1048576
static unsigned char flags[SIZE] __attribute__((aligned(8)));

long long run(void) {
    long long count = 0;
    for (int round = 0; round < 4; round++) {
        // A loop, as in the other versions, not a call of memset.
        for (long long i = 0; i < SIZE; i += 8)
            *(volatile long long *)(flags + i) = 0;
        count = 0;
        for (long long i = 2; i < SIZE; i++) {
            if (flags[i])
                continue;
            count++;
            for (long long j = i + i; j < SIZE; j += i)
                flags[j] = 1;
        }
    }
    return count;
}
