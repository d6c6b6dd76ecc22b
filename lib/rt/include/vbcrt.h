/* The runtime library of programs that vbc-aot has compiled. docs/abi.md describes it. */
#ifndef VBCRT_H
#define VBCRT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a call ended. */
typedef enum vbcrt_status {
  VBCRT_OK = 0,      /* it returned */
  VBCRT_TRAP = 1,    /* the program trapped; the instance can be called again */
  VBCRT_EXIT = 2,    /* the program ended itself */
  VBCRT_FUEL = 3,    /* the fuel is used up */
  VBCRT_TIME = 4,    /* the time is used up */
  VBCRT_OUTPUT = 5,  /* output cannot be written */
  VBCRT_INVALID = 6  /* no such function, or the instance is running already */
} vbcrt_status;

/* A program with its memory. Threads may pass it on, but only one may use it at a time. */
typedef struct vbcrt_instance vbcrt_instance;

/* The program of the object that this is linked with. */
struct vbcrt_image;
extern const struct vbcrt_image vbcrt_image;

/* Makes an instance and runs the program's initialisers. Null when that fails; the reason is then written
   to standard error. argv[0] is the program's name, the others are its arguments. */
vbcrt_instance *vbcrt_new(const struct vbcrt_image *image, int argc, const char *const *argv);

/* Flushes output and releases everything. */
void vbcrt_free(vbcrt_instance *instance);

/* Calls the entry. Returns VBCRT_OK when it returned or the program ended itself. */
vbcrt_status vbcrt_run(vbcrt_instance *instance);

/* The index of an exported function; -1 when there is none. */
int64_t vbcrt_find(const vbcrt_instance *instance, const char *name);

/* Calls a function; arguments and results in slots, whose upper half is zero for narrow types. */
vbcrt_status vbcrt_call(vbcrt_instance *instance, uint32_t function, const uint64_t *args,
                        uint64_t *results);

/* What stopped the last call that did not return, and where; valid until the next call. */
const char *vbcrt_message(const vbcrt_instance *instance);

/* The exit code that vbc-run would end with if its program ended as the last call did. */
int vbcrt_exit_code(const vbcrt_instance *instance);

/* Where the `length` bytes at `address` of the program's memory lie; null when they do not all lie inside
   it. Valid until the program runs again. */
void *vbcrt_memory(const vbcrt_instance *instance, uint64_t address, uint64_t length);

/* The size of the program's memory in bytes. */
uint64_t vbcrt_memory_size(const vbcrt_instance *instance);

/* In a function that the program calls: `return vbcrt_exit(instance, code);` ends the program. */
vbcrt_status vbcrt_exit(vbcrt_instance *instance, int code);

/* What main does in an executable that consists of nothing but the program. */
int vbcrt_main(int argc, const char *const *argv);

#ifdef __cplusplus
}
#endif

#endif
