/// Where the members of a tar stand, so that one of them can be read in its place.

import ByteParsing

/// Whether `block` begins with a tar header: its checksum is right (tar(5)).
package func isTarHeader(_ block: [UInt8]) -> Bool {
    guard block.count >= 512, block[0] != 0 else { return false }
    let field = block[148..<156].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard !field.isEmpty else { return false }
    let stored = field.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    let header = block[..<512]
    let others = header[..<148] + header[156...]
    return stored == others.reduce(8 * 0x20) { $0 + Int($1) }
        || stored == others.reduce(8 * 0x20) { $0 + Int(Int8(bitPattern: $1)) }
}

/// A member of a tar.
struct TarMember {
    let name: String
    let isRegular: Bool
    /// Where its bytes begin in the file.
    let offset: Int
    /// In bytes.
    let size: Int
}

/// The members of a tar in the order in which they stand: ustar, GNU and pax names and sizes (tar(5)).
struct TarMembers {
    private let file: any BlockSource
    private var position = 0

    /// Of a name or a pax header, in bytes.
    private static let headerLimit = 1 << 20

    init(_ file: any BlockSource) {
        self.file = file
    }

    /// The next member; nil at the end of the archive. Throws where no header stands where one has to.
    mutating func next() throws(FormatError) -> TarMember? {
        var longName: String?
        var longSize: Int?
        while position <= file.size - 512 {
            let block = Array(try file.read(at: position, count: 512))
            if block.allSatisfy({ $0 == 0 }) { return nil }
            guard isTarHeader(block), let stored = Self.number(block[124..<136]) else {
                throw FormatError(.malformed, "the header of a member of the tar expected", at: position)
            }
            let offset = position + 512
            switch block[156] {
            case UInt8(ascii: "L"), UInt8(ascii: "x"):
                let text = try header(offset, stored)
                if block[156] == UInt8(ascii: "L") {
                    longName = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
                } else {
                    let records = Self.records(text)
                    longName = records["path"] ?? longName
                    longSize = records["size"].flatMap { Int($0) } ?? longSize
                }
                try advance(offset, stored)
            case UInt8(ascii: "K"), UInt8(ascii: "g"), UInt8(ascii: "V"): try advance(offset, stored)
            case let type:
                let isRegular = [0, UInt8(ascii: "0"), UInt8(ascii: "7")].contains(type)
                // Links, directories and devices have no bytes, whatever their size field says.
                let size = isRegular || type == UInt8(ascii: "S") ? longSize ?? stored : 0
                let member = TarMember(
                    name: longName ?? Self.name(block), isRegular: isRegular, offset: offset, size: size)
                try advance(offset, size)
                return member
            }
        }
        return nil
    }

    private mutating func advance(_ offset: Int, _ size: Int) throws(FormatError) {
        let (end, overflow) = offset.addingReportingOverflow(size)
        guard size >= 0, !overflow, end <= Int.max - 511 else {
            throw FormatError(.malformed, "the size of a member expected, \(size) found", at: position)
        }
        position = (end + 511) / 512 * 512
    }

    private func header(_ offset: Int, _ size: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard 0...Self.headerLimit ~= size else {
            throw FormatError(
                .limitExceeded, "a header of at most \(Self.headerLimit) bytes expected, \(size) found", at: offset)
        }
        return try file.read(at: offset, count: size)
    }

    /// A number in octal digits, or with the first bit set in base 256 (GNU); nil where it is neither.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first == 0x80 {
            guard field.dropFirst().prefix(3).allSatisfy({ $0 == 0 }) else { return nil }
            return field.dropFirst(4).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }.asInt
        }
        let digits = field.drop { $0 == 0x20 }.prefix { 0x30...0x37 ~= $0 }
        return digits.reduce(UInt64(0)) { $0 << 3 | UInt64($1 - 0x30) }.asInt
    }

    private static func name(_ block: [UInt8]) -> String {
        let name = String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self)
        guard block[257..<263].elementsEqual(Array("ustar".utf8) + [0]), block[345] != 0 else { return name }
        return String(decoding: block[345..<500].prefix { $0 != 0 }, as: UTF8.self) + "/" + name
    }

    /// Records of a pax header: `LENGTH KEY=VALUE` and a line feed each.
    private static func records(_ text: ArraySlice<UInt8>) -> [String: String] {
        var records: [String: String] = [:]
        var rest = text
        while let blank = rest.firstIndex(of: UInt8(ascii: " ")),
            let length = Int(String(decoding: rest[..<blank], as: UTF8.self)), length > 0, length <= rest.count,
            blank < rest.startIndex + length
        {
            let record = rest[(blank + 1)..<(rest.startIndex + length)].dropLast()
            if let equals = record.firstIndex(of: UInt8(ascii: "=")) {
                records[String(decoding: record[..<equals], as: UTF8.self)] = String(
                    decoding: record[(equals + 1)...], as: UTF8.self)
            }
            rest = rest.dropFirst(length)
        }
        return records
    }
}

extension UInt64 {
    fileprivate var asInt: Int? { Int(exactly: self) }
}
