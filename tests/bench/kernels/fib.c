// Recursive Fibonacci: calls and returns.
static long long fib(long long n) {
    if (n < 2)
        return n;
    return fib(n - 1) + fib(n - 2);
}

long long run(void) {
    return fib(35);
}
