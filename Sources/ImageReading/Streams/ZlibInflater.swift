/// Deflate by zlib, for machines whose ISA-L is not to be trusted.

import CZlib

/// zlib's inflate: deflate data, with CRC-32 and length checked here since the caller has read the header.
@safe final class ZlibInflater: Inflater {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let isReady: Bool
    private var checksum: UInt32 = 0
    private var length: UInt32 = 0
    /// What was read of the 8 bytes of checksum and length; nil while deflate data is read.
    private var trailer: [UInt8]?

    init() {
        unsafe stream.initialize(to: z_stream())
        // Negative: raw deflate data without a wrapper (zlib.h, inflateInit2).
        isReady =
            unsafe inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func reset() {
        unsafe inflateReset(stream)
        checksum = 0
        length = 0
        trailer = nil
    }

    func step(_ input: Block, from start: Int, into output: Block) -> InflateStep {
        var step = InflateStep()
        guard isReady else {
            step.error = StreamError(.inputOutput, "zlib has no memory")
            return step
        }
        if trailer == nil { inflate(input, from: start, into: output, &step) }
        readTrailer(input, from: start, &step)
        return step
    }

    private func inflate(_ input: Block, from start: Int, into output: Block, _ step: inout InflateStep) {
        let available = UInt32(input.count - start)
        let room = unsafe UInt32(output.memory.count - output.count)
        let target = unsafe output.memory.baseAddress?.advanced(by: output.count).assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = available
        unsafe stream.pointee.next_out = target
        unsafe stream.pointee.avail_out = room
        let result = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        step.consumed = unsafe Int(available - stream.pointee.avail_in)
        step.produced = unsafe Int(room - stream.pointee.avail_out)
        checksum = unsafe UInt32(truncatingIfNeeded: CZlib.crc32(uLong(checksum), target, uInt(step.produced)))
        length &+= UInt32(step.produced)
        switch result {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: trailer = []
        default: step.error = StreamError(.damaged, "valid deflate data expected, a damaged block found")
        }
    }

    private func readTrailer(_ input: Block, from start: Int, _ step: inout InflateStep) {
        guard var trailer else { return }
        let from = start + step.consumed
        let taken = input.copy(from..<min(input.count, from + 8 - trailer.count))
        step.consumed += taken.count
        trailer += taken
        self.trailer = trailer
        guard trailer.count == 8 else { return }
        func number(_ range: Range<Int>) -> UInt32 { trailer[range].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        if number(0..<4) == checksum, number(4..<8) == length {
            step.isFinished = true
        } else {
            step.error = StreamError(.damaged, "the gzip checksum or length differs from the content")
        }
    }
}
