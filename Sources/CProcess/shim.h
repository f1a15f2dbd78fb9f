// What Swift cannot ask of Linux itself.
#ifndef AMILINT_CPROCESS_SHIM_H
#define AMILINT_CPROCESS_SHIM_H

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

// Another process that goes on as this one does: fork(2), which Swift cannot call. Who calls it is alone in its process.
static inline pid_t amilint_fork(void) { return fork(); }

// A new file in the directory, to be written and read, which has no name and is gone with its last descriptor, whatever
// becomes of this process (open(2), O_TMPFILE, which fcntl.h shows to GNU sources alone); where the file system cannot do
// that, one whose name is taken away at once. Negative where there is none, as errno says.
static inline int amilint_unnamed_file(const char *directory) {
    int file = open(directory, __O_TMPFILE | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0) return file;
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/.amilint-XXXXXX", directory);
    if (length < 0 || length >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    file = mkstemp(path);
    if (file >= 0) {
        fcntl(file, F_SETFD, FD_CLOEXEC);
        unlink(path);
    }
    return file;
}

// dirent.h shows it to GNU sources alone: getdents64(2), in the C library since 2.30.
extern ssize_t getdents64(int directory, void *buffer, size_t length);

// How many processors this process may run on: sched_getaffinity(2), which sched.h shows to GNU sources alone. 0 where
// that cannot be known.
static inline int amilint_processors(void) {
    unsigned long mask[128];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    int count = 0;
    for (long i = 0; i < bytes / (long)sizeof mask[0]; i++) count += __builtin_popcountl(mask[i]);
    return count;
}

// The linker's: where the ELF header of this program lies in memory, notes behind it.
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

// The build ID by which the linker tells this program from every other (ld(1), --build-id), a hash of all that it
// linked, and its length in bytes. NULL where there is none. In memory, since /proc/self/exe may be a loader.
static inline const unsigned char *amilint_build_id(int *length) {
    const char *start = (const char *)&__ehdr_start;
    const ElfW(Phdr) *parts = (const ElfW(Phdr) *)(start + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        if (parts[i].p_type != PT_NOTE) continue;
        const char *note = start + parts[i].p_offset;
        const char *end = note + parts[i].p_filesz;
        while (note < end) {
            const ElfW(Nhdr) *head = (const ElfW(Nhdr) *)note;
            const char *name = note + sizeof *head;
            const char *value = name + ((head->n_namesz + 3) & ~3u);
            if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
                *length = (int)head->n_descsz;
                return (const unsigned char *)value;
            }
            note = value + ((head->n_descsz + 3) & ~3u);
        }
    }
    return NULL;
}

#endif
