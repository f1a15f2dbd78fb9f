// What a process gives up before it reads what strangers made (sandbox.c).
#ifndef AMILINT_CSANDBOX_H
#define AMILINT_CSANDBOX_H

#include <stdint.h>

// What the system offers, and what is in force: bits.
enum { amilint_landlock = 1, amilint_seccomp = 2 };

// What this system offers, found out without giving up anything.
int amilint_sandbox_offered(void);

// What reading needs besides memory and descriptors that are open: bits.
enum {
    amilint_opens_files = 1,     // files below a directory, by name
    amilint_starts_threads = 2,  // to decompress on several cores
    amilint_writes_scratch = 4,  // bytes at any place of a file that is open
};

// Gives up, for good, all that reading does not need, of this thread and those that it starts; whoever calls it is alone
// in the process. Descriptors that would stay open in a program that is started are closed, but for the first three.
// Files can be opened for reading below the directories (or files) of `count` open descriptors alone, and none at all
// without `amilint_opens_files`. `memory` is the largest address space, in bytes. What is in force then.
int amilint_enter_sandbox(const int *below, int count, int needs, uint64_t memory);

#endif
