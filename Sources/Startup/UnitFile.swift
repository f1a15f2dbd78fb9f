/// The syntax of unit files and drop-ins: sections of assignments (systemd.syntax(7), systemd's shared/conf-parser.c).

package import ByteParsing
package import ImageReading

/// One assignment of a unit file or of a drop-in.
package struct Directive: Hashable, Sendable {
    /// `Service` of `[Service]`.
    package let section: String
    /// `ExecStart` of `ExecStart=/bin/true`.
    package let key: String
    /// Continued lines joined; quotes and specifiers as written.
    package let value: String
    /// The file it stands in, as it was asked for.
    package let path: ImagePath
    /// Where it stands once links are followed.
    package let realPath: ImagePath
    /// 1-based, where the assignment begins.
    package let line: Int

    /// The file and line it stands on, without the values of environment variables.
    package var evidence: Evidence { evidence(showing: .none) }

    /// The same of a command by its program alone: what follows it may hold a credential.
    var evidenceOfProgram: Evidence {
        guard key.hasPrefix("Exec") else { return evidence }
        let words = value.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        let program = words.first.map { $0.contains("=") ? "…" : String($0) } ?? ""
        let text = "\(key)=\(quotation(program))" + (words.count > 1 ? " …" : "")
        return Evidence(path, realPath: realPath, line: line, text)
    }

    /// The file and line it stands on, with the values of those environment variables that may be shown.
    package func evidence(showing keys: ShownKeys) -> Evidence {
        let holdsVariables = key.hasPrefix("Exec") || key == "Environment" || key == "PassEnvironment"
        let text = holdsVariables ? keys.command(value) : quotation(value)
        return Evidence(path, realPath: realPath, line: line, "\(key)=\(text)")
    }
}

/// What one file says.
package struct UnitFile: Sendable {
    /// In the order of the file.
    package let directives: [Directive]
    /// The first line with which systemd gives the file up: a unit file is refused then, of a drop-in the lines before
    /// it count (core/load-fragment.c, core/load-dropin.c).
    let error: Failure?

    /// A line with which systemd gives a file up.
    struct Failure: Hashable, Sendable {
        let refusal: UnitRefusal
        let evidence: Evidence
    }

    /// Reads a unit file.
    ///
    /// Lines that systemd passes over with a warning (no `=`, no section yet) are passed over here. A carriage return
    /// and a NUL byte end a line as a newline does (read_line in systemd's basic/fileio.c). What stands behind a line
    /// with which systemd gives up is read all the same, to show what the file was written for. Throws for NUL bytes in
    /// what holds no assignment: that is no text.
    package static func read(_ file: File) throws(FormatError) -> UnitFile {
        let unit = UnitFile(file)
        if unit.directives.isEmpty, let nul = file.bytes.firstIndex(of: 0) {
            throw FormatError(.malformed, "text expected, a NUL byte found", at: nul)
        }
        return unit
    }

    init(_ file: File) {
        var reader = UnitFileReader(file)
        let bytes = file.bytes
        var number = 0
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let hasOtherEnds = bytes.firstIndex(of: 0, from: 0) != nil || bytes.firstIndex(of: 0x0D, from: 0) != nil
        while start < bytes.count {
            let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start)
            let end = newline ?? bytes.count
            number += 1
            let line = bytes[start..<end]
            if hasOtherEnds {
                for part in line.split(whereSeparator: { $0 == 0 || $0 == UInt8(ascii: "\r") }) {
                    reader.take(part, number)
                }
            } else {
                reader.take(line, number)
            }
            start = newline.map { $0 + 1 } ?? bytes.count
        }
        reader.end()
        directives = reader.directives
        error = reader.error
    }
}

/// A unit file line by line.
private struct UnitFileReader {
    private let file: File
    private(set) var directives: [Directive] = []
    private(set) var error: UnitFile.Failure?
    private var section: String?
    private var joined: [UInt8] = []
    private var isContinued = false
    private var first = 1

    init(_ file: File) {
        self.file = file
    }

    mutating func take(_ line: ArraySlice<UInt8>, _ number: Int) {
        var line = line
        while let byte = line.first, isBlank(byte) { line = line.dropFirst() }
        // A comment within a continued assignment is passed over and does not end it.
        if let initial = line.first, initial == UInt8(ascii: "#") || initial == UInt8(ascii: ";") { return }
        if !isContinued { first = number }
        var backslashes = 0
        while backslashes < line.count, line[line.endIndex - 1 - backslashes] == UInt8(ascii: "\\") {
            backslashes += 1
        }
        if backslashes % 2 == 1 {
            joined += line.dropLast()
            joined.append(UInt8(ascii: " "))
            isContinued = true
        } else if isContinued {
            joined += line
            end()
        } else {
            assign(line)
        }
    }

    /// The end of the file ends what was to be continued.
    mutating func end() {
        guard isContinued else { return }
        assign(joined[...])
        joined = []
        isContinued = false
    }

    private mutating func assign(_ line: ArraySlice<UInt8>) {
        let line = trimmed(line)
        guard let initial = line.first else { return }
        if initial == UInt8(ascii: "[") {
            let isClosed = line.last == UInt8(ascii: "]")
            if !isUTF8(line) { fail(.notUTF8, "") }
            let name = String(decoding: isClosed ? line.dropFirst().dropLast() : line.dropFirst(), as: UTF8.self)
            if !isClosed { fail(.openHeader, "[\(name)") }
            section = name
            return
        }
        guard let section, let equals = line.firstIndex(of: UInt8(ascii: "=")), equals > line.startIndex else {
            if !isUTF8(line) { fail(.notUTF8, "") }
            return
        }
        let value = trimmed(line[(equals + 1)...])
        let text = String(decoding: value, as: UTF8.self)
        // What is repaired grows: hardly any line has to be looked at twice.
        if text.utf8.count != value.count { fail(.notUTF8, "") }
        directives.append(
            Directive(
                section: section,
                key: String(decoding: trimmed(line[..<equals]), as: UTF8.self),
                value: text,
                path: file.path,
                realPath: file.realPath,
                line: first
            )
        )
    }

    private func isUTF8(_ line: ArraySlice<UInt8>) -> Bool {
        line.allSatisfy { $0 < 0x80 } || String(validating: line, as: UTF8.self) != nil
    }

    private mutating func fail(_ refusal: UnitRefusal, _ text: String) {
        guard error == nil else { return }
        let shown = refusal == .openHeader ? quotation(text) : ""
        error = UnitFile.Failure(refusal: refusal, evidence: file.evidence(line: first, shown))
    }
}
