/// The names in a FAT directory: eleven characters, or a long name in the entries before them.

import ByteParsing
import FileSystems

/// Puts long names together while the entries of a directory go by.
struct FATNames {
    /// The parts that went by, the last of the name first; empty where they did not fit together.
    private var units: [UInt16] = []
    private var expected = 0
    private var checksum: UInt8 = 0

    /// The name of the file that `record` is the entry of; nil where it is no file's.
    mutating func next(_ record: FieldReader) throws(FormatError) -> String? {
        let first = try record.uint8(at: 0)
        let attributes = try record.uint8(at: 11)
        guard first != 0xE5 else {
            expected = 0
            units = []
            return nil
        }
        if attributes & 0x3F == 0x0F {
            try addPart(record, first)
            return nil
        }
        defer {
            units = []
            expected = 0
        }
        guard attributes & 0x08 == 0 else { return nil }
        let short = Array(try record.slice(at: 0, count: 11))
        let name =
            expected == 0 && !units.isEmpty && Self.checksum(of: short) == checksum
            ? String(decoding: units.prefix { $0 != 0 }, as: UTF16.self)
            : Self.shortName(short, try record.uint8(at: 12))
        guard name != ".", name != "..", !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "/"))
        else { return nil }
        return name
    }

    private mutating func addPart(_ record: FieldReader, _ sequence: UInt8) throws(FormatError) {
        let number = Int(sequence & 0x1F)
        let sum = try record.uint8(at: 13)
        if sequence & 0x40 != 0 {
            units = []
            expected = number
            checksum = sum
        }
        guard number > 0, number == expected, sum == checksum else {
            units = []
            expected = 0
            return
        }
        var part: [UInt16] = []
        for (offset, count) in [(1, 5), (14, 6), (28, 2)] {
            for index in 0..<count { part.append(try record.uint16(at: offset + 2 * index)) }
        }
        units = part + units
        expected = number - 1
    }

    /// The upper half of code page 437, in which Linux takes short names to be written unless it is told otherwise
    /// (CONFIG_FAT_DEFAULT_CODEPAGE).
    private static let codePage = Array(
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
            + "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}")

    private static func checksum(of short: [UInt8]) -> UInt8 {
        short.reduce(0) { sum, byte in (sum >> 1 | sum << 7) &+ byte }
    }

    private static func shortName(_ bytes: [UInt8], _ cases: UInt8) -> String {
        func part(_ bytes: ArraySlice<UInt8>, lower: Bool) -> String {
            var bytes = Array(bytes)
            while bytes.last == 0x20 { bytes.removeLast() }
            let text = String(bytes.map { $0 < 0x80 ? Character(Unicode.Scalar($0)) : Self.codePage[Int($0) - 0x80] })
            return lower ? text.lowercased() : text
        }
        var bytes = bytes
        if bytes[0] == 0x05 { bytes[0] = 0xE5 }
        let name = part(bytes[..<8], lower: cases & 0x08 != 0)
        let suffix = part(bytes[8...], lower: cases & 0x10 != 0)
        return suffix.isEmpty ? name : name + "." + suffix
    }
}
