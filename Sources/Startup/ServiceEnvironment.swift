/// The environment systemd gives a service (systemd.exec(5), "Environment").

import ByteParsing
package import ImageReading

/// One variable of a service's environment.
package struct EnvironmentSetting: Hashable, Sendable {
    /// Its name.
    package let key: String
    /// As the started program sees it, quotes taken off where systemd or the shell takes them off.
    package let value: String
    /// Where it is set; the text holds the value only of keys that rules need.
    package let evidence: Evidence

    /// A variable that is set at a place.
    package init(key: String, value: String, evidence: Evidence) {
        self.key = key
        self.value = value
        self.evidence = evidence
    }
}

/// The variables that a command is started with, so far as the image shows them.
package struct Environment: Hashable, Sendable {
    /// In the order in which they are set.
    package var settings: [EnvironmentSetting]
    /// Whether variables may be set that the image does not show. What is not set here is then not known, and not
    /// empty.
    package var isOpen: Bool

    /// Some settings; of several of a variable the last counts.
    package init(_ settings: [EnvironmentSetting], isOpen: Bool) {
        self.settings = settings
        self.isOpen = isOpen
    }

    /// An environment of which nothing is known.
    package static let unknown = Environment([], isOpen: true)

    /// The setting of a variable that counts.
    package subscript(_ key: some StringProtocol) -> EnvironmentSetting? {
        settings.last { $0.key == key }
    }
}

extension UnitFiles {
    /// One EnvironmentFile= of a unit.
    private struct EnvironmentFile {
        let path: ImagePath
        /// Written with a leading `-`: may be missing.
        let isOptional: Bool
        let directive: Directive
    }

    /// The environment files a unit names. Those below /run are left out: what is there at boot is made at boot.
    private func environmentFileNames(of unit: Unit) -> [EnvironmentFile] {
        unit.values("Service", "EnvironmentFile").compactMap { directive in
            let isOptional = directive.value.hasPrefix("-")
            let text = isOptional ? directive.value.dropFirst() : Substring(directive.value)
            guard text.hasPrefix("/"), let path = UnitName(unit.name)?.expandingSpecifiers(text) else { return nil }
            let imagePath = ImagePath(path)
            guard !imagePath.isWithin("/run"), !imagePath.isWithin("/var/run") else { return nil }
            return EnvironmentFile(path: imagePath, isOptional: isOptional, directive: directive)
        }
    }

    /// The environment files that units name, to be wanted before `environment` can read them.
    package func environmentFiles(of unit: Unit) -> [Want] {
        environmentFileNames(of: unit).map { .contents($0.path) }
    }

    /// The environment files that a unit names without a leading `-` and that are not in the image: systemd does not
    /// start the service without them.
    package func missingEnvironmentFiles(of unit: Unit) -> [Directive] {
        environmentFileNames(of: unit).filter { !$0.isOptional && root.files(.contents($0.path)).isEmpty }
            .map(\.directive)
    }

    /// What Environment= and EnvironmentFile= of a unit give. Unreadable where one of the files is there and cannot be
    /// read; open where a file is made at boot, or the manager's own variables are passed on.
    ///
    /// Files come after Environment=, as systemd lets them win; keys that UnsetEnvironment= names are left out. Values
    /// with specifiers that only a running system can answer keep them as written. `adding` gives what else will stand
    /// in a file once the host runs, at the end of it.
    package func environment(
        of unit: Unit, showing keys: ShownKeys,
        adding further: (ImagePath, Evidence) -> [EnvironmentSetting] = { _, _ in [] }
    ) -> Observation<Environment> {
        var settings: [EnvironmentSetting] = []
        let name = UnitName(unit.name)
        for directive in unit.values("Service", "Environment") {
            for word in systemdWords(directive.value) ?? [] {
                guard let (key, value) = assignment(name?.expandingSpecifiers(word) ?? word) else { continue }
                let evidence = Evidence(
                    directive.path,
                    realPath: directive.realPath,
                    line: directive.line,
                    keys.setting(key, value)
                )
                settings.append(EnvironmentSetting(key: key, value: value, evidence: evidence))
            }
        }
        let files = environmentFileNames(of: unit)
        for named in files {
            for file in root.files(.contents(named.path)) {
                switch file.parsed({ file throws(FormatError) in try environmentFileSettings(file, showing: keys) }) {
                case .present(let more, _): settings += more
                case .absent: continue
                case .unreadable(let evidence, let problem):
                    return .unreadable([named.directive.evidence] + evidence, problem)
                }
            }
            settings += further(named.path, named.directive.evidence)
        }
        let unset = Set(unit.values("Service", "UnsetEnvironment").flatMap { systemdWords($0.value) ?? [] })
        settings.removeAll { unset.contains($0.key) || unset.contains("\($0.key)=\($0.value)") }
        let isOpen =
            files.count < unit.values("Service", "EnvironmentFile").count
            || !unit.values("Service", "PassEnvironment").isEmpty
        return .present(Environment(settings, isOpen: isOpen), settings.map(\.evidence))
    }
}

/// What systemd takes from an environment file (parse_env_file_internal in systemd's basic/env-file.c): quotes are
/// taken off where they begin a value, a backslash at a line's end joins lines, `#` and `;` begin comment lines.
private func environmentFileSettings(_ file: File, showing keys: ShownKeys) throws(FormatError) -> [EnvironmentSetting]
{
    if let nul = file.bytes.firstIndex(of: 0) {
        throw FormatError(.malformed, "text expected, a NUL byte found", at: nul)
    }
    let bytes = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? file.bytes.dropFirst(3) : file.bytes[...]
    var reader = EnvironmentFileReader(bytes: bytes)
    var settings: [EnvironmentSetting] = []
    while let (key, value, line) = reader.next() {
        guard isVariableName(key) else { continue }
        settings.append(
            EnvironmentSetting(key: key, value: value, evidence: file.evidence(line: line, keys.setting(key, value)))
        )
    }
    return settings
}

private struct EnvironmentFileReader {
    let bytes: ArraySlice<UInt8>
    private var at: Int
    private var line = 1

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
    }

    private mutating func take() -> UInt8? {
        guard at < bytes.endIndex else { return nil }
        defer { at += 1 }
        if bytes[at] == UInt8(ascii: "\n") { line += 1 }
        return bytes[at]
    }

    private mutating func skipLine() {
        while let byte = take(), byte != UInt8(ascii: "\n") {
            // A comment too goes on behind a backslash at its line's end.
            if byte == UInt8(ascii: "\\") { _ = take() }
        }
    }

    /// The next assignment; nil at the end.
    mutating func next() -> (key: String, value: String, line: Int)? {
        while let byte = take() {
            if isBlank(byte) { continue }
            if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                skipLine()
                continue
            }
            let first = line
            var key = [byte]
            var hasValue = byte == UInt8(ascii: "=")
            while !hasValue, let more = take(), more != UInt8(ascii: "\n") {
                if more == UInt8(ascii: "=") { hasValue = true } else { key.append(more) }
            }
            guard hasValue else { continue }
            return (String(decoding: trimmed(key[...]), as: UTF8.self), value(), first)
        }
        return nil
    }

    /// The value behind a `=`, up to the end of its line.
    private mutating func value() -> String {
        var value: [UInt8] = []
        var unquotedEnd = 0
        var canOpenQuote = true
        while let byte = take(), byte != UInt8(ascii: "\n") {
            if canOpenQuote, isBlank(byte) { continue }
            if canOpenQuote, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quoted(byte, into: &value)
                unquotedEnd = value.count
                continue
            }
            canOpenQuote = false
            if byte == UInt8(ascii: "\\") {
                guard let escaped = take() else { break }
                if escaped != UInt8(ascii: "\n") { value.append(escaped) }
                unquotedEnd = value.count
            } else {
                value.append(byte)
                if !isBlank(byte) { unquotedEnd = value.count }
            }
        }
        return String(decoding: value[..<unquotedEnd], as: UTF8.self)
    }

    private mutating func quoted(_ quote: UInt8, into value: inout [UInt8]) {
        while let byte = take(), byte != quote {
            guard byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") else {
                value.append(byte)
                continue
            }
            guard let escaped = take() else { return }
            switch escaped {
            case UInt8(ascii: "\n"): continue
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "$"): value.append(escaped)
            default: value += [byte, escaped]
            }
        }
    }
}
