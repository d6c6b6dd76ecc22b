/* A small runtime for objects of vbc-aot, written from docs/abi.md: enough for programs that read and write
   bytes, trap and grow memory, and for C that calls their functions. The tests run programs for processors with it
   for which there is no Rust library. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define NONE UINT32_MAX
#define PAGE 65536u
#define STACK_END 255

typedef struct { uint32_t offset, length; } name;
typedef struct { uint32_t first, params, results, entry; } type_row;
typedef struct { name module, name; uint32_t type, adapter; } import_row;
typedef struct { uint32_t code, type; name name; uint32_t first_point, points; } function_row;
typedef struct { uint32_t index_type, flags; uint64_t min, max; } memory_row;
typedef struct { uint32_t elem, index_type; uint64_t min, max; } table_row;
typedef struct { uint32_t type, flags, init, index; uint64_t value; } global_row;
typedef struct { uint32_t mode, elem, table, count; uint64_t first, offset; } element_row;
typedef struct {
  uint32_t kind, align, flags, memory;
  uint64_t size, address, offset, length;
} data_row;
typedef struct { uint32_t start, end, function, first_trap, first_call, first_inlined; } unit_row;
typedef struct { uint32_t offset, place, access, kind; } trap_row;
typedef struct { uint32_t offset, place; } call_row;
typedef struct { uint32_t first, function, call; } inlined_row;
typedef struct { uint32_t word, instruction, file, line; } point_row;
typedef struct { name name; uint32_t kind, index; } export_row;

enum {
  TEXT, STRINGS, TYPES, VALUE_TYPES, IMPORTS, FUNCTIONS, MEMORIES, TABLES, GLOBALS, ELEMENTS, ITEMS,
  DATA, BYTES, INITIALISERS, EXPORTS, CONSTANT_TABLES, UNITS, TRAPS, CALLS, INLINED, POINTS, FILES,
  FEATURES, NATIVES, COUNT
};

struct image {
  uint32_t magic, abi, flags, entry, support_from, zero;
  const void *check;
  struct { const void *rows; uint64_t count; } tables[COUNT];
};

extern const struct image vbcrt_image;
const uint8_t vbcrt_abi_4 = 4;

#define ROWS(type, table) ((const type *)vbcrt_image.tables[table].rows)
#define COUNT_OF(table) (vbcrt_image.tables[table].count)
#define CODE(offset) (ROWS(uint8_t, TEXT) + (offset))

typedef struct { const void *code; uint64_t type; } entry;
typedef struct { uint64_t *elements; uint64_t length; uint64_t rest[5]; } table;
_Static_assert(sizeof(table) == 56, "as the code expects");

typedef struct context {
  uintptr_t stack_limit;
  uint8_t *memory;
  uint64_t memory_length;
  uint64_t fuel;
  const entry *entries;
  const table *tables;
  entry **constant_tables;
  uint64_t *globals;
  struct { uintptr_t pc, sp, fp; } resume;
  /* Where the thread's own stack stands, and how low it may stand when the host is called. */
  uintptr_t host_sp, host_limit;
  /* The native function that code has called, and by what it calls one. */
  uintptr_t native_frame;
  uint64_t native_function;
  const char *const *native_names;
  uint64_t native_hold;
  const uintptr_t *native_addresses;
  void *native_thunk;
  int *native_errno;
  void *runtime[18];
} context;

#define HOST_SP "88"
#define NATIVE_FRAME "104"
_Static_assert(offsetof(context, host_sp) == 88, "as the assembly has it");
_Static_assert(offsetof(context, native_frame) == 104, "as the assembly has it");

enum { SIGNALS = 1 };
enum { RETURNED, STOPPED, NO_ROOM };
enum { STACK = 256 << 10, HEADROOM = 64 << 10, FOR_HOST = 256 << 10 };

static context the;
static uintptr_t stack_top;
static uint64_t memory_max;
static uint8_t *dropped_data, *dropped_elements;
static int exit_code;
static const char *message = "";
static int argument_count;
static const char *const *arguments;

static const char *const messages[] = {
    "unreachable",                   "integer divide by zero",     "integer overflow",
    "invalid conversion to integer", "out of bounds memory access", "out of bounds table access",
    "undefined element",             "uninitialized element",      "indirect call type mismatch",
    "call stack exhausted",          "host fault",                 "assertion failed",
    "null reference",                "cast failure",               "out of bounds array access",
    "allocation too large",          "heap exhausted",             "uninitialized global"};
enum { OUT_OF_MEMORY = 4, STACK_EXHAUSTED = 9, HOST_FAULT = 10 };

/* ---- from one stack to the other ---- */

/* Calls a trampoline with the first four arguments where the program's stack ends. */
uint32_t enter(context *, const void *code, const uint64_t *args, uint64_t *results, const void *trampoline,
               uintptr_t top);

/* The way to a C function: context and function lie on the stack, all else where C looks for it. */
__attribute__((visibility("hidden"))) void to_native(void);

/* Gives up the program's frames. */
void resume(uintptr_t pc, uintptr_t sp, uintptr_t fp) __attribute__((noreturn));

#if defined(__x86_64__)
__asm__(".text\n"
        "enter:\n"
        "  push %rbx\n"
        "  mov %rsp, %rbx\n"
        "  mov %rsp, " HOST_SP "(%rdi)\n"
        "  mov %r9, %rsp\n"
        "  call *%r8\n"
        "  mov %rbx, %rsp\n"
        "  pop %rbx\n"
        "  ret\n"
        "resume:\n"
        "  mov %rsi, %rsp\n"
        "  mov %rdx, %rbp\n"
        "  jmp *%rdi\n"
        "to_native:\n"
        "  push %rbp\n"
        "  mov %rsp, %rbp\n"
        "  mov 16(%rbp), %r11\n"
        "  mov %rbp, " NATIVE_FRAME "(%r11)\n"
        "  mov " HOST_SP "(%r11), %rsp\n"
        "  mov $8, %eax\n"
        "  call *24(%rbp)\n"
        "  mov %rbp, %rsp\n"
        "  pop %rbp\n"
        "  ret\n");
#define THUNK(function)                                                                                          \
  __asm__(".text\n"                                                                                              \
          "to_" #function ":\n"                                                                                  \
          "  push %rbp\n"                                                                                        \
          "  mov %rsp, %rbp\n"                                                                                   \
          "  mov " HOST_SP "(%rdi), %rsp\n"                                                                      \
          "  push 24(%rbp)\n"                                                                                    \
          "  push 16(%rbp)\n"                                                                                    \
          "  call " #function "\n"                                                                               \
          "  mov %rbp, %rsp\n"                                                                                   \
          "  pop %rbp\n"                                                                                         \
          "  ret\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        "enter:\n"
        "  stp x29, x30, [sp, #-32]!\n"
        "  str x19, [sp, #16]\n"
        "  mov x19, sp\n"
        "  str x19, [x0, #" HOST_SP "]\n"
        "  mov sp, x5\n"
        "  blr x4\n"
        "  mov sp, x19\n"
        "  ldr x19, [sp, #16]\n"
        "  ldp x29, x30, [sp], #32\n"
        "  ret\n"
        "resume:\n"
        "  mov sp, x1\n"
        "  mov x29, x2\n"
        "  br x0\n"
        "to_native:\n"
        "  stp x29, x30, [sp, #-16]!\n"
        "  mov x29, sp\n"
        "  ldp x9, x10, [x29, #16]\n"
        "  str x29, [x9, #" NATIVE_FRAME "]\n"
        "  ldr x9, [x9, #" HOST_SP "]\n"
        "  mov sp, x9\n"
        "  blr x10\n"
        "  mov sp, x29\n"
        "  ldp x29, x30, [sp], #16\n"
        "  ret\n");
#define THUNK(function)                                                                                          \
  __asm__(".text\n"                                                                                              \
          "to_" #function ":\n"                                                                                  \
          "  stp x29, x30, [sp, #-16]!\n"                                                                        \
          "  mov x29, sp\n"                                                                                      \
          "  ldr x9, [x0, #" HOST_SP "]\n"                                                                       \
          "  mov sp, x9\n"                                                                                       \
          "  bl " #function "\n"                                                                                 \
          "  mov sp, x29\n"                                                                                      \
          "  ldp x29, x30, [sp], #16\n"                                                                          \
          "  ret\n");
#elif defined(__riscv)
__asm__(".text\n"
        "enter:\n"
        "  addi sp, sp, -16\n"
        "  sd ra, 8(sp)\n"
        "  sd s1, 0(sp)\n"
        "  mv s1, sp\n"
        "  sd sp, " HOST_SP "(a0)\n"
        "  mv sp, a5\n"
        "  jalr a4\n"
        "  mv sp, s1\n"
        "  ld ra, 8(sp)\n"
        "  ld s1, 0(sp)\n"
        "  addi sp, sp, 16\n"
        "  ret\n"
        "resume:\n"
        "  mv sp, a1\n"
        "  mv s0, a2\n"
        "  jr a0\n"
        "to_native:\n"
        "  addi sp, sp, -16\n"
        "  sd ra, 8(sp)\n"
        "  sd s0, 0(sp)\n"
        "  mv s0, sp\n"
        "  ld t0, 16(s0)\n"
        "  ld t1, 24(s0)\n"
        "  sd s0, " NATIVE_FRAME "(t0)\n"
        "  ld sp, " HOST_SP "(t0)\n"
        "  jalr t1\n"
        "  mv sp, s0\n"
        "  ld ra, 8(sp)\n"
        "  ld s0, 0(sp)\n"
        "  addi sp, sp, 16\n"
        "  ret\n");
#define THUNK(function)                                                                                          \
  __asm__(".text\n"                                                                                              \
          "to_" #function ":\n"                                                                                  \
          "  addi sp, sp, -16\n"                                                                                 \
          "  sd ra, 8(sp)\n"                                                                                     \
          "  sd s0, 0(sp)\n"                                                                                     \
          "  mv s0, sp\n"                                                                                        \
          "  ld sp, " HOST_SP "(a0)\n"                                                                           \
          "  call " #function "\n"                                                                               \
          "  mv sp, s0\n"                                                                                        \
          "  ld ra, 8(sp)\n"                                                                                     \
          "  ld s0, 0(sp)\n"                                                                                     \
          "  addi sp, sp, 16\n"                                                                                  \
          "  ret\n");
#endif

/* What code calls instead of a function of the runtime: it goes on in that on the thread's own stack. */
#define CALLED(function)                                                                                         \
  THUNK(function)                                                                                                \
  void to_##function(void)

/* A function that code calls; only assembly names it. */
#define RUNTIME __attribute__((used)) static

static void resume_at(void) __attribute__((noreturn));
static void resume_at(void) { resume(the.resume.pc, the.resume.sp, the.resume.fp); }

/* ---- reports ---- */

static const unit_row *unit_at(uintptr_t address) {
  uintptr_t offset = address - (uintptr_t)CODE(0);
  const unit_row *units = ROWS(unit_row, UNITS);
  for (uint64_t n = 0; n + 1 < COUNT_OF(UNITS); n++)
    if (units[n].start <= offset && offset < units[n].end) return &units[n];
  return NULL;
}

static void print_name(name text) {
  fprintf(stderr, "%.*s", (int)text.length, ROWS(char, STRINGS) + text.offset);
}

static void print_call(uint32_t function, uint32_t word) {
  if (function >= vbcrt_image.support_from) return;
  const function_row *row = &ROWS(function_row, FUNCTIONS)[function];
  const point_row *point = ROWS(point_row, POINTS) + row->first_point;
  fputs("  at ", stderr);
  print_name(row->name);
  for (uint32_t n = 0; n < row->points; n++, point++) {
    if (point->word != word) continue;
    fprintf(stderr, ", instruction %u", point->instruction);
    if (point->file != NONE) {
      fputs(" (", stderr);
      print_name(ROWS(name, FILES)[point->file]);
      fprintf(stderr, ":%u)", point->line);
    }
  }
  fputc('\n', stderr);
}

static void print_place(const unit_row *unit, uint32_t place) {
  for (;;) {
    const inlined_row *inside = NULL;
    for (uint32_t n = unit[0].first_inlined; n < unit[1].first_inlined; n++)
      if (ROWS(inlined_row, INLINED)[n].first <= place) inside = &ROWS(inlined_row, INLINED)[n];
    if (!inside) break;
    print_call(inside->function, place - inside->first);
    place = inside->call;
  }
  print_call(unit->function, place);
}

/* The innermost callers. */
static void print_callers(uintptr_t fp) {
  for (int more = 50; more; more--) {
    uintptr_t outer = ((uintptr_t *)fp)[0], back = ((uintptr_t *)fp)[1];
    if (outer == the.resume.fp || outer == 0) return;
    const unit_row *unit = unit_at(back - 1);
    for (uint32_t n = unit ? unit[0].first_call : 0; unit && n < unit[1].first_call; n++) {
      const call_row *call = &ROWS(call_row, CALLS)[n];
      if (call->offset == back - (uintptr_t)CODE(unit->start)) print_place(unit, call->place);
    }
    fp = outer;
  }
}

static void begin_report(uint32_t kind) {
  fflush(stdout);
  exit_code = 134;
  message = messages[kind];
  fprintf(stderr, "program: trap: %s\n", messages[kind]);
}

static void leave_with(uint32_t kind, uintptr_t fp) {
  begin_report(kind);
  print_callers(fp);
  resume_at();
}

/* A trap that code found, at a place that it knows. */
static void leave_at(uint32_t kind, uint64_t site, uintptr_t fp) {
  begin_report(kind);
  uint32_t function = site >> 32;
  const unit_row *units = ROWS(unit_row, UNITS);
  for (uint64_t n = 0; site != UINT64_MAX && n + 1 < COUNT_OF(UNITS); n++)
    if (units[n].function == function) print_place(&units[n], (uint32_t)site);
  print_callers(fp);
  resume_at();
}

static void handle(int signal_number, siginfo_t *info, void *thread) {
  (void)info;
  ucontext_t *user = thread;
#if defined(__x86_64__)
  greg_t *all = user->uc_mcontext.gregs;
  uintptr_t pc = all[REG_RIP], fp = all[REG_RBP];
#elif defined(__aarch64__)
  uintptr_t pc = user->uc_mcontext.pc, fp = user->uc_mcontext.regs[29];
#elif defined(__riscv)
  uintptr_t pc = user->uc_mcontext.__gregs[0], fp = user->uc_mcontext.__gregs[8];
#endif
  const unit_row *unit = unit_at(pc);
  for (uint32_t n = unit ? unit[0].first_trap : 0; unit && n < unit[1].first_trap; n++) {
    const trap_row *trap = &ROWS(trap_row, TRAPS)[n];
    if (trap->offset != pc - (uintptr_t)CODE(unit->start)) continue;
    begin_report(trap->kind == STACK_END ? STACK_EXHAUSTED : trap->kind);
    int is_fault = signal_number == SIGSEGV || signal_number == SIGBUS;
    uint32_t place = is_fault ? trap->access : trap->place;
    if (trap->kind != STACK_END && place != NONE) print_place(unit, place);
    if (trap->kind != STACK_END) print_callers(fp);
#if defined(__x86_64__)
    all[REG_RIP] = the.resume.pc, all[REG_RSP] = the.resume.sp, all[REG_RBP] = the.resume.fp;
#elif defined(__aarch64__)
    user->uc_mcontext.pc = the.resume.pc, user->uc_mcontext.sp = the.resume.sp;
    user->uc_mcontext.regs[29] = the.resume.fp;
#elif defined(__riscv)
    user->uc_mcontext.__gregs[0] = the.resume.pc, user->uc_mcontext.__gregs[2] = the.resume.sp;
    user->uc_mcontext.__gregs[8] = the.resume.fp;
#endif
    return;
  }
  signal(signal_number, SIG_DFL);
}

/* ---- what code calls ---- */

static uint8_t *range(uint64_t address, uint64_t length) {
  if (length > the.memory_length || address > the.memory_length - length) return NULL;
  return the.memory + address;
}

RUNTIME void rt_raise(context *c, uint64_t trap, uint64_t site, uintptr_t fp) {
  (void)c;
  leave_at(trap, site, fp);
}

RUNTIME void rt_limit(context *c) {
  (void)c;
  fputs("program: this runtime knows no limits\n", stderr);
  abort();
}

static uint64_t call_vbc1(name function, const uint64_t *args, uint64_t fp) {
  const char *text = ROWS(char, STRINGS) + function.offset;
#define IS(wanted) (function.length == sizeof wanted - 1 && !memcmp(text, wanted, function.length))
  if (IS("write")) {
    uint8_t *bytes = range(args[1], args[2]);
    if (!bytes) leave_with(OUT_OF_MEMORY, fp);
    if ((uint32_t)args[0] != 1 && (uint32_t)args[0] != 2) return 1;
    fwrite(bytes, 1, args[2], (uint32_t)args[0] == 1 ? stdout : stderr);
    return 0;
  }
  if (IS("read")) {
    uint8_t *bytes = range(args[1], args[2]);
    if (!bytes) leave_with(OUT_OF_MEMORY, fp);
    fflush(stdout);
    return (uint64_t)read(0, bytes, args[2]);
  }
  if (IS("arg_count")) return argument_count;
  if (IS("exit")) {
    exit_code = args[0] & 0xff;
    resume_at();
  }
  fprintf(stderr, "program: this runtime has no function vbc1:%.*s\n", (int)function.length, text);
  abort();
}

RUNTIME void rt_host_call(context *c, uint64_t function, const uint64_t *args, uint64_t *results,
                         uintptr_t fp) {
  if (c->host_sp < c->host_limit) leave_with(STACK_EXHAUSTED, fp);
  const import_row *row = &ROWS(import_row, IMPORTS)[function];
  if (row->adapter == NONE) {
    results[0] = call_vbc1(row->name, args, fp);
    return;
  }
  memset(results, 0, 8 * ROWS(type_row, TYPES)[row->type].results);
  int (*adapter)(void *, const uint64_t *, uint64_t *) = (void *)CODE(row->adapter);
  if (adapter(NULL, args, results) != 0) leave_with(HOST_FAULT, fp);
}

RUNTIME void rt_native_call(context *c) {
  (void)c;
  fputs("program: this runtime calls no native functions but those that code calls itself\n", stderr);
  abort();
}

/* The text at an address that is not 0. */
RUNTIME uint64_t rt_native_text(context *c, uint64_t address) {
  if (address > c->memory_length || !memchr(c->memory + address, 0, c->memory_length - address)) return UINT64_MAX;
  return (uintptr_t)c->memory + address;
}

RUNTIME uint64_t rt_memory_grow(context *c, uint64_t pages) {
  uint64_t before = c->memory_length / PAGE;
  if (pages > memory_max - before) return UINT64_MAX;
  if (pages && mprotect(c->memory + c->memory_length, pages * PAGE, PROT_READ | PROT_WRITE)) return UINT64_MAX;
  c->memory_length += pages * PAGE;
  return before;
}

RUNTIME void rt_memory_copy(context *c, uint64_t to, uint64_t from, uint64_t count, uint64_t paid,
                           uint64_t site, uintptr_t fp) {
  (void)c, (void)paid;
  uint8_t *target = range(to, count), *source = range(from, count);
  if (!target || !source) leave_at(OUT_OF_MEMORY, site, fp);
  memmove(target, source, count);
}

RUNTIME void rt_memory_fill(context *c, uint64_t to, uint64_t byte, uint64_t count, uint64_t paid,
                           uint64_t site, uintptr_t fp) {
  (void)c, (void)paid;
  uint8_t *target = range(to, count);
  if (!target) leave_at(OUT_OF_MEMORY, site, fp);
  memset(target, (int)byte, count);
}

RUNTIME void rt_memory_init(context *c, uint64_t row, uint64_t to, uint64_t from, uint64_t count,
                           uint64_t paid, uint64_t site, uintptr_t fp) {
  (void)c, (void)paid;
  const data_row *data = &ROWS(data_row, DATA)[row];
  uint64_t length = dropped_data[row] ? 0 : data->length;
  uint8_t *target = range(to, count);
  if (!target || count > length || from > length - count) leave_at(OUT_OF_MEMORY, site, fp);
  memcpy(target, ROWS(uint8_t, BYTES) + data->offset + from, count);
}

RUNTIME void rt_data_drop(context *c, uint64_t row) {
  (void)c;
  dropped_data[row] = 1;
}

RUNTIME void rt_no_tables(context *c) {
  (void)c;
  fputs("program: this runtime does not change tables\n", stderr);
  abort();
}

RUNTIME void rt_elem_drop(context *c, uint64_t segment) {
  (void)c;
  dropped_elements[segment] = 1;
}

CALLED(rt_raise);
CALLED(rt_limit);
CALLED(rt_host_call);
CALLED(rt_memory_grow);
CALLED(rt_memory_copy);
CALLED(rt_memory_fill);
CALLED(rt_memory_init);
CALLED(rt_data_drop);
CALLED(rt_no_tables);
CALLED(rt_elem_drop);
CALLED(rt_native_call);
CALLED(rt_native_text);

/* ---- starting ---- */

static void *room(uint64_t count, size_t size) {
  void *made = calloc(count + 1, size);
  if (!made) abort();
  return made;
}

static void prepare(void) {
  void *runtime[] = {to_rt_raise,       to_rt_limit,       to_rt_limit,       to_rt_host_call, to_rt_memory_grow,
                     to_rt_memory_copy, to_rt_memory_fill, to_rt_memory_init, to_rt_data_drop, to_rt_no_tables,
                     to_rt_no_tables,   to_rt_no_tables,   to_rt_no_tables,   to_rt_elem_drop, to_rt_native_call,
                     to_rt_limit,       to_rt_native_text, to_rt_native_call};
  memcpy(the.runtime, runtime, sizeof runtime);
  the.native_thunk = to_native;
  the.native_errno = &errno;
  /* The first row is what a whole runtime calls them by. */
  if (COUNT_OF(NATIVES)) the.native_addresses = ROWS(uintptr_t, NATIVES) + 1;
  /* Between pages that nobody can use. */
  uint8_t *stack = mmap(NULL, STACK + HEADROOM + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED || mprotect(stack + PAGE, STACK + HEADROOM, PROT_READ | PROT_WRITE)) abort();
  the.stack_limit = (uintptr_t)stack + PAGE + HEADROOM;
  stack_top = the.stack_limit + STACK;
  dropped_data = room(COUNT_OF(DATA), 1);
  dropped_elements = room(COUNT_OF(ELEMENTS), 1);

  entry *entries = room(COUNT_OF(FUNCTIONS), sizeof *entries);
  for (uint64_t n = 0; n < COUNT_OF(FUNCTIONS); n++) {
    const function_row *row = &ROWS(function_row, FUNCTIONS)[n];
    entries[n] = (entry){row->code == NONE ? NULL : CODE(row->code), row->type};
  }
  the.entries = entries;
  the.globals = room(COUNT_OF(GLOBALS), 8);
  for (uint64_t n = 0; n < COUNT_OF(GLOBALS); n++) the.globals[n] = ROWS(global_row, GLOBALS)[n].value;

  table *tables = room(COUNT_OF(TABLES), sizeof *tables);
  the.constant_tables = room(COUNT_OF(TABLES), sizeof(entry *));
  for (uint64_t n = 0; n < COUNT_OF(TABLES); n++) {
    tables[n].length = ROWS(table_row, TABLES)[n].min;
    tables[n].elements = room(tables[n].length, 8);
  }
  the.tables = tables;
  for (uint64_t n = 0; n < COUNT_OF(ELEMENTS); n++) {
    const element_row *row = &ROWS(element_row, ELEMENTS)[n];
    for (uint32_t k = 0; row->mode == 1 && k < row->count; k++) {
      uint32_t item = ROWS(uint32_t, ITEMS)[row->first + k];
      tables[row->table].elements[row->offset + k] = item == NONE ? 0 : (uint64_t)item + 1;
    }
  }
  for (uint64_t n = 0; n < COUNT_OF(TABLES); n++) {
    uint32_t length = ROWS(uint32_t, CONSTANT_TABLES)[n];
    if (length == NONE) continue;
    the.constant_tables[n] = room(length, sizeof(entry));
    for (uint32_t k = 0; k < length; k++) {
      uint64_t element = tables[n].elements[k];
      the.constant_tables[n][k] = element ? entries[element - 1] : (entry){NULL, UINT64_MAX};
    }
  }

  if (COUNT_OF(MEMORIES)) {
    const memory_row *row = ROWS(memory_row, MEMORIES);
    memory_max = row->max < 16384 ? row->max : 16384;
    the.memory = mmap(NULL, memory_max * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (the.memory == MAP_FAILED || rt_memory_grow(&the, row->min) == UINT64_MAX) abort();
  }
  for (uint64_t n = 0; n < COUNT_OF(DATA); n++) {
    const data_row *row = &ROWS(data_row, DATA)[n];
    if (row->kind == 2) continue;
    uint8_t *target = range(row->address, row->size);
    if (!target) abort();
    memcpy(target, ROWS(uint8_t, BYTES) + row->offset, row->length);
  }
}

/* How low the thread's own stack may stand for a call of the host; 0 when nobody knows. */
static uintptr_t host_limit(void) {
  pthread_attr_t all;
  void *start = NULL;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &all)) return 0;
  pthread_attr_getstack(&all, &start, &size);
  pthread_attr_destroy(&all);
  return (uintptr_t)start + FOR_HOST;
}

/* Gives the thread a stack for handlers of signals, which must not need that of the program. Only one thread at a time
   runs code. */
static void make_room_for_handlers(void) {
  static uint8_t room[64 << 10];
  stack_t present, wanted = {.ss_sp = room, .ss_size = sizeof room};
  if (!sigaltstack(NULL, &present) && present.ss_flags & SS_DISABLE) sigaltstack(&wanted, NULL);
}

/* Calls a function; whether it returned. */
static int run(uint32_t function, const uint64_t *args, uint64_t *results) {
  const function_row *row = &ROWS(function_row, FUNCTIONS)[function];
  const void *trampoline = CODE(ROWS(type_row, TYPES)[row->type].entry);
  the.host_limit = host_limit();
  if (vbcrt_image.flags & SIGNALS) make_room_for_handlers();
  uint32_t end = enter(&the, CODE(row->code), args, results, trampoline, stack_top);
  if (end == NO_ROOM) begin_report(STACK_EXHAUSTED);
  return end == RETURNED;
}

/* What objects with native functions refer to. */
void vbcrt_natives(void) {}

int vbcrt_call(void *instance, uint32_t function, const uint64_t *args, uint64_t *results) {
  (void)instance;
  return run(function, args, results) ? 0 : 1;
}

/* What the last trap was. */
const char *vbcrt_message(const void *instance) {
  (void)instance;
  return message;
}

int64_t vbcrt_find(const void *instance, const char *wanted) {
  (void)instance;
  for (uint64_t n = 0; n < COUNT_OF(EXPORTS); n++) {
    const export_row *row = &ROWS(export_row, EXPORTS)[n];
    const char *text = ROWS(char, STRINGS) + row->name.offset;
    if (row->kind == 0 && row->name.length == strlen(wanted) && !memcmp(text, wanted, row->name.length))
      return row->index;
  }
  return -1;
}

/* There is one instance. */
void *vbcrt_new(const struct image *image, int argc, const char *const *argv) {
  (void)image;
  argument_count = argc, arguments = argv;
  int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  for (size_t n = 0; n < sizeof signals / sizeof *signals; n++) sigaction(signals[n], &action, NULL);
  prepare();
  for (uint64_t n = 0; n < COUNT_OF(INITIALISERS); n++)
    if (!run(ROWS(uint32_t, INITIALISERS)[n], NULL, NULL)) return NULL;
  return &the;
}

int vbcrt_main(int argc, const char *const *argv) {
  uint64_t result = 0;
  if (vbcrt_new(&vbcrt_image, argc, argv) && run(vbcrt_image.entry, NULL, &result)) exit_code = (int)(result & 0xff);
  fflush(stdout);
  return exit_code;
}
