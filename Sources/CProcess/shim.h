// Calls of Linux that Swift cannot make itself.
#ifndef AMILINT_CPROCESS_SHIM_H
#define AMILINT_CPROCESS_SHIM_H

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Makes the system kill this process when the thread that started it ends: prctl(2), PR_SET_PDEATHSIG, which takes
// variable arguments. 0 on success.
static inline int amilint_end_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

// unistd.h shows it to GNU sources alone.
extern int pipe2(int ends[2], int flags);

// A pipe whose ends no process that is started meanwhile inherits. 0 on success.
static inline int amilint_pipe(int *reading, int *writing) {
    int ends[2];
    int result = pipe2(ends, O_CLOEXEC);
    if (result == 0) {
        *reading = ends[0];
        *writing = ends[1];
    }
    return result;
}

// How many processors this process may run on: sched_getaffinity(2), which sched.h shows to GNU sources alone. 0 where
// that cannot be known.
static inline int amilint_processors(void) {
    unsigned long mask[128];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    int count = 0;
    for (long i = 0; i < bytes / (long)sizeof mask[0]; i++) count += __builtin_popcountl(mask[i]);
    return count;
}

#endif
