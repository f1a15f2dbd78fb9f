/// Deflate by ISA-L, twice as fast as zlib.

import CISAL

/// One step of a CRC-32 as gzip counts it.
package func crc32(_ checksum: UInt32, _ byte: UInt8) -> UInt32 {
    var byte = byte
    return unsafe crc32_gzip_refl(checksum, &byte, 1)
}

/// ISA-L's igzip: deflate data and the trailer behind it, the header being read by the caller.
@safe package final class ISALInflater: Inflater {
    private let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)
    private let format: DeflateFormat

    package init(_ format: DeflateFormat) {
        self.format = format
        unsafe isal_inflate_init(state)
        reset()
    }

    deinit {
        unsafe state.deallocate()
    }

    package func reset() {
        unsafe isal_inflate_reset(state)
        let check =
            switch format {
            case .gzip: ISAL_GZIP_NO_HDR_VER
            case .zlib: ISAL_ZLIB_NO_HDR_VER
            case .raw: ISAL_DEFLATE
            }
        unsafe state.pointee.crc_flag = UInt32(check)
    }

    package func step(_ input: Block, from start: Int, into output: Block) -> InflateStep {
        let available = UInt32(input.count - start)
        let room = unsafe UInt32(output.memory.count - output.count)
        unsafe state.pointee.next_in = UnsafeMutablePointer(
            mutating: input.bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: UInt8.self)
        )
        unsafe state.pointee.avail_in = available
        unsafe state.pointee.next_out =
            output.memory.baseAddress?.advanced(by: output.count).assumingMemoryBound(to: UInt8.self)
        unsafe state.pointee.avail_out = room
        let result = unsafe isal_inflate(state)
        var step = InflateStep()
        // A header of a block that began in an earlier input and is invalid leaves more than there was (read_header_stateful
        // in igzip/igzip_inflate.c).
        step.consumed = unsafe max(0, Int(available) - Int(state.pointee.avail_in))
        step.produced = unsafe Int(room - state.pointee.avail_out)
        step.isFinished = unsafe result == ISAL_DECOMP_OK && state.pointee.block_state == ISAL_BLOCK_FINISH
        switch result {
        case ISAL_DECOMP_OK: break
        case ISAL_INCORRECT_CHECKSUM:
            step.error = InflateStep.wrongChecksum(format)
        default: step.error = InflateStep.damagedBlock
        }
        return step
    }
}
