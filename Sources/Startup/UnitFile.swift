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

    /// Reads a unit file.
    ///
    /// Lines that systemd passes over with a warning (no `=`, no section yet) are passed over here; a section header
    /// without its `]` makes systemd refuse the file, and is an error here too. Throws for a NUL byte.
    package init(_ file: File) throws(FormatError) {
        let bytes = file.bytes
        if let nul = bytes.firstIndex(of: 0, from: 0) {
            throw FormatError(.malformed, "text expected, a NUL byte found", at: nul)
        }
        var directives: [Directive] = []
        var section: String?
        var joined: [UInt8] = []
        var isContinued = false
        var first = 1
        var number = 0
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0

        func take(_ line: ArraySlice<UInt8>, _ offset: Int) throws(FormatError) {
            let line = trimmed(line)
            guard let initial = line.first else { return }
            if initial == UInt8(ascii: "[") {
                guard line.last == UInt8(ascii: "]") else {
                    throw FormatError(.malformed, "a section header that ends in ] expected", at: offset)
                }
                section = String(decoding: line.dropFirst().dropLast(), as: UTF8.self)
                return
            }
            guard let section, let equals = line.firstIndex(of: UInt8(ascii: "=")), equals > line.startIndex else {
                return
            }
            directives.append(
                Directive(
                    section: section,
                    key: String(decoding: trimmed(line[..<equals]), as: UTF8.self),
                    value: String(decoding: trimmed(line[(equals + 1)...]), as: UTF8.self),
                    path: file.path,
                    realPath: file.realPath,
                    line: first
                )
            )
        }

        while start < bytes.count {
            let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start)
            let end = newline ?? bytes.count
            let offset = start
            start = newline.map { $0 + 1 } ?? bytes.count
            number += 1
            var line = bytes[offset..<end]
            while let byte = line.first, isBlank(byte) { line = line.dropFirst() }
            // A comment within a continued assignment is passed over and does not end it.
            if let initial = line.first, initial == UInt8(ascii: "#") || initial == UInt8(ascii: ";") { continue }
            if !isContinued { first = number }
            var backslashes = 0
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            while backslashes < line.count, line[line.endIndex - 1 - backslashes] == UInt8(ascii: "\\") {
                backslashes += 1
            }
            if backslashes % 2 == 1 {
                joined += line.dropLast()
                joined.append(UInt8(ascii: " "))
                isContinued = true
            } else if isContinued {
                joined += line
                try take(joined[...], offset)
                joined = []
                isContinued = false
            } else {
                try take(line, offset)
            }
        }
        if isContinued { try take(joined[...], bytes.count) }
        self.directives = directives
    }
}
