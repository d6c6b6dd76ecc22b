/* A library that tries to get out of a sandbox, and then to do what must still be possible: when it is loaded, when it
   is called, and on a thread of its own. It prints a line for each attempt: when, what, and the error's number or 0.

   The environment names where: OUTSIDE and INSIDE and SECOND are folders, of which INSIDE and SECOND were given;
   PARENT is the number of another process. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *place(const char *folder, const char *name) {
  static __thread char paths[4][PATH_MAX];
  static __thread unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, PATH_MAX, "%s/%s", getenv(folder), name);
  return path;
}

static const char *outside(const char *name) { return place("OUTSIDE", name); }
static const char *inside(const char *name) { return place("INSIDE", name); }

static pid_t parent(void) { return atoi(getenv("PARENT")); }

/* The error's number where a call has failed. A descriptor that it has made is closed. */
static int opened(long fd) {
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

static int done(long result) { return result < 0 ? errno : 0; }

/* A child ends at once and is waited for. */
static int forked(long child) {
  if (child < 0) return errno;
  if (child == 0) _exit(0);
  waitpid(child, NULL, 0);
  return 0;
}

/* Files outside. */

static int read_outside(void) { return opened(open(outside("secret"), O_RDONLY)); }
static int write_outside(void) { return opened(open(outside("secret"), O_WRONLY)); }
static int create_outside(void) {
  int error = opened(open(outside("made"), O_CREAT | O_WRONLY, 0600));
  unlink(outside("made"));
  return error;
}
static int unnamed_outside(void) { return opened(open(outside("."), O_TMPFILE | O_RDWR, 0600)); }
static int list_outside(void) { return opened(open(outside("."), O_RDONLY | O_DIRECTORY)); }
static int openat2_outside(void) {
  uint64_t how[3] = {O_RDONLY, 0, 0};
  return opened(syscall(SYS_openat2, AT_FDCWD, outside("secret"), how, sizeof how));
}
static int through_link(void) { return opened(open(inside("to_secret"), O_RDONLY)); }
static int by_number(void) {
  /* A descriptor that only names what is there cannot be made one that reads. */
  char name[64];
  int fd = open(outside("secret"), O_PATH);
  if (fd < 0) return errno;
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  int error = opened(open(name, O_RDONLY));
  close(fd);
  return error;
}
static int mkdir_outside(void) {
  int error = done(mkdir(outside("folder"), 0700));
  rmdir(outside("folder"));
  return error;
}
static int symlink_outside(void) {
  int error = done(symlink("x", outside("link")));
  unlink(outside("link"));
  return error;
}
static int link_from_outside(void) {
  int error = done(link(outside("secret"), inside("stolen")));
  unlink(inside("stolen"));
  return error;
}
static int link_to_outside(void) {
  int error = done(link(inside("file"), outside("copy")));
  unlink(outside("copy"));
  return error;
}
static int rename_from_outside(void) {
  int error = done(rename(outside("spare"), inside("spare")));
  rename(inside("spare"), outside("spare"));
  return error;
}
static int rename_to_outside(void) {
  int error = done(rename(inside("file"), outside("file")));
  rename(outside("file"), inside("file"));
  return error;
}
static int unlink_outside(void) {
  int error = done(unlink(outside("doomed")));
  if (error == 0) close(creat(outside("doomed"), 0600));
  return error;
}
static int truncate_outside(void) { return done(truncate(outside("spare"), 1)); }
static int chmod_outside(void) { return done(chmod(outside("spare"), 0600)); }
static int chown_outside(void) { return done(chown(outside("spare"), getuid(), getgid())); }
static int chdir_outside(void) { return done(chdir(outside("."))); }
static int own_memory(void) { return opened(open("/proc/self/mem", O_RDWR)); }
static int passwords(void) { return opened(open("/etc/passwd", O_RDONLY)); }
static int root_listed(void) { return opened(open("/", O_RDONLY | O_DIRECTORY)); }
static int pipe_made(void) {
  int error = done(mkfifo(inside("fifo"), 0600));
  unlink(inside("fifo"));
  return error;
}
static int chmod_inside(void) { return done(chmod(inside("file"), 0600)); }
static int watch_files(void) { return opened(syscall(SYS_inotify_init1, 0)); }
static int handle(void) { return done(syscall(SYS_name_to_handle_at, -1, "", NULL, NULL, 0)); }

/* The network. */

static int socket_inet(void) { return opened(socket(AF_INET, SOCK_STREAM, 0)); }
static int socket_udp(void) { return opened(socket(AF_INET, SOCK_DGRAM, 0)); }
static int socket_unix(void) { return opened(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int socket_netlink(void) { return opened(socket(AF_NETLINK, SOCK_RAW, 0)); }
static int socket_pair(void) {
  int fds[2];
  int error = done(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
  if (error == 0) close(fds[0]), close(fds[1]);
  return error;
}
static int connect_file(void) {
  struct sockaddr_un there = {AF_UNIX, "x"};
  return done(connect(0, (struct sockaddr *)&there, sizeof there));
}

/* Other programs and processes. */

static int exec(void) {
  char *args[] = {"nothing", NULL};
  return done(execve("/nonexistent", args, environ));
}
static int exec_descriptor(void) {
  char *args[] = {"nothing", NULL};
  return done(syscall(SYS_execveat, -1, "", args, environ, AT_EMPTY_PATH));
}
static int memory_file(void) { return opened(syscall(SYS_memfd_create, "x", 0)); }
static int fork_process(void) { return forked(fork()); }
#ifdef SYS_fork
static int fork_call(void) { return forked(syscall(SYS_fork)); }
#endif
static int clone_process(void) { return forked(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }
static int clone_space(void) { return forked(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }
static int clone3_process(void) {
  uint64_t how[11] = {0, 0, 0, 0, SIGCHLD};
  return forked(syscall(SYS_clone3, how, sizeof how));
}
static int spawn(void) {
  char *args[] = {"true", NULL};
  pid_t child;
  int error = posix_spawn(&child, "/bin/true", NULL, NULL, args, environ);
  if (error == 0) waitpid(child, NULL, 0);
  return error;
}
static int trace(void) { return done(ptrace(PTRACE_CONT, parent(), 0, 0)); }
static int kill_parent(void) { return done(kill(parent(), 0)); }
static int kill_all(void) { return done(kill(-1, 0)); }
static int kill_group(void) { return done(kill(0, 0)); }
static int tgkill_parent(void) { return done(syscall(SYS_tgkill, parent(), parent(), 0)); }
static int tkill_parent(void) { return done(syscall(SYS_tkill, parent(), 0)); }
static int queue_signal(void) {
  siginfo_t info = {.si_signo = 0, .si_code = SI_QUEUE};
  return done(syscall(SYS_rt_sigqueueinfo, parent(), 0, &info));
}
static int owner_of_descriptor(void) { return done(fcntl(0, F_SETOWN, parent())); }
static int descriptor_of_process(void) { return opened(syscall(SYS_pidfd_open, parent(), 0)); }
static int foreign_memory(void) { return done(process_vm_writev(getpid(), NULL, 0, NULL, 0, 0)); }
static int foreign_limits(void) {
  struct rlimit limit;
  return done(syscall(SYS_prlimit64, parent(), RLIMIT_NOFILE, NULL, &limit));
}
static int foreign_priority(void) { return done(setpriority(PRIO_PROCESS, 0, 0)); }
static int shared_memory(void) { return done(syscall(SYS_shmget, 0x56424331, 1, 0)) == ENOENT ? 0 : errno; }
static int type_into_terminal(void) { return done(ioctl(0, TIOCSTI, "x")); }

/* The system, and tricks by which its rules are got round. */

static int io_uring(void) {
  char parameters[128] = {0};
  return opened(syscall(SYS_io_uring_setup, 1, parameters));
}
static int bpf(void) { return opened(syscall(SYS_bpf, 0, NULL, 0)); }
static int fault_descriptor(void) { return opened(syscall(SYS_userfaultfd, 0)); }
static int keys(void) { return done(syscall(SYS_keyctl, 0, -3, 0)); }
static int add_key(void) { return done(syscall(SYS_add_key, "user", "x", "y", 1, -1)); }
static int mount_folder(void) { return done(mount("none", "/nonexistent", "tmpfs", 0, NULL)); }
static int unmount(void) { return done(umount2("/nonexistent", 0)); }
static int mount_tree(void) { return opened(syscall(SYS_open_tree, AT_FDCWD, "/nonexistent", 0)); }
static int change_root(void) { return done(chroot("/nonexistent")); }
static int unshare_files(void) { return done(unshare(CLONE_FILES)); }
static int enter_space(void) { return done(setns(-1, 0)); }
static int events(void) { return opened(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0)); }
static int persona(void) { return done(personality(0xffffffff)); }
static int become_user(void) { return done(syscall(SYS_setuid, getuid())); }
static int lower_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  return done(setrlimit(RLIMIT_NOFILE, &limit));
}
static int dumpable(void) { return done(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }
static int more_filters(void) { return done(prctl(PR_GET_SECCOMP, 0, 0, 0, 0)); }
static int module_loaded(void) { return done(syscall(SYS_init_module, NULL, 0, "")); }
static int set_clock(void) { return done(syscall(SYS_clock_settime, -1, NULL)); }
static int host_name(void) { return done(syscall(SYS_sethostname, "", -1)); }
static int poison(void) { return done(madvise(NULL, 0, 100)); }
#ifdef __x86_64__
/* The numbers of the ABI with short pointers. */
static int short_pointers(void) { return done(syscall(0x40000000 | SYS_chroot, "/nonexistent")); }
#endif

/* What must be possible. */

static int read_inside(void) { return opened(open(inside("file"), O_RDONLY)); }
static int make_inside(void) {
  int fd = open(inside("new"), O_CREAT | O_RDWR, 0600);
  if (fd < 0) return errno;
  int error = write(fd, "text", 4) == 4 && ftruncate(fd, 2) == 0 && fsync(fd) == 0 ? 0 : errno;
  close(fd);
  return error ? error : done(unlink(inside("new")));
}
static int folders_inside(void) {
  int error = done(mkdir(inside("folder"), 0700));
  return error ? error : done(rmdir(inside("folder")));
}
static int links_inside(void) {
  if (link(inside("file"), inside("hard")) || symlink("file", inside("soft"))) return errno;
  return unlink(inside("hard")) || unlink(inside("soft")) ? errno : 0;
}
static int rename_inside(void) {
  if (rename(inside("file"), inside("other"))) return errno;
  return done(rename(inside("other"), inside("file")));
}
static int times_inside(void) { return done(utimensat(AT_FDCWD, inside("file"), NULL, 0)); }
static int random_device(void) { return opened(open("/dev/urandom", O_RDONLY)); }
static int memory(void) {
  char *large = malloc(64 << 20);
  if (!large) return ENOMEM;
  memset(large, 1, 64 << 20);
  large = realloc(large, 128 << 20);
  free(large);
  return large ? 0 : ENOMEM;
}
static int rest(void) {
  struct timespec pause = {0, 1000};
  return done(nanosleep(&pause, NULL));
}
static volatile sig_atomic_t caught;
static void catch(int number) { caught = number; }
static int own_signal(void) {
  signal(SIGUSR1, catch);
  if (raise(SIGUSR1)) return errno;
  return caught == SIGUSR1 ? done(kill(getpid(), 0)) : EINVAL;
}
static int own_limits(void) {
  struct rlimit limit;
  return done(getrlimit(RLIMIT_NOFILE, &limit));
}
static void *nothing(void *value) { return value; }
static int thread(void) {
  pthread_t other;
  int error = pthread_create(&other, NULL, nothing, NULL);
  return error ? error : pthread_join(other, NULL);
}
static int sort(void) {
  /* Many: C's library asks how much memory there is. */
  size_t count = 1 << 18;
  int *numbers = malloc(count * sizeof *numbers);
  for (size_t i = 0; i < count; i++) numbers[i] = (int)(i * 2654435761u >> 1);
  int compare(const void *a, const void *b);
  qsort(numbers, count, sizeof *numbers, compare);
  int error = numbers[0] <= numbers[count - 1] ? 0 : EINVAL;
  free(numbers);
  return error;
}
int compare(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

/* Kinds of attempts: `path` fails by Landlock; `call` by seccomp, and a process that is free could do it, or would be
   told something else; `signal` likewise, but newer versions of Landlock refuse it, too; `root` likewise, but only some
   users and systems can; `clone3` fails so that C's library looks further; `may` must be possible. */
static const struct {
  const char *kind, *name;
  int (*attempt)(void);
} attempts[] = {
#define TRY(kind, name) {#kind, #name, name}
    TRY(path, read_outside),
    TRY(path, write_outside),
    TRY(path, create_outside),
    TRY(path, unnamed_outside),
    TRY(path, list_outside),
    TRY(path, openat2_outside),
    TRY(path, through_link),
    TRY(path, by_number),
    TRY(path, mkdir_outside),
    TRY(path, symlink_outside),
    TRY(path, link_from_outside),
    TRY(path, link_to_outside),
    TRY(path, rename_from_outside),
    TRY(path, rename_to_outside),
    TRY(path, unlink_outside),
    TRY(path, own_memory),
    TRY(path, passwords),
    TRY(path, root_listed),
    TRY(call, truncate_outside),
    TRY(call, chmod_outside),
    TRY(call, chown_outside),
    TRY(call, chdir_outside),
    TRY(call, pipe_made),
    TRY(call, chmod_inside),
    TRY(call, watch_files),
    TRY(call, handle),
    TRY(call, socket_inet),
    TRY(call, socket_udp),
    TRY(call, socket_unix),
    TRY(call, socket_netlink),
    TRY(call, socket_pair),
    TRY(call, connect_file),
    TRY(call, exec),
    TRY(call, exec_descriptor),
    TRY(call, memory_file),
    TRY(call, fork_process),
#ifdef SYS_fork
    TRY(call, fork_call),
#endif
    TRY(call, clone_process),
    TRY(root, clone_space),
    TRY(clone3, clone3_process),
    TRY(call, spawn),
    TRY(call, trace),
    TRY(signal, kill_parent),
    TRY(root, kill_all),
    TRY(call, kill_group),
    TRY(signal, tgkill_parent),
    TRY(signal, tkill_parent),
    TRY(root, queue_signal),
    TRY(call, owner_of_descriptor),
    TRY(call, descriptor_of_process),
    TRY(call, foreign_memory),
    TRY(call, foreign_limits),
    TRY(call, foreign_priority),
    TRY(call, shared_memory),
    TRY(call, type_into_terminal),
    TRY(root, io_uring),
    TRY(root, bpf),
    TRY(root, fault_descriptor),
    TRY(root, keys),
    TRY(root, add_key),
    TRY(root, mount_folder),
    TRY(root, unmount),
    TRY(root, mount_tree),
    TRY(root, change_root),
    TRY(call, unshare_files),
    TRY(call, enter_space),
    TRY(root, events),
    TRY(call, persona),
    TRY(call, become_user),
    TRY(call, lower_limit),
    TRY(call, dumpable),
    TRY(call, more_filters),
    TRY(root, module_loaded),
    TRY(call, set_clock),
    TRY(root, host_name),
    TRY(root, poison),
#ifdef __x86_64__
    TRY(call, short_pointers),
#endif
    TRY(may, read_inside),
    TRY(may, make_inside),
    TRY(may, folders_inside),
    TRY(may, links_inside),
    TRY(may, rename_inside),
    TRY(may, times_inside),
    TRY(may, random_device),
    TRY(may, memory),
    TRY(may, rest),
    TRY(may, own_signal),
    TRY(may, own_limits),
    TRY(may, thread),
    TRY(may, sort),
};

static void *attempt_all(void *when) {
  for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
    int error = attempts[i].attempt();
    printf("%s %s %s %d\n", (const char *)when, attempts[i].kind, attempts[i].name, error);
    fflush(stdout);
  }
  return NULL;
}

__attribute__((constructor)) static void loaded(void) { attempt_all("constructor"); }

void hostile_call(void) {
  pthread_t other;
  attempt_all("call");
  if (pthread_create(&other, NULL, attempt_all, "thread") == 0) pthread_join(other, NULL);
}

#ifdef __x86_64__
/* A call by the numbers of the 32-bit processor: 20 is getpid. */
void hostile_narrow(void) {
  long result = 20;
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  printf("narrow %ld\n", result);
  fflush(stdout);
}
#endif
