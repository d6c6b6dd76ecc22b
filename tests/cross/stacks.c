/* Calls a program whose stack is full up to its limit, and from threads that have little stack themselves. It is linked
   with the runtime library, or with runtime.c. tests/tests/aot.rs makes the program, and `c__wide`. */
#include "vbcrt.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vbcrt_instance *instance;
/* Whether the program's traps are signals. */
static int has_signals;

#define CHECK(holds)                                                                                             \
  do {                                                                                                           \
    if (!(holds)) {                                                                                              \
      printf("line %d: %s; the last message: %s\n", __LINE__, #holds, vbcrt_message(instance));                  \
      exit(1);                                                                                                   \
    }                                                                                                            \
  } while (0)

/* ---- what the program calls ---- */

/* Far more than what a program's stack has below its limit. */
static void use_stack(void) {
  volatile char much[200 << 10];
  for (unsigned at = 0; at < sizeof much; at += 512) much[at] = 1;
}

vbcrt_status c__touch(vbcrt_instance *from, int64_t n, int64_t *result) {
  (void)from;
  use_stack();
  *result = n + 1;
  return VBCRT_OK;
}

vbcrt_status c__refuse(vbcrt_instance *from) {
  (void)from;
  use_stack();
  return VBCRT_TRAP;
}

/* ---- calls ---- */

/* What `down` does where it is deep enough. */
enum { NOTHING, TOUCH, WIDE, REFUSE };

static vbcrt_status call(const char *name, const uint64_t *args, uint64_t *result) {
  int64_t function = vbcrt_find(instance, name);
  CHECK(function >= 0);
  return vbcrt_call(instance, function, args, result);
}

/* Whether `down`, `n` calls deep, returns n, or n + 1 where it has touched. */
static int returns(uint64_t n, uint64_t kind) {
  uint64_t args[] = {n, kind}, result = 0;
  return call("down", args, &result) == VBCRT_OK && result == n + (kind != NOTHING);
}

static int traps(uint64_t n, uint64_t kind, const char *message) {
  uint64_t args[] = {n, kind}, result;
  return call("down", args, &result) == VBCRT_TRAP && strstr(vbcrt_message(instance), message);
}

#define EXHAUSTED "call stack exhausted"
#define ENDLESS (UINT64_C(1) << 40)

/* How deep `down` gets when it ends with that. */
static uint64_t deepest(uint64_t kind) {
  uint64_t works = 0, fails = 1 << 24;
  while (works + 1 < fails) {
    uint64_t n = (works + fails) / 2;
    if (returns(n, kind))
      works = n;
    else {
      CHECK(strstr(vbcrt_message(instance), EXHAUSTED));
      fails = n;
    }
  }
  return works;
}

/* Calls of the host where less and less of the stack is left: they work, then they trap. */
static void at_each_depth(uint64_t kind, uint64_t most) {
  uint64_t works = deepest(kind);
  CHECK(10 < works && works <= most);
  for (uint64_t n = works - 10; n <= works; n++) CHECK(returns(n, kind));
  for (uint64_t n = works + 1; n < works + 400; n++) CHECK(traps(n, kind, EXHAUSTED));
  CHECK(returns(works, kind));
}

static void depths(void) {
  uint64_t most = deepest(NOTHING);
  at_each_depth(TOUCH, most);
  at_each_depth(WIDE, most);
  CHECK(traps(most - 20, REFUSE, "host fault"));
  CHECK(traps(most + 1, REFUSE, EXHAUSTED));
}

/* ---- threads ---- */

static int has_handler_stack(void) {
  stack_t present;
  CHECK(!sigaltstack(NULL, &present));
  return !(present.ss_flags & SS_DISABLE);
}

/* A thread of this size has too little for functions of the host, but the program needs none of it. */
static void *small(void *argument) {
  (void)argument;
  uint64_t zero = 0, two = 2, result;
  CHECK(!has_handler_stack());
  CHECK(returns(1000, NOTHING));
  CHECK(has_handler_stack() == has_signals);
  CHECK(traps(ENDLESS, NOTHING, EXHAUSTED));
  CHECK(call("divide", &zero, &result) == VBCRT_TRAP && strstr(vbcrt_message(instance), "divide by zero"));
  CHECK(call("divide", &two, &result) == VBCRT_OK && result == 50);
  CHECK(traps(10, TOUCH, EXHAUSTED));
  CHECK(traps(10, REFUSE, EXHAUSTED));
  return NULL;
}

static void *large(void *argument) {
  (void)argument;
  CHECK(returns(10, TOUCH));
  CHECK(returns(10, WIDE));
  CHECK(traps(10, REFUSE, "host fault"));
  return NULL;
}

/* A thread's own stack for handlers stays. */
static void *prepared(void *argument) {
  static char room[64 << 10];
  stack_t own = {.ss_sp = room, .ss_size = sizeof room}, present;
  (void)argument;
  CHECK(!sigaltstack(&own, NULL));
  CHECK(returns(1000, NOTHING));
  CHECK(traps(ENDLESS, NOTHING, EXHAUSTED));
  CHECK(!sigaltstack(NULL, &present));
  CHECK(present.ss_sp == room && present.ss_size == sizeof room && !present.ss_flags);
  return NULL;
}

static void in_thread(size_t size, void *(*body)(void *)) {
  pthread_t thread;
  pthread_attr_t all;
  CHECK(!pthread_attr_init(&all));
  CHECK(!pthread_attr_setstacksize(&all, size));
  CHECK(!pthread_create(&thread, &all, body, NULL));
  CHECK(!pthread_join(thread, NULL));
  CHECK(!pthread_attr_destroy(&all));
}

/* How many ranges of memory the process has. */
static int mappings(void) {
  FILE *file = fopen("/proc/self/maps", "r");
  int lines = 0, c;
  CHECK(file);
  while ((c = fgetc(file)) != EOF) lines += c == '\n';
  fclose(file);
  return lines;
}

static void threads(void) {
  for (int n = 0; n < 10; n++) in_thread(128 << 10, small);
  in_thread(1 << 20, large);
  in_thread(1 << 20, prepared);
  int before = mappings();
  for (int n = 0; n < 100; n++) in_thread(128 << 10, small);
  CHECK(mappings() < before + 50);
}

int main(int argc, char **argv) {
  /* As much as runtime.c gives. */
  setenv("VBC_MAX_STACK", "256K", 1);
  has_signals = argc > 1 && !strcmp(argv[1], "signals");
  instance = vbcrt_new(&vbcrt_image, argc, (const char *const *)argv);
  if (!instance) return 1;
  depths();
  threads();
  puts("done");
  return 0;
}
