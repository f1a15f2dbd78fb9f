// The sandbox of a process that reads an image: Landlock for the files it may open, seccomp for what it may ask of the
// system, limits for what it may use up.
//
// Followed: Linux Documentation/userspace-api/landlock.rst and seccomp_filter.rst, prctl(2), getrlimit(2), core(5).
// The constants are written out where headers may be older than the kernel that this runs on.
#define _GNU_SOURCE
#include "CSandbox.h"

#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Landlock. Its numbers are the same on every architecture.

enum { landlock_create_ruleset = 444, landlock_add_rule = 445, landlock_restrict_self = 446 };

struct ruleset {
    uint64_t files, network, scopes;
};

struct __attribute__((packed)) rule_below {
    uint64_t allowed;
    int32_t directory;
};

enum { read_file = 1 << 2, read_directory = 1 << 3 };

// Which version of Landlock the kernel has; 0 where it has none.
static int landlock_version(void) {
    long version = syscall(landlock_create_ruleset, NULL, 0, 1);
    return version > 0 ? (int)version : 0;
}

// All that can be refused by a kernel of this version, but for reading below the descriptors. 0 where it is in force.
static int restrict_files(int version, const int *below, int count) {
    struct ruleset all = {.files = (1 << 13) - 1};
    if (version >= 2) all.files |= 1 << 13;  // renaming and linking across directories
    if (version >= 3) all.files |= 1 << 14;  // truncating
    if (version >= 4) all.network = 3;       // binding and connecting by TCP
    if (version >= 5) all.files |= 1 << 15;  // commands to devices
    if (version >= 6) all.scopes = 3;        // abstract sockets and signals of others
    int ruleset = (int)syscall(landlock_create_ruleset, &all, sizeof all, 0);
    if (ruleset < 0) return -1;
    int result = 0;
    for (int i = 0; i < count && result == 0; i++) {
        struct stat status;
        result = fstat(below[i], &status);
        struct rule_below rule = {.allowed = read_file, .directory = below[i]};
        if (result == 0 && S_ISDIR(status.st_mode)) rule.allowed |= read_directory;
        if (result == 0) result = (int)syscall(landlock_add_rule, ruleset, 1, &rule, 0);
    }
    if (result == 0) result = (int)syscall(landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return result;
}

// seccomp: what is not named here is refused with EPERM, since libraries ask for what they can do without: killing would
// end ordinary runs.

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the audit architecture of this processor is not named here"
#endif

// What every reading asks for, the most frequent first.
static const int always[] = {
    __NR_pread64, __NR_read, __NR_newfstatat, __NR_close, __NR_lseek, __NR_brk, __NR_mmap, __NR_munmap, __NR_mremap,
    __NR_madvise, __NR_mprotect, __NR_write, __NR_writev, __NR_fstat, __NR_futex, __NR_getrandom, __NR_clock_gettime,
    __NR_gettimeofday, __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_rt_sigreturn, __NR_sigaltstack,
    __NR_restart_syscall, __NR_getpid, __NR_gettid, __NR_sched_yield, __NR_sched_getaffinity, __NR_sysinfo, __NR_wait4,
    __NR_exit, __NR_exit_group,
};

// Besides, where files are opened by name, where xz may be decompressed, and where scratch is written.
static const int for_files[] = {__NR_readlinkat, __NR_getdents64};
static const int for_threads[] = {__NR_set_robust_list, __NR_rseq};
static const int for_scratch[] = {__NR_pwrite64, __NR_ftruncate};

// TCGETS2 is what isatty(3) of newer C libraries asks by.
static const unsigned terminal_questions[] = {TCGETS, TCGETS2, TIOCGWINSZ};
static const unsigned descriptor_questions[] = {F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL};

enum { most_instructions = 192 };

struct program {
    struct sock_filter instructions[most_instructions];
    unsigned short count;
};

static void add(struct program *program, unsigned short code, uint32_t value, uint8_t yes, uint8_t no) {
    if (program->count < most_instructions)
        program->instructions[program->count++] = (struct sock_filter){code, yes, no, value};
}

static void load(struct program *program, size_t place) {
    add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)place, 0, 0);
}

static void answer(struct program *program, uint32_t action) { add(program, BPF_RET | BPF_K, action, 0, 0); }

static void allow(struct program *program, const int *calls, size_t count) {
    for (size_t i = 0; i < count; i++) {
        add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
        answer(program, SECCOMP_RET_ALLOW);
    }
}

// Allows a call where its argument, of which the kernel looks at 32 bits alone, has one of the values in the bits of
// `mask`; refuses it otherwise.
static void allow_argument(
    struct program *program, int call, int argument, uint32_t mask, const unsigned *values, uint8_t count
) {
    size_t place = offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (size_t)argument;
    add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, (uint8_t)(2 * count + 3));
    load(program, place);
    add(program, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    for (uint8_t i = 0; i < count; i++) {
        add(program, BPF_JMP | BPF_JEQ | BPF_K, values[i], 0, 1);
        answer(program, SECCOMP_RET_ALLOW);
    }
    answer(program, SECCOMP_RET_ERRNO | EPERM);
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int restrict_calls(int needs) {
    struct program program = {.count = 0};
    load(&program, offsetof(struct seccomp_data, arch));
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
    load(&program, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    // x32 has this architecture, and numbers of its own. -1 is no call, but what a tracer leaves of one that it has fail
    // (ptrace(2), PTRACE_SYSCALL).
    add(&program, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 2);
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, ~0u, 1, 0);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
#endif
    allow(&program, always, COUNT(always));
    if (needs & amilint_opens_files) {
        allow(&program, for_files, COUNT(for_files));
        // For reading alone, whether Landlock is there or not. O_TMPFILE has O_DIRECTORY in it.
        const unsigned reading[] = {O_RDONLY};
        allow_argument(
            &program, __NR_openat, 2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY), reading, 1);
    }
    if (needs & amilint_writes_scratch) allow(&program, for_scratch, COUNT(for_scratch));
    if (needs & amilint_starts_threads) {
        allow(&program, for_threads, COUNT(for_threads));
        const unsigned thread[] = {CLONE_THREAD};
        // None in a name space of its own.
        allow_argument(&program, __NR_clone, 0, CLONE_THREAD | 0x7e020000, thread, 1);
    }
    allow_argument(&program, __NR_ioctl, 1, ~0u, terminal_questions, COUNT(terminal_questions));
    allow_argument(&program, __NR_fcntl, 1, ~0u, descriptor_questions, COUNT(descriptor_questions));
    // abort(3).
    const unsigned self[] = {(unsigned)getpid()};
    allow_argument(&program, __NR_tgkill, 0, ~0u, self, 1);
    // The C library then starts threads by clone, whose flags can be looked at. (435 on every architecture.)
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, 435, 0, 1);
    answer(&program, SECCOMP_RET_ERRNO | ENOSYS);
    answer(&program, SECCOMP_RET_ERRNO | EPERM);
    if (program.count == most_instructions) return -1;
    struct sock_fprog filter = {program.count, program.instructions};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

// Limits.

static void limit(int resource, uint64_t most) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) return;
    if (now.rlim_max > most) now.rlim_max = most;
    if (now.rlim_cur > now.rlim_max || resource == RLIMIT_CORE) now.rlim_cur = now.rlim_max;
    // What cannot be lowered stays as low as it is.
    (void)setrlimit(resource, &now);
}

static int is_regular(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

static void restrict_resources(int needs, uint64_t memory) {
    // By 1 no core is written, and none is piped to a program, which 0 would not stop (core(5)).
    limit(RLIMIT_CORE, 1);
    limit(RLIMIT_AS, memory);
    // What is said to a file that was opened by who started this has to go there all the same.
    if (!(needs & amilint_writes_scratch) && !is_regular(STDOUT_FILENO) && !is_regular(STDERR_FILENO))
        limit(RLIMIT_FSIZE, 0);
}

// Descriptors.

// Closes what was left open by who started this, such as a pipe of make's: unlike all that this opens, it would stay open
// in a program that is started.
static void close_inherited(void) {
    DIR *listing = opendir("/proc/self/fd");
    if (listing == NULL) return;
    struct dirent *entry;
    while ((entry = readdir(listing)) != NULL) {
        int descriptor = atoi(entry->d_name);
        if (descriptor > STDERR_FILENO && fcntl(descriptor, F_GETFD) == 0) close(descriptor);
    }
    closedir(listing);
}

int amilint_sandbox_offered(void) {
    int offered = landlock_version() > 0 ? amilint_landlock : 0;
    // Without a filter it is an error of its address where filters are known, and of the request where they are not.
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT) offered |= amilint_seccomp;
    return offered;
}

int amilint_enter_sandbox(const int *below, int count, int needs, uint64_t memory) {
    int entered = 0;
    close_inherited();
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int version = landlock_version();
    if (version > 0 && restrict_files(version, below, count) == 0) entered |= amilint_landlock;
    restrict_resources(needs, memory);
    if (restrict_calls(needs) == 0) entered |= amilint_seccomp;
    return entered;
}
