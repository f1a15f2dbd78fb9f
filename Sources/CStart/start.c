// Says what is missing before the Swift runtime does, which aborts ahead of main where it cannot read /proc/self/exe (in
// the initializer of its backtraces, stdlib/public/runtime/Backtrace.cpp), and keeps the arguments: Swift reads them from
// /proc, and where that fails takes them for none, which would be a request for help and end with 0.
#include "CStart.h"
#include <unistd.h>

static int count;
static char **arguments;

// The numbers below 101 are the C library's, which hands on what main gets; the Swift runtime's own initializers have none
// and come last.
__attribute__((constructor(101))) static void begin(int argc, char **argv, char **environment) {
    (void)environment;
    count = argc;
    arguments = argv;
    static const char message[] = "amilint: /proc/self/exe expected, none found; /proc has to be mounted\n";
    if (access("/proc/self/exe", F_OK) == 0) return;
    // EX_USAGE, as ExitStatus.usage; nobody is left to tell that even this could not be written.
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) _exit(64);
    _exit(64);
}

const char *amilint_argument(int index) { return index >= 0 && index < count ? arguments[index] : 0; }
