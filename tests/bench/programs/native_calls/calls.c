/* calls KIND COUNT: what a program in C calls by way of pointers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double next(double x);
int64_t mix(int32_t a, int64_t b, double c, int64_t d);
int64_t repeat(int32_t (*callback)(int32_t), int64_t n);

static double (*volatile next_pointer)(double) = next;
static int64_t (*volatile mix_pointer)(int32_t, int64_t, double, int64_t) = mix;
static int64_t (*volatile repeat_pointer)(int32_t (*)(int32_t), int64_t) = repeat;

static int32_t increment(int32_t x)
{
    return x + 1;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    int64_t n = strtoll(argv[2], NULL, 10), sum = 0;
    if (strcmp(argv[1], "one") == 0) {
        double x = 0;
        for (int64_t i = 0; i < n; i++)
            x = next_pointer(x);
        sum = (int64_t)x;
    } else if (strcmp(argv[1], "four") == 0) {
        for (int64_t i = 0; i < n; i++)
            sum = mix_pointer(0, sum, 1.0, 0);
    } else if (strcmp(argv[1], "callback") == 0) {
        sum = repeat_pointer(increment, n);
    } else {
        for (int64_t i = 0; i < n; i++)
            __asm__ volatile("");
        sum = n;
    }
    printf("%" PRId64 "\n", sum);
    return 0;
}
