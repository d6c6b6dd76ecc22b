/* The functions that are called, in a library of their own, so that nothing but their addresses is known about them. */
#include <stdint.h>

double next(double x)
{
    return x + 1.0;
}

int64_t mix(int32_t a, int64_t b, double c, int64_t d)
{
    return a + b + (int64_t)c + d;
}

int64_t repeat(int32_t (*callback)(int32_t), int64_t n)
{
    int32_t x = 0;
    for (int64_t i = 0; i < n; i++)
        x = callback(x);
    return x;
}
