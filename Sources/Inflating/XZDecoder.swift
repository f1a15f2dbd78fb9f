/// xz by liblzma, on several cores where the compressor left room for that.

import ByteParsing
import CLZMA

/// A decoder of xz streams, one after the other (The .xz File Format, section 2).
///
/// Blocks that say how long they are, as `xz -T` writes them, are decoded side by side.
@safe package final class XZDecoder {
    private let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)
    private var result: lzma_ret

    /// How many cores are used at most: each has a stack and a heap of its own in the address space.
    private static let mostThreads: UInt32 = 8
    /// How much memory blocks may take that are decoded side by side; beyond, it is one after the other. In bytes.
    private static let threadsMemory: UInt64 = 64 << 20
    /// How much memory decoding may take at all, in bytes: dictionaries of `xz -9` are 64 MiB.
    private static let memory: UInt64 = 1 << 30

    /// A decoder on one core, or on all that this process may use.
    package init(onAllCores: Bool) {
        unsafe stream.initialize(to: lzma_stream())
        let threads = onAllCores ? min(lzma_cputhreads(), Self.mostThreads) : 1
        result = unsafe amilint_xz_decoder(stream, threads, Self.threadsMemory, Self.memory)
    }

    deinit {
        unsafe lzma_end(stream)
        unsafe stream.deallocate()
    }

    /// Decodes what stands in `input` from `start` on, behind which nothing follows where `isLast`, into `output` behind
    /// its bytes, whose count the caller changes. Finished is the last stream.
    package func step(_ input: Block, from start: Int, isLast: Bool, into output: Block) -> InflateStep {
        var step = InflateStep()
        let available = input.count - start
        let room = unsafe output.memory.count - output.count
        if result == LZMA_OK || result == LZMA_BUF_ERROR {
            unsafe stream.pointee.next_in =
                input.bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: UInt8.self)
            unsafe stream.pointee.avail_in = available
            unsafe stream.pointee.next_out =
                output.memory.baseAddress?.advanced(by: output.count).assumingMemoryBound(to: UInt8.self)
            unsafe stream.pointee.avail_out = room
            result = unsafe lzma_code(stream, isLast ? LZMA_FINISH : LZMA_RUN)
            step.consumed = unsafe available - stream.pointee.avail_in
            step.produced = unsafe room - stream.pointee.avail_out
        }
        switch result {
        case LZMA_OK: break
        case LZMA_STREAM_END: step.isFinished = true
        case LZMA_BUF_ERROR:
            // No progress: as it should be without input, and where room is left at the end the rest is missing.
            if isLast, room > step.produced {
                step.error = FormatError(.truncated, "the end of the xz stream expected, the end of the file found")
            }
        case LZMA_MEM_ERROR: step.error = FormatError(.inputOutput, "xz has no memory")
        case LZMA_MEMLIMIT_ERROR:
            step.error = FormatError(
                .limitExceeded, "an xz dictionary of less than \(Self.memory) bytes expected, a larger one found")
        case LZMA_FORMAT_ERROR: step.error = FormatError(.malformed, "an xz header expected, something else found")
        case LZMA_OPTIONS_ERROR:
            step.error = FormatError(.malformed, "xz by a filter that liblzma knows expected, another one found")
        default: step.error = FormatError(.malformed, "valid xz data expected, a damaged block or header found")
        }
        return step
    }
}
