/// gzip (RFC 1952), member after member, at the speed that the machine can do.

import ByteParsing
import Inflating

/// Decompressed gzip. What was decoded before an error is delivered before the error is thrown.
///
/// The header is read here: ISA-L loses its flags where a header lies across two blocks of input.
final class GzipStream: ByteStream {
    private let source: any ByteStream
    private let inflater: any Inflater
    private var input = Block(size: 0)
    private let output = Block()
    private var position = 0
    private var state = State.beforeMember
    private var members = 0
    /// Where in the stream `input` begins, in bytes.
    private var inputStart = 0
    /// Where in the stream bytes begin that are no gzip and follow its end; nil where none do.
    private(set) var foreignBytes: Int?
    private(set) var remarks: [String] = []

    private enum State {
        case beforeMember, insideMember, ended
        case failed(StreamError)
    }

    init(_ source: any ByteStream, inflater: any Inflater = fastestInflater(.gzip)) {
        self.source = source
        self.inflater = inflater
    }

    func next() throws(StreamError) -> Block {
        output.count = 0
        while output.count < Block.size {
            do throws(StreamError) {
                switch state {
                case .ended: return output
                case .failed(let error): throw error
                case .beforeMember:
                    state = try header() ? .insideMember : .ended
                case .insideMember:
                    if position == input.count { try refill() }
                    guard input.count > 0 else {
                        throw StreamError(.torn, "the end of the gzip stream expected, the end of the file found")
                    }
                    let step = inflater.step(input, from: position, into: output)
                    position += step.consumed
                    output.count += step.produced
                    if let error = step.error { throw StreamError(.damaged, error.reason) }
                    if step.isFinished { state = .beforeMember }
                }
            } catch {
                state = .failed(error)
                if output.count > 0 { break }
                throw error
            }
        }
        return output
    }

    /// Goes to the next block of input, an empty one at the end.
    private func refill() throws(StreamError) {
        inputStart += input.count
        input = try source.next()
        position = 0
    }

    private func byte() throws(StreamError) -> UInt8? {
        if position == input.count { try refill() }
        guard input.count > 0 else { return nil }
        position += 1
        return unsafe input.bytes[position - 1]
    }

    private func headerByte(_ checksum: inout UInt32) throws(StreamError) -> UInt8 {
        guard let byte = try byte() else {
            throw StreamError(.torn, "a gzip header expected, the end of the file found")
        }
        checksum = crc32(checksum, byte)
        return byte
    }

    /// Reads a member's header; false where no further member follows.
    private func header() throws(StreamError) -> Bool {
        var checksum: UInt32 = 0
        if members > 0 {
            var first = try byte()
            var padded = false
            while first == 0 {  // padding, as tapes leave it
                padded = true
                first = try byte()
            }
            guard let first else { return false }
            let place = inputStart + position - 1
            let second = try byte()
            guard first == 0x1F, second == 0x8B, !padded else {
                foreignBytes = place
                remarks.append("bytes that are no gzip follow the end of the gzip stream and were ignored")
                while input.count > 0 { try refill() }
                return false
            }
            checksum = crc32(crc32(0, 0x1F), 0x8B)
        } else {
            guard try headerByte(&checksum) == 0x1F, try headerByte(&checksum) == 0x8B else {
                throw StreamError(.damaged, "a gzip header expected, something else found")
            }
        }
        let method = try headerByte(&checksum)
        guard method == 8 else { throw StreamError(.damaged, "gzip method 8 expected, \(method) found") }
        let flags = try headerByte(&checksum)
        guard flags & 0xE0 == 0 else { throw StreamError(.damaged, "a gzip header with reserved flags") }
        for _ in 0..<6 { _ = try headerByte(&checksum) }  // time, extra flags, system
        if flags & 0x04 != 0 {
            let length = try Int(headerByte(&checksum)) | Int(headerByte(&checksum)) << 8
            for _ in 0..<length { _ = try headerByte(&checksum) }
        }
        for flag in [0x08, 0x10] as [UInt8] where flags & flag != 0 {  // name, comment
            while try headerByte(&checksum) != 0 {}
        }
        if flags & 0x02 != 0 {
            let computed = UInt16(truncatingIfNeeded: checksum)
            let stored = try UInt16(headerByte(&checksum)) | UInt16(headerByte(&checksum)) << 8
            guard stored == computed else {
                throw StreamError(.damaged, "gzip header checksum \(computed) expected, \(stored) found")
            }
        }
        members += 1
        inflater.reset()
        return true
    }
}
