/// The lines of ecs.config, taken apart as ecs-init takes them apart.

import ByteParsing
import ImageReading

extension AgentConfigFile {
    /// Reads a file as `getEnvVars` of ecs-init/docker/docker.go does: each line trimmed and split at its first `=`, lines
    /// without one passed over, the later of two settings kept, quotes kept.
    init(_ file: File) {
        var settings: [String: (order: Int, setting: AgentSetting)] = [:]
        var last: [String: Int] = [:]
        var odd: [(oddity: Oddity, line: AgentConfigLine)] = []
        let lines = file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .compactMap { AgentConfigLine($1, number: $0 + 1) }
        for line in lines where !line.holdsNUL {
            guard let key = line.key else { continue }
            last[key] = line.number
            if let setting = AgentSetting(key, line.value, line.evidence(in: file)) {
                settings[key] = (line.number, setting)
            }
        }
        overlongLine = lines.first { $0.isOverlong && last[$0.key ?? ""] == $0.number }?.evidence(in: file)
        nulProblem = file.bytes.firstIndex(of: 0).map {
            Problem(.malformed, at: file.realPath, offset: $0, "text expected, a NUL byte found")
        }
        for line in lines where !line.isComment || line.holdsNUL || line.isOverlong {
            odd += line.oddities.map { ($0, line) }
            if let key = line.key, let later = last[key], later != line.number, AgentKey.isKnown(key) {
                odd.append((.overridden(line: later), line))
            }
        }
        self.settings = settings.values.sorted { $0.order < $1.order }.map(\.setting)
        oddLines = odd.prefix(Self.oddLineLimit).map { oddity, line in
            let named: Oddity =
                if case .unknownKey = oddity {
                    .unknownKey(suggestion: line.key.flatMap(AgentKey.suggestion))
                } else {
                    oddity
                }
            return OddLine(oddity: named, key: line.shownName, evidence: line.evidence(in: file))
        }
        isBlank = lines.allSatisfy(\.isComment)
        oddLineCount = odd.count
        namelessLine = odd.first { $0.oddity == .withoutName }?.line.evidence(in: file)
    }
}

/// One line of ecs.config that is not blank.
struct AgentConfigLine {
    let number: Int
    private let text: String
    /// What stands before the first `=`, exactly as ecs-init takes it for the name; nil where there is no `=`.
    let key: String?
    /// What stands behind it.
    let value: String
    /// Whether it holds a NUL byte, with which no variable can be set.
    let holdsNUL: Bool

    /// The bytes of a line, numbered from 1.
    init?(_ bytes: some Collection<UInt8>, number: Int) {
        text = goTrimmed(String(decoding: bytes, as: UTF8.self))
        guard !text.isEmpty else { return nil }
        self.number = number
        holdsNUL = bytes.contains(0)
        if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
            key = String(text[..<equals])
            value = String(text[text.utf8.index(after: equals)...])
        } else {
            key = nil
            value = ""
        }
    }

    /// A variable with its name, its `=` and the NUL at its end (MAX_ARG_STRLEN in Linux's include/uapi/linux/binfmts.h).
    private static let longestVariable = 131_072

    /// Whether the variable it sets is too long for execve(2).
    var isOverlong: Bool { key != nil && text.utf8.count + 1 > Self.longestVariable }

    var isComment: Bool { text.utf8.first == UInt8(ascii: "#") || isMarked && text.utf8.dropFirst(3).first == 0x23 }

    /// Whether it begins with a byte order mark.
    private var isMarked: Bool { text.unicodeScalars.first == "\u{FEFF}" }

    /// The name that whoever wrote the line meant to set.
    private var name: String {
        var name = String((key ?? "").unicodeScalars.drop { $0 == "\u{FEFF}" })
        if isExport(name) { name = String(name.dropFirst("export".count)) }
        return goTrimmed(name)
    }

    private func isExport(_ name: String) -> Bool { name.hasPrefix("export ") || name.hasPrefix("export\t") }

    /// The name as a message may show it; nil where there is none that can be told from a part of a credential.
    var shownName: String? { key == nil ? nil : AgentKey.shown(name) }

    var oddities: [AgentConfigFile.Oddity] {
        if holdsNUL { return [.nul] }
        if isOverlong { return [.tooLong] }
        guard let key else { return [.withoutAssignment] }
        guard !key.isEmpty else { return [.withoutName] }
        var oddities: [AgentConfigFile.Oddity] = []
        if isMarked {
            oddities.append(.byteOrderMark)
        } else if isExport(key) {
            oddities.append(.export)
        } else if key != goTrimmed(key) {
            oddities.append(.blankBeforeAssignment)
        } else if !AgentKey.isKnown(key) {
            oddities.append(.unknownKey(suggestion: nil))
        }
        if isQuoted {
            oddities.append(.quoted)
        } else if !Self.keysDecodedUpToTheirEnd.contains(name), value.contains(" #") || value.contains("\t#") {
            oddities.append(.trailingComment)
        }
        return oddities
    }

    /// Keys whose value is one JSON value; what stands behind it is passed over.
    private static let keysDecodedUpToTheirEnd: Set = [
        AgentKey.drivers, "ECS_RESERVED_PORTS", "ECS_RESERVED_PORTS_UDP", "ECS_LOG_OPTS",
    ]

    private var isQuoted: Bool {
        guard let quote = value.utf8.first, value.utf8.count > 1, value.utf8.last == quote else { return false }
        return quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
    }

    /// The line, its value left out unless its key is one whose value may be shown.
    func evidence(in file: File) -> Evidence {
        let shown: String
        if let key, AgentKey.isShown(key), !holdsNUL {
            shown = text.count > 200 ? text.prefix(200) + "…" : text
        } else if let name = shownName {
            let prefix = isExport(key ?? "") ? "export " : ""
            shown = "\(prefix)\(name)\((key ?? "").last == " " ? " " : "")=…"
        } else {
            shown = ""
        }
        return file.evidence(line: number, shown)
    }
}
