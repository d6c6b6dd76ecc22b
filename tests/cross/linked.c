/* Runs what the file `orders` says, on the programs that it is linked with: a line each.

     new N            makes an instance of program N; standard output then goes to the file out-N
     call F R ARG...  calls function F, which has R results, with those slots
     free             gives the instance back

   Everything is hexadecimal but N. The answers go to the file `answers`, a line for each: what came of it, then the
   slots of the results, or the message of a trap. */
#include "vbcrt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct vbcrt_image *const images[];

static vbcrt_instance *instance;

static void call(char *words, FILE *answers) {
  static uint64_t args[1024], results[1024];
  uint32_t function = strtoul(words, &words, 16);
  unsigned count = strtoul(words, &words, 16);
  char *end;
  unsigned given = 0;
  for (;;) {
    uint64_t arg = strtoull(words, &end, 16);
    if (end == words) break;
    args[given++] = arg;
    words = end;
  }
  memset(results, 0xa5, sizeof results);
  vbcrt_status status = vbcrt_call(instance, function, args, results);
  fprintf(answers, "%d", status);
  if (status == VBCRT_OK)
    for (unsigned n = 0; n < count; n++) fprintf(answers, " %llx", (unsigned long long)results[n]);
  else if (status == VBCRT_EXIT)
    fprintf(answers, " %x", vbcrt_exit_code(instance));
  else {
    /* Without the program's name. */
    const char *message = strchr(vbcrt_message(instance), ' ');
    if (message) fprintf(answers, "%.*s", (int)strcspn(message, "\n"), message);
  }
  fputc('\n', answers);
}

int main(int argc, char **argv) {
  static char line[1 << 16];
  const char *name[] = {argv[0]};
  FILE *orders = fopen("orders", "r"), *answers = fopen("answers", "w");
  (void)argc;
  /* Programs read nothing. */
  if (!orders || !answers || !freopen("/dev/null", "r", stdin)) return 1;
  while (fgets(line, sizeof line, orders)) {
    if (!strncmp(line, "new ", 4)) {
      char file[32];
      snprintf(file, sizeof file, "out-%d", atoi(line + 4));
      if (!freopen(file, "w", stdout)) return 1;
      instance = vbcrt_new(images[atoi(line + 4)], 1, name);
      fprintf(answers, "%s\n", instance ? "new" : "none");
    } else if (!strncmp(line, "call ", 5)) {
      call(line + 5, answers);
    } else {
      vbcrt_free(instance);
    }
    fflush(answers);
  }
  return 0;
}
