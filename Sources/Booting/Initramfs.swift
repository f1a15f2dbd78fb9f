/// The names in an initramfs: cpio archives one after the other, of which the kernel makes its first root.
///
///     part       cpio archives as they are, each from a multiple of four bytes, zeros between them; or one compressed
///     member     "070701" or "070702", thirteen numbers of eight hexadecimal digits (110 bytes in all), the name and a
///                NUL, the content; name and content each filled up to a multiple of four bytes
///     trailer    a member called TRAILER!!! ends an archive
///
/// Early parts, which are not compressed, hold microcode, and with newer initramfs-tools files that are compressed
/// themselves, modules among them. Sources: Linux Documentation/driver-api/early-userspace/buffer-format.rst,
/// init/initramfs.c, lib/decompress.c.

package import ByteParsing
import ImageReading

/// Reads an initramfs forwards, name by name, and only as far as somebody wants to know.
package enum Initramfs {
    /// The size in bytes beyond which a file is taken for no initramfs.
    package static let sizeLimit = 512 << 20
    /// How many members all parts together may have.
    private static let memberLimit = 500_000
    /// How many parts there may be; each has a decompressor of its own, and an empty one is four bytes.
    private static let partLimit = 1000
    /// Bytes of a name: PATH_MAX of Linux.
    private static let nameLimit = 4096

    /// Gives `isDone` the name of every member in turn, without a `/` or `./` in front, until it says so.
    ///
    /// Throws where the bytes are no initramfs, where it is cut or damaged, and beyond the limits on members, names and
    /// decompressed bytes; names before that were given.
    package static func names(in bytes: [UInt8], isDone: (ArraySlice<UInt8>) -> Bool) throws(FormatError) {
        var members = 0
        var parts = 0
        var position = 0
        guard bytes.contains(where: { $0 != 0 }) else {
            throw FormatError(.truncated, "an initramfs expected, an empty file found", at: 0)
        }
        while let start = bytes[position...].firstIndex(where: { $0 != 0 }) {
            parts += 1
            guard parts <= partLimit else {
                throw FormatError(.limitExceeded, "at most \(partLimit) parts expected, more found", at: start)
            }
            let rest = bytes[start...]
            let isPlain = rest.starts(with: magic)
            guard let part = isPlain ? PartReader(rest) : PartReader(compressed: rest) else {
                throw FormatError(
                    .malformed, "a cpio archive, compressed or not, expected, other bytes found", at: start)
            }
            var isAtArchive = true
            while isAtArchive {
                if try archive(part, at: start, &members, isDone) { return }
                // Behind one that is not compressed, anything may follow.
                isAtArchive = isPlain ? false : try part.skipZeros()
            }
            guard part.end > start else {
                throw FormatError(.truncated, "a part of an initramfs expected, its first bytes alone found", at: start)
            }
            position = part.end
        }
    }

    private static let magic = Array("07070".utf8)
    private static let headerLength = 110

    /// The members of one archive to its trailer, or to the part's end; whether somebody knows enough.
    private static func archive(
        _ part: PartReader, at start: Int, _ members: inout Int, _ isDone: (ArraySlice<UInt8>) -> Bool
    ) throws(FormatError) -> Bool {
        while true {
            let header = try part.read(headerLength)
            guard !header.isEmpty else { return false }
            guard header.count == headerLength else {
                throw FormatError(.truncated, "the header of a member expected, the end of the file found", at: start)
            }
            guard header.starts(with: magic), [UInt8(ascii: "1"), UInt8(ascii: "2")].contains(header[magic.count]),
                let size = number(header[54..<62]), let nameSize = number(header[94..<102]), nameSize > 0
            else { throw FormatError(.malformed, "the header of a cpio member expected, other bytes found", at: start) }
            members += 1
            guard members <= memberLimit, nameSize <= nameLimit else {
                let limits = "\(memberLimit) members with names of at most \(nameLimit) bytes"
                throw FormatError(.limitExceeded, "at most \(limits) expected, more found", at: start)
            }
            let name = try part.read(filledUp(headerLength + nameSize) - headerLength).prefix { $0 != 0 }
            if name.elementsEqual("TRAILER!!!".utf8) { return false }
            if isDone(relative(name)) { return true }
            guard try part.skip(filledUp(size)) else {
                throw FormatError(.truncated, "the content of a member expected, the end of the file found", at: start)
            }
        }
    }

    /// Eight hexadecimal digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | Int(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | Int(digit - UInt8(ascii: "A") + 10)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | Int(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }

    /// The next multiple of four.
    private static func filledUp(_ size: Int) -> Int { (size + 3) & ~3 }

    private static func relative(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var name = name
        while let first = name.first {
            if first == UInt8(ascii: "/") {
                name = name.dropFirst()
            } else if first == UInt8(ascii: "."), name.dropFirst().first == UInt8(ascii: "/") {
                name = name.dropFirst(2)
            } else {
                break
            }
        }
        return name
    }
}
