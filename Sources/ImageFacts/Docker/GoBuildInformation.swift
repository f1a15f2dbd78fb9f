/// What the Go linker writes into every program about how it was built: for a dockerd that no package owns.

package import ByteParsing

/// The build information of a Go program, Go 1.18 or newer (Go's debug/buildinfo, cmd/link's data.go).
///
///     0x00  14 bytes   FF " Go buildinf:", at a multiple of 16 in the file
///     0x0E  u8         size of a pointer
///     0x0F  u8         flags: bit 1 is set where both texts stand here
///     0x20  uvarint, text   the Go version
///           uvarint, text   the module information, 16 bytes of sentinel around it
package struct GoBuildInformation: Hashable, Sendable {
    /// `go1.19.8`.
    package let goVersion: String
    /// Lines of fields separated by tabs: `path`, `mod`, `dep`, `build`; empty where the program has none.
    package let modules: String

    private static let magic: [UInt8] = [0xFF] + Array(" Go buildinf:".utf8)
    private static let alignment = 16
    /// Far more than any program's list of modules.
    private static let textLimit = 1 << 20

    /// Searches a whole program for it.
    ///
    /// Throws where there is none, and `unsupported` where it is older than Go 1.18 and stands elsewhere.
    package init(program: [UInt8]) throws(FormatError) {
        var failure = FormatError(.malformed, "a Go program expected, no build information found")
        var at = 0
        while at + Self.alignment <= program.count {
            if program[at] == Self.magic[0], program[at..<at + Self.magic.count].elementsEqual(Self.magic) {
                // A program that reads build information itself holds these bytes twice.
                do throws(FormatError) {
                    self = try Self(at: at, in: program)
                    return
                } catch {
                    failure = error
                }
            }
            at += Self.alignment
        }
        throw failure
    }

    private init(at offset: Int, in program: [UInt8]) throws(FormatError) {
        var cursor = ByteCursor(program)
        try cursor.seek(to: offset)
        try cursor.skip(Self.magic.count + 1)
        guard try cursor.uint8() & 2 != 0 else {
            throw FormatError(
                .unsupported, "build information of Go 1.18 or newer expected, an older one found", at: offset)
        }
        try cursor.seek(to: offset)
        try cursor.skip(0x20)
        goVersion = String(decoding: try Self.text(&cursor), as: UTF8.self)
        modules = String(decoding: try Self.text(&cursor).dropFirst(16).dropLast(16), as: UTF8.self)
        guard goVersion.contains("go") else {
            throw FormatError(.malformed, "a Go version expected, \(goVersion) found", at: offset)
        }
    }

    /// A text behind its length, which is written seven bits a byte, the low ones first.
    private static func text(_ cursor: inout ByteCursor) throws(FormatError) -> ArraySlice<UInt8> {
        let offset = cursor.offset
        var length = 0
        for shift in stride(from: 0, to: 28, by: 7) {
            let byte = Int(try cursor.uint8())
            length |= (byte & 0x7F) << shift
            guard byte & 0x80 != 0 else {
                guard length <= textLimit else { break }
                return try cursor.take(length)
            }
        }
        throw FormatError(.limitExceeded, "a text of at most \(textLimit) bytes expected", at: offset)
    }

    /// Docker's version, as its build sets the variable `dockerversion.Version`, else as the module is called; nil where
    /// the build kept neither.
    ///
    /// The module `github.com/moby/moby/v2` counts its own versions, which are not Docker's.
    package var dockerVersion: String? {
        for line in modules.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            if fields.first == "build", let flags = fields.dropFirst().first, flags.hasPrefix("-ldflags="),
                let version = Self.value(of: "dockerversion.Version=", in: flags)
            {
                return version
            }
        }
        for line in modules.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            if fields.count > 2, fields[0] == "mod", fields[1] == "github.com/docker/docker",
                fields[2].hasPrefix("v"), !fields[2].hasPrefix("v0.0.0-")
            {
                return String(fields[2].dropFirst().prefix { $0 != "+" })
            }
        }
        return nil
    }

    /// What stands behind `assignment` up to a blank or a quote.
    private static func value(of assignment: String, in text: Substring) -> String? {
        let bytes = Array(text.utf8)
        let wanted = Array(assignment.utf8)
        guard bytes.count > wanted.count else { return nil }
        for start in 0..<(bytes.count - wanted.count)
        where bytes[start] == wanted[0] && bytes[start..<start + wanted.count].elementsEqual(wanted) {
            let ends: [UInt8] = [9, 10, 32, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\")]
            let value = bytes[(start + wanted.count)...].prefix { !ends.contains($0) }
            if !value.isEmpty { return String(decoding: value, as: UTF8.self) }
        }
        return nil
    }
}
