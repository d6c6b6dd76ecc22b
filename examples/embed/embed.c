/* Calls a compiled module from C. In this folder:

       vbc-aot statistics.vitasm -o statistics.o --header statistics.h
       cc -I ../../lib/rt/include -c embed.c
       vbc-link --exe statistics.o embed.o -o embed && ./embed                                            */
#include <stdio.h>

#include "statistics.h"

static int reports;

/* What the module imports as env:report. */
vbcrt_status env__report(vbcrt_instance *instance, double a0, int64_t *r0) {
  (void)instance;
  printf("new maximum %g\n", a0);
  *r0 = ++reports;
  return VBCRT_OK;
}

int main(void) {
  const char *name = "embed";
  vbcrt_instance *statistics = vbcrt_new(&vbcrt_image, 1, &name);
  if (!statistics) return 1;

  const double numbers[] = {2, 4, 4, 4, 5, 5, 7, 9};
  for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
    if (vbc_add(statistics, numbers[n]) != VBCRT_OK) return 1;

  double mean, variance;
  vbc_summary(statistics, &mean, &variance);
  printf("mean %g, variance %g, after %d reports\n", mean, variance, reports);

  /* The module's memory is C's to read. */
  const double *first = vbcrt_memory(statistics, 0, 16);
  printf("it begins with %g and %g\n", first[0], first[1]);

  /* A trap ends the call, not the process. */
  int32_t ratio = -1;
  if (vbc_ratio(statistics, 7, 0, &ratio) == VBCRT_TRAP) fputs(vbcrt_message(statistics), stdout);
  vbc_ratio(statistics, 7, 2, &ratio);
  printf("7 / 2 is %d\n", ratio);
  vbcrt_free(statistics);
  return 0;
}
