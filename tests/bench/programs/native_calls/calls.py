"""calls.py ctypes|cffi LIBRARY KIND COUNT"""

import sys


def with_ctypes(path: str) -> tuple:
    from ctypes import CDLL, CFUNCTYPE, c_double, c_int32, c_int64

    library = CDLL(path)
    callback = CFUNCTYPE(c_int32, c_int32)
    functions = library.next, library.mix, getattr(library, "repeat")
    types = [c_double], [c_int32, c_int64, c_double, c_int64], [callback, c_int64]
    for function, arguments, result in zip(functions, types, [c_double, c_int64, c_int64]):
        function.argtypes, function.restype = arguments, result
    return *functions, callback


def with_cffi(path: str) -> tuple:
    from cffi import FFI

    ffi = FFI()
    ffi.cdef(
        """
        double next(double x);
        int64_t mix(int32_t a, int64_t b, double c, int64_t d);
        int64_t repeat(int32_t (*callback)(int32_t), int64_t n);
        """
    )
    library = ffi.dlopen(path)
    return library.next, library.mix, library.repeat, ffi.callback("int32_t(int32_t)")


def run(way: str, path: str, kind: str, n: int) -> int:
    one, four, repeat, callback = (with_ctypes if way == "ctypes" else with_cffi)(path)
    if kind == "one":
        x = 0.0
        for _ in range(n):
            x = one(x)
        return int(x)
    if kind == "four":
        total = 0
        for _ in range(n):
            total = four(0, total, 1.0, 0)
        return total
    if kind == "callback":
        return repeat(callback(lambda x: x + 1), n)
    for _ in range(n):
        pass
    return n


print(run(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
