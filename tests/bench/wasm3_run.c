/* Calls the function `run` of a WebAssembly module with wasm3 and prints its i64 result.
   Built by peers.sh against the sources that the Python package pywasm3 carries. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "wasm3.h"

static void check(M3Result result, const char *what)
{
    if (result) {
        fprintf(stderr, "wasm3: %s: %s\n", what, result);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: wasm3_run FILE.wasm\n");
        return 2;
    }
    static uint8_t bytes[1 << 20];
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);

    IM3Environment environment = m3_NewEnvironment();
    IM3Runtime runtime = m3_NewRuntime(environment, 1 << 20, NULL);
    IM3Module module;
    check(m3_ParseModule(environment, &module, bytes, (uint32_t)length), "parse");
    check(m3_LoadModule(runtime, module), "load");
    IM3Function run;
    check(m3_FindFunction(&run, runtime, "run"), "find");
    check(m3_CallV(run), "call");
    int64_t value = 0;
    check(m3_GetResultsV(run, &value), "result");
    printf("%" PRId64 "\n", value);
    return 0;
}
