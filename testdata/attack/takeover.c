// A library to preload: takes a reader over when it reads the first byte of the image that $AMILINT_VICTIM names, as a
// hostile image would that found a hole in a parser, tries what such an image would want, and says on standard error what
// came of each: `attack NAME: done`, or the error. Then the reader goes on as if nothing had been.
//
// With $AMILINT_ATTACK set, it makes one call of a foreign architecture instead (`i386`, `x32`), or says of itself that it
// read another image (`lie`).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static const char *victim;
static int lies;

static void say(const char *name, long result) {
    char line[200];
    int number = errno;
    int length = result < 0 ? snprintf(line, sizeof line, "attack %s: %s\n", name, strerrorname_np(number))
                            : snprintf(line, sizeof line, "attack %s: done\n", name);
    syscall(SYS_write, 2, line, length);
}

#define TRY(name, call) (errno = 0, say(name, (long)(call)))

static long opened(long descriptor) {
    if (descriptor >= 0) syscall(SYS_close, descriptor);
    return descriptor;
}

// Reads a byte of a file, so that a descriptor alone does not count.
static long readable(int directory, const char *path) {
    char byte;
    long file = syscall(SYS_openat, directory, path, O_RDONLY, 0);
    if (file < 0) return -1;
    long result = syscall(SYS_read, file, &byte, 1);
    int number = errno;
    syscall(SYS_close, file);
    errno = number;
    return result > 0 ? 0 : -1;
}

static long started(int by_descriptor) {
    char *words[] = {"/bin/sh", "-c", "exit 7", NULL};
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    // Refused to fork, it would become the program itself.
    if (child > 0) {
        int status = 0;
        while (syscall(SYS_wait4, child, &status, 0, NULL) < 0 && errno == EINTR) {}
        errno = ECHILD;
        return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : -1;
    }
    long result = by_descriptor ? syscall(SYS_execveat, AT_FDCWD, words[0], words, NULL, 0)
                                : syscall(SYS_execve, words[0], words, NULL);
    if (child == 0) _exit(1);
    return result;
}

static long forked(void) {
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    if (child > 0) waitpid((pid_t)child, NULL, 0);
    return child;
}

// Refused is only what is refused for every family, and not for want of one.
static long any_socket(int pair) {
    int ends[2];
    for (int family = 0; family < 46; family++) {
        static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
        for (int i = 0; i < 4; i++) {
            long result = pair ? syscall(SYS_socketpair, family, types[i], 0, ends)
                               : opened(syscall(SYS_socket, family, types[i], 0));
            if (result >= 0 || errno != EPERM) return 0;
        }
    }
    errno = EPERM;
    return -1;
}

static void attack(int descriptor) {
    const char *foreign = getenv("AMILINT_ATTACK");
#if defined(__x86_64__)
    if (foreign && strcmp(foreign, "x32") == 0) say("x32", syscall(0x40000000 | SYS_getpid));
    if (foreign && strcmp(foreign, "i386") == 0) {
        long number = 20;  // getpid
        __asm__ volatile("int $0x80" : "+a"(number) : : "memory");
        say("i386", number);
    }
#endif
    if (foreign) {
        lies = strcmp(foreign, "lie") == 0;
        return;
    }

    pid_t parent = getppid();
    char source[4096], inside[4200];
    snprintf(source, sizeof source, "%s", victim);
    snprintf(inside, sizeof inside, "%s/etc/attacked", victim);
    struct iovec here = {source, 1}, there = {(void *)0x1000, 1};
    struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    struct { unsigned long long flags, mode, resolve; } how = {O_RDONLY, 0, 0};
    struct { unsigned int handle_bytes; int handle_type; unsigned char f_handle[128]; } handle = {128, 0, {0}};
    int mount_id;
    unsigned long long thread[11] = {0};

    TRY("stat /etc/passwd", syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &(struct stat){0}, 0));
    TRY("read /etc/passwd", readable(AT_FDCWD, "/etc/passwd"));
    TRY("read /proc/self/environ", readable(AT_FDCWD, "/proc/self/environ"));
    TRY("read by .. from the image", readable(descriptor, "../../../../../../../../../../etc/passwd"));
    TRY("read by a link in the image", readable(descriptor, "etc/escape"));
    TRY("list /", opened(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY)));
    TRY("openat2 /etc/passwd", opened(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof how)));
    TRY("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, "/etc", &handle, &mount_id, 0));
#ifdef SYS_open
    TRY("open /etc/passwd", opened(syscall(SYS_open, "/etc/passwd", O_RDONLY)));
#endif
    TRY("write beside the report", opened(syscall(SYS_openat, AT_FDCWD, "attacked", O_WRONLY | O_CREAT, 0600)));
    TRY("write the source", opened(syscall(SYS_openat, AT_FDCWD, source, O_RDWR)));
    TRY("create in the source", opened(syscall(SYS_openat, AT_FDCWD, inside, O_WRONLY | O_CREAT, 0600)));
    TRY("append to a report", opened(syscall(SYS_openat, AT_FDCWD, "report.txt", O_WRONLY | O_APPEND | O_CREAT, 0600)));
    TRY("file without a name", opened(syscall(SYS_openat, AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 0600)));
    TRY("file in memory", opened(syscall(SYS_memfd_create, "attack", 0)));
    TRY("mkdir", syscall(SYS_mkdirat, AT_FDCWD, "attacked.d", 0700));
    TRY("symlink", syscall(SYS_symlinkat, "/etc", AT_FDCWD, "attacked.link"));
    TRY("link", syscall(SYS_linkat, AT_FDCWD, "bystander", AT_FDCWD, "attacked.hard", 0));
    TRY("mknod", syscall(SYS_mknodat, AT_FDCWD, "attacked.fifo", S_IFIFO | 0600, 0));
    TRY("rename", syscall(SYS_renameat2, AT_FDCWD, "attacked.link", AT_FDCWD, "attacked.renamed", 0));
    TRY("unlink", syscall(SYS_unlinkat, AT_FDCWD, "attacked.hard", 0));
    TRY("truncate", syscall(SYS_truncate, "bystander", 0));
    TRY("fill the disk", syscall(SYS_fallocate, 1, 0, 0, 1 << 20));
    TRY("chmod", syscall(SYS_fchmodat, AT_FDCWD, "bystander", 0600));
    TRY("chmod of the source", syscall(SYS_fchmod, descriptor, 0755));
    TRY("chown", syscall(SYS_fchownat, AT_FDCWD, "bystander", getuid(), -1, 0));
    TRY("utimensat", syscall(SYS_utimensat, AT_FDCWD, "bystander", NULL, 0));
    TRY("setxattr", syscall(SYS_setxattr, "bystander", "user.attack", "x", 1, 0));
    TRY("fork", forked());
    TRY("start /bin/sh", started(0));
    TRY("start /bin/sh by execveat", started(1));
    TRY("clone3", syscall(SYS_clone3, thread, sizeof thread) < 0 && errno == ENOSYS ? -1 : 0);
    TRY("socket of any family", any_socket(0));
    TRY("socketpair of any family", any_socket(1));
    TRY("io_uring", opened(syscall(SYS_io_uring_setup, 1, (char[512]){0})));
    TRY("ptrace its parent", syscall(SYS_ptrace, PTRACE_SEIZE, parent, 0, 0));
    TRY("look into its parent", syscall(SYS_process_vm_readv, parent, &here, 1, &there, 1, 0) < 0 && errno == EPERM ? -1 : 0);
    TRY("signal its parent", syscall(SYS_kill, parent, 0));
    TRY("signal a thread of its parent", syscall(SYS_tgkill, parent, parent, 0));
    TRY("signal everybody", syscall(SYS_kill, -1, 0));
    TRY("pidfd of its parent", opened(syscall(SYS_pidfd_open, parent, 0)));
    TRY("load a key", syscall(SYS_add_key, "user", "attack", "x", 1, -2));
    TRY("keyctl", syscall(SYS_keyctl, 0, -2, 1));
    TRY("type into the terminal", ioctl(2, TIOCSTI, "x") < 0 && errno == EPERM ? -1 : 0);
    TRY("signals by fcntl", fcntl(2, F_SETOWN, getpid()));
    TRY("be dumped", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
    TRY("more core", prlimit(0, RLIMIT_CORE, &more, NULL));
    TRY("own name space", syscall(SYS_unshare, CLONE_FILES));
    TRY("chroot", syscall(SYS_chroot, "/nonexistent") < 0 && errno == EPERM ? -1 : 0);
    TRY("mount", syscall(SYS_mount, "none", "/nonexistent", "tmpfs", 0, NULL) < 0 && errno == EPERM ? -1 : 0);
    TRY("bpf", syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == EPERM ? -1 : 0);
    TRY("perf_event_open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0) < 0 && errno == EPERM ? -1 : 0);
    TRY("inherited descriptor", syscall(SYS_write, 9, "attacked\n", 9));
}

// Whether this descriptor is the image, read for the first time.
static int is_first(int descriptor) {
    static int is_done;
    if (is_done || (!victim && !(victim = getenv("AMILINT_VICTIM")))) return 0;
    struct stat image, now;
    // Found out with what a reader may do.
    if (syscall(SYS_newfstatat, descriptor, "", &now, AT_EMPTY_PATH) != 0) return 0;
    if (strcmp(victim, "-") == 0) {
        if (descriptor != 0) return 0;
    } else if (syscall(SYS_newfstatat, AT_FDCWD, victim, &image, 0) != 0 || image.st_dev != now.st_dev ||
               image.st_ino != now.st_ino) {
        return 0;
    }
    is_done = 1;
    int number = errno;
    attack(descriptor);
    errno = number;
    return 1;
}


ssize_t read(int descriptor, void *bytes, size_t count) {
    is_first(descriptor);
    return syscall(SYS_read, descriptor, bytes, count);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t place) {
    is_first(descriptor);
    return syscall(SYS_pread64, descriptor, bytes, count, place);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t place) {
    is_first(descriptor);
    return syscall(SYS_pread64, descriptor, bytes, count, place);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    char *copy = lies && descriptor == 1 ? memcpy(malloc(count), bytes, count) : NULL;
    for (char *name = copy; name && (name = memmem(name, count - (size_t)(name - copy), "image", 5)); name += 5)
        if (name[-1] == '/' && name[5] == '"') memcpy(name, "other", 5);
    ssize_t result = syscall(SYS_write, descriptor, copy ? copy : bytes, count);
    int number = errno;
    free(copy);
    errno = number;
    return result;
}

int openat(int directory, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    is_first(directory);
    return (int)syscall(SYS_openat, directory, path, flags, mode);
}
