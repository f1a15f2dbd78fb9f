// Says what is missing before the Swift runtime does: where it cannot read /proc/self/exe it aborts ahead of main (in
// the initializer of its backtraces, stdlib/public/runtime/Backtrace.cpp), and without /proc/self/cmdline an empty
// command line would be a request for help, which ends with 0.
#include <unistd.h>

// The numbers below 101 are the C library's; the runtime's own initializers have none and come last.
__attribute__((constructor(101))) static void expect_proc(void) {
    static const char message[] =
        "amilint: a command line expected in /proc/self/cmdline, none found; /proc has to be mounted\n";
    if (access("/proc/self/cmdline", R_OK) == 0 && access("/proc/self/exe", F_OK) == 0) return;
    // EX_USAGE, as ExitStatus.usage; nobody is left to tell that even this could not be written.
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) _exit(64);
    _exit(64);
}
