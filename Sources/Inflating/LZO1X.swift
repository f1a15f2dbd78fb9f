/// LZO1X, in which btrfs may keep its files; decoded by our own code, since liblzo2 is under the GPL.
///
///     byte       what follows the instruction               copies            from a distance of
///     1LLDDDSS   HHHHHHHH                                   5 + L             (H << 3) + D + 1
///     01LDDDSS   HHHHHHHH                                   3 + L             (H << 3) + D + 1
///     001LLLLL   more of L, then DDDDDDSS DDDDDDDD          2 + L (31)        D + 1
///     0001HLLL   more of L, then DDDDDDSS DDDDDDDD          2 + L (7)         (H << 14) + D + 16384; 16384 ends it
///     0000DDSS   HHHHHHHH, behind 1 to 3 literals           2                 (H << 2) + D + 1
///     0000DDSS   HHHHHHHH, behind 4 or more literals        3                 (H << 2) + D + 2049
///     0000LLLL   more of L, behind a copy without literals  3 + L (15) literals
///
/// S literals follow each copy. A first byte above 17 stands for so many literals less 17. Where all bits of L are 0, it
/// is the number in brackets, 255 for each 0 byte that follows, and the byte behind those. Source: Linux
/// Documentation/staging/lzo.rst, version 0 of the stream.

package import ByteParsing

package enum LZO1X {
    /// What a whole stream holds, of at most `limit` bytes: no more than that is ever made of it.
    ///
    /// Throws where it is damaged or ends early, and where bytes follow its end.
    package static func decode(_ bytes: ArraySlice<UInt8>, limit: Int) throws(FormatError) -> [UInt8] {
        var decoder = Decoder(bytes, limit: limit)
        try decoder.run()
        return decoder.output
    }

    private struct Decoder {
        private let input: ArraySlice<UInt8>
        private var position: Int
        private let limit: Int
        private(set) var output: [UInt8] = []

        init(_ input: ArraySlice<UInt8>, limit: Int) {
            self.input = input
            self.limit = limit
            position = input.startIndex
            output.reserveCapacity(limit)
        }

        mutating func run() throws(FormatError) {
            // How many literals stood in front of an instruction, 4 being any larger number.
            var literals = 0
            if let first = input.first, first > 17 {
                position += 1
                let count = Int(first) - 17
                try copyLiterals(count)
                literals = min(count, 4)
            }
            while true {
                let code = Int(try byte())
                var following: Int
                switch code {
                case 128...:
                    let distance = Int(try byte()) << 3 + (code >> 2) & 7 + 1
                    try copy(5 + (code >> 5) & 3, from: distance)
                    following = code & 3
                case 64...:
                    let distance = Int(try byte()) << 3 + (code >> 2) & 7 + 1
                    try copy(3 + (code >> 5) & 1, from: distance)
                    following = code & 3
                case 32...:
                    let length = 2 + (try length(code & 31, 31))
                    let low = try twoBytes()
                    try copy(length, from: low >> 2 + 1)
                    following = low & 3
                case 16...:
                    let length = 2 + (try length(code & 7, 7))
                    let low = try twoBytes()
                    let distance = (code & 8) << 11 + low >> 2
                    if distance == 0 { return try end(length) }
                    try copy(length, from: distance + 16384)
                    following = low & 3
                default:
                    if literals == 0 {
                        try copyLiterals(3 + (try length(code, 15)))
                        literals = 4
                        continue
                    }
                    let distance = Int(try byte()) << 2 + code >> 2
                    try copy(literals == 4 ? 3 : 2, from: distance + (literals == 4 ? 2049 : 1))
                    following = code & 3
                }
                try copyLiterals(following)
                literals = following
            }
        }

        private mutating func byte() throws(FormatError) -> UInt8 {
            guard position < input.endIndex else {
                throw FormatError(.truncated, "the end of an LZO stream expected, the end of its bytes found")
            }
            defer { position += 1 }
            return input[position]
        }

        private mutating func twoBytes() throws(FormatError) -> Int { Int(try byte()) | Int(try byte()) << 8 }

        /// A length of which `bits` stand in the instruction and the rest, if they are 0, behind it.
        private mutating func length(_ bits: Int, _ base: Int) throws(FormatError) -> Int {
            guard bits == 0 else { return bits }
            var length = base
            while true {
                let next = Int(try byte())
                if next > 0 { return length + next }
                length += 255
                guard length <= limit else { throw tooLong }
            }
        }

        private mutating func copyLiterals(_ count: Int) throws(FormatError) {
            guard count <= input.endIndex - position else {
                throw FormatError(.truncated, "\(count) bytes of an LZO stream expected, its end found")
            }
            guard count <= limit - output.count else { throw tooLong }
            output += input[position..<position + count]
            position += count
        }

        private mutating func copy(_ count: Int, from distance: Int) throws(FormatError) {
            guard distance <= output.count else {
                throw FormatError(
                    .malformed, "a distance of at most \(output.count) bytes expected in LZO data, \(distance) found")
            }
            guard count <= limit - output.count else { throw tooLong }
            // What is copied may reach into what it becomes.
            let start = output.count - distance
            if count <= distance {
                output += output[start..<start + count]
            } else {
                for index in start..<start + count { output.append(output[index]) }
            }
        }

        private func end(_ length: Int) throws(FormatError) {
            guard length == 3, position == input.endIndex else {
                throw FormatError(.malformed, "an LZO stream that ends with its bytes expected, more found")
            }
        }

        private var tooLong: FormatError {
            FormatError(.limitExceeded, "at most \(limit) bytes of LZO data expected, more found")
        }
    }
}
