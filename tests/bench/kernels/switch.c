// A small machine with eight operations, 15 million of them in pseudo-random order.
long long run(void) {
    unsigned seed = 12345, acc = 1;
    for (unsigned i = 0; i < 15000000; i++) {
        seed = seed * 1103515245u + 12345u;
        switch (seed >> 16 & 7) {
        case 0: acc += 7; break;
        case 1: acc ^= seed; break;
        case 2: acc -= 3; break;
        case 3: acc ^= acc << 1; break;
        case 4: acc ^= acc >> 3; break;
        case 5: acc |= 1; break;
        case 6: acc &= 0xffffff; break;
        default: acc += i;
        }
    }
    return (int)acc;
}
