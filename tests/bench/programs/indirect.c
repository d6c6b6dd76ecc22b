/* The same as indirect.wat: 400,000,000 calls through a table, none of which depends on the one before. */
#include <stdint.h>
#include <stdio.h>

typedef uint32_t step(uint32_t);

static uint32_t a(uint32_t x) { return x * 5 + 1; }
static uint32_t b(uint32_t x) { return x ^ x >> 3; }
static uint32_t c(uint32_t x) { return x << 7 | x >> 25; }
static uint32_t d(uint32_t x) { return x - 0x9e3779b9; }

static step *const table[4] = {a, b, c, d};

int main(void) {
    uint32_t x = 12345;
    for (uint32_t i = 400000000; i != 0; i--)
        x += table[i & 3](i);
    printf("%08x\n", x);
    return 0;
}
