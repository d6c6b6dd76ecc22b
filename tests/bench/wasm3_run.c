/* Runs a WebAssembly module with wasm3: a command (`_start`, with as much of WASI as a program needs that reads its
   arguments and writes to its standard streams), or else the function `run`, whose i64 result is printed.
   Built by peers.sh against the sources that the Python package pywasm3 carries. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wasm3.h"

enum { WASI_SUCCESS = 0, WASI_BADF = 8, WASI_IO = 29, WASI_SPIPE = 70 };

static int guest_argc;
static char **guest_argv;

static void check(M3Result result, const char *what)
{
    if (result) {
        fprintf(stderr, "wasm3: %s: %s\n", what, result);
        exit(1);
    }
}

m3ApiRawFunction(args_sizes_get)
{
    m3ApiReturnType(uint32_t)
    m3ApiGetArgMem(uint32_t *, count)
    m3ApiGetArgMem(uint32_t *, size)
    m3ApiCheckMem(count, 4);
    m3ApiCheckMem(size, 4);
    uint32_t bytes = 0;
    for (int i = 0; i < guest_argc; i++)
        bytes += (uint32_t)strlen(guest_argv[i]) + 1;
    m3ApiWriteMem32(count, (uint32_t)guest_argc);
    m3ApiWriteMem32(size, bytes);
    m3ApiReturn(WASI_SUCCESS)
}

m3ApiRawFunction(args_get)
{
    m3ApiReturnType(uint32_t)
    m3ApiGetArgMem(uint32_t *, pointers)
    m3ApiGetArgMem(char *, bytes)
    for (int i = 0; i < guest_argc; i++) {
        size_t size = strlen(guest_argv[i]) + 1;
        m3ApiCheckMem(pointers + i, 4);
        m3ApiCheckMem(bytes, size);
        m3ApiWriteMem32(pointers + i, m3ApiPtrToOffset(bytes));
        memcpy(bytes, guest_argv[i], size);
        bytes += size;
    }
    m3ApiReturn(WASI_SUCCESS)
}

m3ApiRawFunction(environ_sizes_get)
{
    m3ApiReturnType(uint32_t)
    m3ApiGetArgMem(uint32_t *, count)
    m3ApiGetArgMem(uint32_t *, size)
    m3ApiCheckMem(count, 4);
    m3ApiCheckMem(size, 4);
    m3ApiWriteMem32(count, 0);
    m3ApiWriteMem32(size, 0);
    m3ApiReturn(WASI_SUCCESS)
}

m3ApiRawFunction(environ_get)
{
    m3ApiReturnType(uint32_t)
    m3ApiReturn(WASI_SUCCESS)
}

static ssize_t write_all(uint32_t fd, const char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t count = write((int)fd, bytes + done, size - done);
        if (count < 0 && errno != EINTR)
            return -1;
        done += count > 0 ? (size_t)count : 0;
    }
    return (ssize_t)done;
}

m3ApiRawFunction(fd_write)
{
    m3ApiReturnType(uint32_t)
    m3ApiGetArg(uint32_t, fd)
    m3ApiGetArgMem(uint32_t *, vectors)
    m3ApiGetArg(uint32_t, count)
    m3ApiGetArgMem(uint32_t *, written)
    m3ApiCheckMem(vectors, (uint64_t)count * 8);
    m3ApiCheckMem(written, 4);
    if (fd != 1 && fd != 2)
        m3ApiReturn(WASI_BADF)
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        char *bytes = m3ApiOffsetToPtr(m3ApiReadMem32(vectors + 2 * i));
        uint32_t size = m3ApiReadMem32(vectors + 2 * i + 1);
        m3ApiCheckMem(bytes, size);
        if (write_all(fd, bytes, size) < 0)
            m3ApiReturn(WASI_IO)
        total += size;
    }
    m3ApiWriteMem32(written, total);
    m3ApiReturn(WASI_SUCCESS)
}

m3ApiRawFunction(fd_close)
{
    m3ApiReturnType(uint32_t)
    m3ApiReturn(WASI_SUCCESS)
}

m3ApiRawFunction(fd_seek)
{
    m3ApiReturnType(uint32_t)
    m3ApiReturn(WASI_SPIPE)
}

m3ApiRawFunction(fd_fdstat_get)
{
    m3ApiReturnType(uint32_t)
    m3ApiGetArg(uint32_t, fd)
    m3ApiGetArgMem(uint8_t *, stat)
    m3ApiCheckMem(stat, 24);
    if (fd > 2)
        m3ApiReturn(WASI_BADF)
    memset(stat, 0, 24);
    stat[0] = 2; /* a character device */
    m3ApiReturn(WASI_SUCCESS)
}

m3ApiRawFunction(proc_exit)
{
    m3ApiGetArg(uint32_t, code)
    exit((int)code);
}

static void link_wasi(IM3Module module)
{
    static const struct {
        const char *name, *signature;
        M3RawCall function;
    } functions[] = {
        {"args_sizes_get", "i(ii)", args_sizes_get},
        {"args_get", "i(ii)", args_get},
        {"environ_sizes_get", "i(ii)", environ_sizes_get},
        {"environ_get", "i(ii)", environ_get},
        {"fd_write", "i(iiii)", fd_write},
        {"fd_close", "i(i)", fd_close},
        {"fd_seek", "i(iIii)", fd_seek},
        {"fd_fdstat_get", "i(ii)", fd_fdstat_get},
        {"proc_exit", "v(i)", proc_exit},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        M3Result result = m3_LinkRawFunction(module, "wasi_snapshot_preview1", functions[i].name,
                                             functions[i].signature, functions[i].function);
        if (result != m3Err_functionLookupFailed)
            check(result, functions[i].name);
    }
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: wasm3_run FILE.wasm [ARGS]\n");
        return 2;
    }
    guest_argc = argc - 1;
    guest_argv = argv + 1;
    fseek(file, 0, SEEK_END);
    size_t length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(length);
    if (!bytes || fread(bytes, 1, length, file) != length) {
        perror(argv[1]);
        return 1;
    }
    fclose(file);

    IM3Environment environment = m3_NewEnvironment();
    IM3Runtime runtime = m3_NewRuntime(environment, 1 << 20, NULL);
    IM3Module module;
    check(m3_ParseModule(environment, &module, bytes, (uint32_t)length), "parse");
    check(m3_LoadModule(runtime, module), "load");
    link_wasi(module);
    IM3Function function;
    if (m3_FindFunction(&function, runtime, "_start") == m3Err_none) {
        check(m3_CallV(function), "call");
        return 0;
    }
    check(m3_FindFunction(&function, runtime, "run"), "find");
    check(m3_CallV(function), "call");
    int64_t value = 0;
    check(m3_GetResultsV(function, &value), "result");
    printf("%" PRId64 "\n", value);
    return 0;
}
