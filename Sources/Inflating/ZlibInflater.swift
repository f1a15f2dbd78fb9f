/// Deflate by zlib, for machines whose ISA-L is not to be trusted.

import ByteParsing
import CZlib

/// zlib's inflate: deflate data, with the checksum behind it checked here since the caller has read the header.
@safe package final class ZlibInflater: Inflater {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let format: DeflateFormat
    private let isReady: Bool
    private var checksum: uLong = 0
    private var length: UInt32 = 0
    /// What was read of the checksum, and in gzip the length; nil while deflate data is read.
    private var trailer: [UInt8]?

    package init(_ format: DeflateFormat) {
        self.format = format
        unsafe stream.initialize(to: z_stream())
        // Negative: raw deflate data without a wrapper (zlib.h, inflateInit2).
        isReady =
            unsafe inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        reset()
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    package func reset() {
        unsafe inflateReset(stream)
        // What both checksums begin with (zlib.h, crc32 and adler32).
        checksum = format == .gzip ? 0 : 1
        length = 0
        trailer = nil
    }

    package func step(_ input: Block, from start: Int, into output: Block) -> InflateStep {
        var step = InflateStep()
        guard isReady else {
            step.error = FormatError(.inputOutput, "zlib has no memory")
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
        if step.produced > 0, format != .raw {
            checksum =
                unsafe format == .gzip
                ? CZlib.crc32(checksum, target, uInt(step.produced)) : adler32(checksum, target, uInt(step.produced))
        }
        length &+= UInt32(step.produced)
        switch result {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: trailer = []
        default: step.error = InflateStep.damagedBlock
        }
    }

    private func readTrailer(_ input: Block, from start: Int, _ step: inout InflateStep) {
        guard var trailer else { return }
        let size =
            switch format {
            case .gzip: 8
            case .zlib: 4
            case .raw: 0
            }
        let from = start + step.consumed
        let taken = input.copy(from..<min(input.count, from + size - trailer.count))
        step.consumed += taken.count
        trailer += taken
        self.trailer = trailer
        guard trailer.count == size else { return }
        // gzip has its numbers least significant byte first, zlib most significant byte first.
        func number(_ bytes: some Sequence<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
        let expected = UInt32(truncatingIfNeeded: checksum)
        let agrees =
            switch format {
            case .gzip: number(trailer[..<4].reversed()) == expected && number(trailer[4...].reversed()) == length
            case .zlib: number(trailer) == expected
            case .raw: true
            }
        if agrees {
            step.isFinished = true
        } else {
            step.error = InflateStep.wrongChecksum(format)
        }
    }
}
