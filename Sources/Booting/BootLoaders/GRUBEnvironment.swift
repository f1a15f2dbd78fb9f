/// GRUB 2's environment block: the few variables that outlive a boot, such as the entry chosen last.
///
///     # GRUB Environment Block\n      then NAME=VALUE\n ..., padded with # to 1,024 bytes
///
/// In a value a backslash escapes a newline or a backslash. Source: GRUB, grub-core/lib/envblk.c.

import ByteParsing
import ImageReading

/// The variables of a grubenv.
struct GRUBEnvironment {
    struct Variable {
        let value: String
        let evidence: Evidence
    }

    let variables: [String: Variable]

    private static let signature = "# GRUB Environment Block\n"

    /// Reads a block; throws where GRUB would call it an invalid environment block.
    init(_ file: File) throws(FormatError) {
        guard file.bytes.starts(with: Self.signature.utf8) else {
            throw FormatError(
                .malformed,
                "a first line \"# GRUB Environment Block\" expected, other bytes found",
                at: 0
            )
        }
        var variables: [String: Variable] = [:]
        var line = 1
        var position = Self.signature.utf8.count
        while position < file.bytes.count {
            line += 1
            let start = line
            var text: [UInt8] = []
            while position < file.bytes.count, file.bytes[position] != UInt8(ascii: "\n") {
                if file.bytes[position] == UInt8(ascii: "\\"), position + 1 < file.bytes.count {
                    position += 1
                    if file.bytes[position] == UInt8(ascii: "\n") { line += 1 }
                }
                text.append(file.bytes[position])
                position += 1
            }
            position += 1
            guard text.first != UInt8(ascii: "#"), let equals = text.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: text[..<equals], as: UTF8.self)
            let value = String(decoding: text[(equals + 1)...], as: UTF8.self)
            variables[name] = Variable(value: value, evidence: file.evidence(line: start, "\(name)=\(value)"))
        }
        self.variables = variables
    }
}
