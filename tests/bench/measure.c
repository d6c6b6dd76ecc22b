/* Runs a command and writes what it used to file descriptor 3: CPU seconds (user and system), wall seconds, peak
   memory in KiB. A program of its own because Linux counts a launcher's memory in its child's peak: Python's would
   hide the engines'. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: measure COMMAND [ARGS] 3>FIGURES\n");
        return 2;
    }
    fcntl(3, F_SETFD, FD_CLOEXEC);
    double start = now();
    pid_t child;
    if (posix_spawnp(&child, argv[1], NULL, NULL, argv + 1, environ) != 0) {
        perror(argv[1]);
        return 127;
    }
    int status;
    struct rusage used;
    if (wait4(child, &status, 0, &used) < 0) {
        perror("wait4");
        return 127;
    }
    double wall = now() - start;
    dprintf(3, "%.6f %.6f %ld\n", seconds(used.ru_utime) + seconds(used.ru_stime), wall, used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
