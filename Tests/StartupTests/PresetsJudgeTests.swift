import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Startup

/// What presets enable on first boot, held against `systemctl preset-all` on generated roots.
@Suite struct PresetsJudgeTests {
    private static let systemctl = ["/usr/bin/systemctl", "/bin/systemctl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(.enabled(if: systemctl != nil, "systemctl is not installed: presets are not held against it"))
    func enablesWhatSystemctlEnables() throws {
        let judge = try SystemdJudge()
        defer { judge.remove() }
        var links = 0
        for seed in 1...SystemdJudgeTests.rootCount {
            var generator = GeneratedPresets(seed: UInt64(seed))
            let entries = generator.entries()
            let root = try judge.write(entries, named: "presets\(seed)")
            try Self.presetAll(root)
            let enabled = Self.enabled(below: root)

            let image = try LiteralSource(entries).root(ImageStartup.wants)
            let units = UnitFiles(in: image)
            let ours = units.presetLinks(Presets(in: image), machineID: Evidence("/etc/machine-id"))
            var expected = Set(ours.aliases.map { "\($0.key)" })
            for (target, pulls) in ours.pulls { expected.formUnion(pulls.map { "\(target) \($0.unit)" }) }
            #expect(enabled == expected, "seed \(seed)")
            links += enabled.count
        }
        #expect(links > SystemdJudgeTests.rootCount)
        print("compared with systemctl preset-all: \(links) links of \(SystemdJudgeTests.rootCount) generated roots")
    }

    private static func presetAll(_ root: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(systemctl))
        process.arguments = ["--root=\(root.path)", "preset-all", "--preset-mode=enable-only"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }

    /// The links that were made: `multi-user.target a.service`, and names of aliases.
    private static func enabled(below root: URL) -> Set<String> {
        let directory = root.appendingPathComponent("etc/systemd/system")
        var enabled: Set<String> = []
        let paths = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        for path in paths {
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: directory.appendingPathComponent(path).path)
            guard let target, target != "/dev/null" else { continue }
            let parts = path.split(separator: "/").map(String.init)
            if parts.count == 1 { enabled.insert(parts[0]) }
            guard parts.count == 2, let dot = parts[0].lastIndex(of: ".") else { continue }
            enabled.insert("\(parts[0][..<dot]) \(parts[1])")
        }
        return enabled
    }
}

/// Random units with [Install] sections, and preset files that speak of them.
private struct GeneratedPresets {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0xD134_2543_DE82_EF95 | 1
    }

    private mutating func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 11) % bound
    }

    private mutating func pick<T>(_ values: [T]) -> T { values[random(values.count)] }

    private static let names = [
        "a.service", "ab.service", "b-c.service", "d.socket", "e.timer", "f.target", "t@.service", "u@.service",
        "g.path", "h.mount", "k9.service", "foo[1].service",
    ]

    private mutating func install(_ index: Int) -> String {
        var text = "[Install]\n"
        for _ in 0..<random(4) {
            switch random(7) {
            case 0: text += "WantedBy=multi-user.target basic.target\n"
            case 1: text += "RequiredBy=multi-user.target\n"
            case 2: text += "Also=\(pick(["a.service", "d.socket", "e.timer", "nothing.service"]))\n"
            case 3: text += "WantedBy=\n"
            case 4: text += "WantedBy=x@%i.target %p.target\n"
            case 5: text += "DefaultInstance=one\n"
            default: text += "WantedBy=multi-user.target\n"
            }
        }
        if random(5) == 0 { text += "Alias=alias\(index)" }
        return text
    }

    mutating func entries() -> [String: LiteralEntry] {
        var entries: [String: LiteralEntry] = ["/etc/systemd/system/.keep": ""]
        for (index, name) in Self.names.enumerated() where random(10) > 0 {
            let type = name.split(separator: ".").last ?? ""
            var body = install(index)
            if body.contains("Alias=") { body += name.contains("@") ? "@.\(type)\n" : ".\(type)\n" }
            let service = type == "service" ? "[Service]\nExecStart=/bin/true\n" : ""
            entries["\(pick(["/usr/lib/systemd/system", "/usr/local/lib/systemd/system"]))/\(name)"] = .text(
                service + body)
            if random(6) == 0 {
                entries["/etc/systemd/system/\(name)"] = pick([
                    .link("/dev/null"), "", .text(service + install(99).replacing(/Alias.*/, with: "")),
                ])
            }
            if random(6) == 0 {
                entries["/etc/systemd/system/\(name).d/more.conf"] = "[Install]\nWantedBy=more.target\n"
            }
        }
        let patterns =
            Self.names + [
                "*", "a*", "*.socket", "?.service", "[ab]*.service", "[!a]*.service", "b-c.*", "t@*", "nothing.service",
                "k[0-9].service",
            ]
        for _ in 0..<random(4) {
            let directory = pick(["/etc/systemd/system-preset", "/usr/lib/systemd/system-preset"])
            var text = "# comment\n\n"
            for _ in 0..<(1 + random(4)) {
                switch random(7) {
                case 0: text += "enable t@.service x y\n"
                case 1: text += "; disable *\n"
                case 2: text += "  enable   \(pick(patterns))  \n"
                case 3: text += "enable \(pick(patterns))\n"
                default: text += "disable \(pick(patterns))\n"
                }
            }
            entries["\(directory)/\(pick(["10-a.preset", "50-b.preset", "99-c.preset", "x.txt"]))"] = .text(text)
        }
        if random(3) == 0 { entries["/usr/lib/systemd/system-preset/99-c.preset"] = "disable *\n" }
        if random(8) == 0 { entries["/etc/systemd/system-preset/99-c.preset"] = .link("/dev/null") }
        return entries
    }
}
