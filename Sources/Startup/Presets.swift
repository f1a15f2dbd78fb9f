/// Preset policy: what the first boot enables (systemd.preset(5)).

import ByteParsing
import ImageReading

/// The lines of all preset files, in the order in which they are asked.
struct Presets: Sendable {
    private struct Line: Sendable {
        let action: Action
        let pattern: String
        /// For templates: the instances to enable.
        let instances: [String]
        let evidence: Evidence
    }

    enum Action: Sendable {
        case enable, disable
        /// Leaves the unit as it is (systemd 254 and later).
        case ignore
    }

    /// Where those who make an image write presets.
    static let ownersDirectory: ImagePath = "/etc/systemd/system-preset"
    private static let directories: [ImagePath] = [
        ownersDirectory, "/usr/local/lib/systemd/system-preset", "/lib/systemd/system-preset",
        "/usr/lib/systemd/system-preset",
    ]

    static var wants: [Want] {
        directories.map { .contents($0.appending("*.preset")) } + [.contents("/etc/machine-id")]
    }

    private let lines: [Line]
    /// A preset file that cannot be read: which line is the first to match is not known.
    let unknown: Unknown?

    init(in root: RootFilesystem) {
        var byName: [String: Observation<File>] = [:]
        let directories = distinct(Self.directories, in: root)
        for directory in directories {
            for file in root.files(.contents(directory.appending("*.preset"))) {
                let path = file.value?.path ?? file.evidence.first?.path ?? directory
                if byName[path.name] == nil { byName[path.name] = file }
            }
        }
        var lines: [Line] = []
        var unknown: Unknown?
        for (name, file) in byName.sorted(by: { $0.key < $1.key }) {
            // A preset file is switched off by a link to /dev/null of its name.
            let isMasked = directories.contains { root.linkTarget(of: $0.appending(name)).value == "/dev/null" }
            switch file.parsed({ file throws(FormatError) in try Self.lines(of: file) }) {
            case .present(let more, _): lines += more
            case .absent: break
            case .unreadable(let evidence, let found) where !isMasked: unknown = unknown ?? Unknown(evidence, found)
            case .unreadable: break
            }
        }
        self.lines = lines
        self.unknown = unknown
    }

    private static func lines(of file: File) throws(FormatError) -> [Line] {
        var lines: [Line] = []
        for line in try file.lines() {
            let words = line.text.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard words.count >= 2 else { continue }
            let action: Action
            switch words[0] {
            case "enable": action = .enable
            case "disable": action = .disable
            case "ignore": action = .ignore
            default: continue
            }
            lines.append(
                Line(
                    action: action,
                    pattern: words[1],
                    instances: Array(words.dropFirst(2)),
                    evidence: file.evidence(line: line.number, line.text)
                )
            )
        }
        return lines
    }

    /// What the first matching line says of a unit, and the instances it names; a unit that none matches is enabled,
    /// without evidence.
    func action(on unit: String) -> (action: Action, instances: [String], evidence: Evidence?) {
        for line in lines where globMatches(unit, pattern: line.pattern) {
            return (line.action, line.instances, line.evidence)
        }
        return (.enable, [], nil)
    }
}

/// Whether `name` matches a pattern of `*`, `?` and `[...]` (fnmatch(3) with FNM_NOESCAPE).
///
/// Takes time proportional to the product of the lengths at worst: a star is only ever gone back to once at a time.
func globMatches(_ name: String, pattern: String) -> Bool {
    let name = Array(name.utf8)
    let pattern = Array(pattern.utf8)
    var n = 0
    var p = 0
    var star: (pattern: Int, name: Int)?
    while n < name.count {
        if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
            star = (p, n)
            p += 1
            continue
        }
        if p < pattern.count, let next = matchOne(name[n], pattern, p) {
            n += 1
            p = next
            continue
        }
        guard let last = star else { return false }
        p = last.pattern + 1
        n = last.name + 1
        star = (last.pattern, n)
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}

/// Where the pattern goes on if `byte` matches the single-character pattern at `p`; nil if it does not match.
private func matchOne(_ byte: UInt8, _ pattern: [UInt8], _ p: Int) -> Int? {
    switch pattern[p] {
    case UInt8(ascii: "?"): return p + 1
    case UInt8(ascii: "["):
        var at = p + 1
        let isNegated = at < pattern.count && (pattern[at] == UInt8(ascii: "!") || pattern[at] == UInt8(ascii: "^"))
        if isNegated { at += 1 }
        let first = at
        var isMember = false
        while at < pattern.count, pattern[at] != UInt8(ascii: "]") || at == first {
            if at + 2 < pattern.count, pattern[at + 1] == UInt8(ascii: "-"), pattern[at + 2] != UInt8(ascii: "]") {
                if pattern[at] <= byte, byte <= pattern[at + 2] { isMember = true }
                at += 3
            } else {
                if pattern[at] == byte { isMember = true }
                at += 1
            }
        }
        // An unclosed bracket stands for itself.
        guard at < pattern.count else { return byte == UInt8(ascii: "[") ? p + 1 : nil }
        return isMember != isNegated ? at + 1 : nil
    default: return pattern[p] == byte ? p + 1 : nil
    }
}
