/// The file systems that the image mounts at boot (fstab(5)).

import ByteParsing
import FileSystems

/// The lines of /etc/fstab.
package struct Fstab {
    /// One file system and where it is mounted.
    package struct Line: Hashable, Sendable {
        /// A device's path, `UUID=`, `LABEL=` or the like, as it is written.
        package let device: String
        /// Where it is mounted; `none` and the like as the path of that name.
        package let mountPoint: ImagePath
        /// `ext4`, `xfs`, `vfat`.
        package let type: String
        /// `defaults`, `nofail`, `noexec`: the fourth field, split at commas; none where it is left out.
        package let options: [String]
        /// The line, and what it says.
        package let evidence: Evidence
    }

    /// The file.
    package static let want = Want.contents("/etc/fstab")

    /// How many lines are read: far more than any host has.
    private static let limit = 4096

    /// In the order of the file; comments, and lines of fewer than three fields, are none.
    package let lines: [Line]

    /// Reads it; unreadable where it is there and no text, or of more lines than any.
    package static func observe(in root: RootFilesystem) -> Observation<Fstab> {
        root[want].parsed { file throws(FormatError) in
            let lines = try file.lines()
            guard lines.count <= limit else {
                throw FormatError(.limitExceeded, "at most \(limit) lines expected, \(lines.count) found")
            }
            return Fstab(
                lines: lines.compactMap { line in
                    let fields = line.text.split { $0 == " " || $0 == "\t" }
                    guard fields.count >= 3, !fields[0].hasPrefix("#") else { return nil }
                    return Line(
                        device: withoutUser(unescaped(fields[0])), mountPoint: ImagePath(unescaped(fields[1])),
                        type: String(fields[2]),
                        options: fields.count > 3
                            ? unescaped(fields[3]).split(separator: ",").map(withoutPassword) : [],
                        evidence: file.evidence(line: line.number, shown(line.text, fields)))
                })
        }
    }

    /// A field with its octal escapes undone: `\040` is a blank (getmntent(3); util-linux, libmount's unmangle).
    private static func unescaped(_ field: Substring) -> Substring {
        guard field.utf8.contains(UInt8(ascii: "\\")) else { return field }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }),
                let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 8), decoded != 0
            {
                bytes.append(decoded)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
                // Two of them stand for one.
                if byte == UInt8(ascii: "\\"), rest.first == byte { rest = rest.dropFirst() }
            }
        }
        return Substring(fileName(bytes))
    }

    /// A line as it may be shown: file systems of the network take passwords as options, and in front of a server's name.
    private static func shown(_ line: String, _ fields: [Substring]) -> String {
        guard line.contains("pass") || fields[0].contains("@") else { return line }
        let options = fields.dropFirst(3).first?.split(separator: ",").map(withoutPassword).joined(separator: ",")
        let words = [withoutUser(fields[0]), String(fields[1]), String(fields[2])] + [options].compactMap(\.self)
        return words.joined(separator: " ")
    }

    private static func withoutUser(_ device: Substring) -> String {
        device.contains("@") && device.contains(":") ? "…" + device.drop { $0 != "@" } : String(device)
    }

    private static func withoutPassword(_ option: Substring) -> String {
        guard let equals = option.firstIndex(of: "="), option[..<equals].lowercased().contains("pass") else {
            return String(option)
        }
        return option[...equals] + "…"
    }
}

/// Options of a mount, in the order in which they stand.
extension [String] {
    /// The one of several options that stands last and so counts; nil where none stands there.
    package func last(of options: [String]) -> String? { last { options.contains($0) } }

    /// Whether no program of the file system is executed: `user` and `users` say so too (mount(8)).
    package var forbidExecution: Bool {
        ["noexec", "user", "users"].contains(last(of: ["noexec", "exec", "user", "users"]))
    }
}
