#include <lzma.h>

/// Prepares `stream` for xz streams, one after the other, on up to `threads` threads while their memory is below
/// `threads_memory` bytes, and for dictionaries of at most `memory` bytes. liblzma before 5.4 knows one thread alone.
static inline lzma_ret amilint_xz_decoder(
    lzma_stream *stream, uint32_t threads, uint64_t threads_memory, uint64_t memory) {
#if LZMA_VERSION >= 50040002
    if (threads > 1) {
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
