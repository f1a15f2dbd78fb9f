#include <lzma.h>
#include <pthread.h>

static inline void *amilint_pass(void *gate) {
    pthread_mutex_lock((pthread_mutex_t *)gate);
    pthread_mutex_unlock((pthread_mutex_t *)gate);
    return 0;
}

/// Whether the system lets this process have `count` more threads at a time (a limit of processes says no): liblzma ends
/// with an error in the middle where it does not.
static inline int amilint_has_threads(uint32_t count) {
    enum { most = 16 };
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[most];
    uint32_t started = 0;
    pthread_mutex_lock(&gate);
    while (started < count && started < most && pthread_create(&threads[started], 0, amilint_pass, &gate) == 0) started++;
    pthread_mutex_unlock(&gate);
    for (uint32_t i = 0; i < started; i++) pthread_join(threads[i], 0);
    return started == count;
}

/// Prepares `stream` for xz streams, one after the other, on up to `threads` threads while their memory is below
/// `threads_memory` bytes, and for dictionaries of at most `memory` bytes. liblzma before 5.4 knows one thread alone.
static inline lzma_ret amilint_xz_decoder(
    lzma_stream *stream, uint32_t threads, uint64_t threads_memory, uint64_t memory) {
#if LZMA_VERSION >= 50040002
    if (threads > 1 && amilint_has_threads(threads)) {
        const lzma_mt options = {
            .flags = LZMA_CONCATENATED,
            .threads = threads,
            .memlimit_threading = threads_memory,
            .memlimit_stop = memory,
        };
        return lzma_stream_decoder_mt(stream, &options);
    }
#endif
    return lzma_stream_decoder(stream, memory, LZMA_CONCATENATED);
}
