import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Startup

/// What starts at boot, held against systemd itself: both read the same generated roots, systemd with `--test`.
@Suite struct SystemdJudgeTests {
    /// How many roots are generated; AMILINT_JUDGED_ROOTS asks for more.
    static let rootCount = ProcessInfo.processInfo.environment["AMILINT_JUDGED_ROOTS"].flatMap { Int($0) } ?? 25

    @Test(.enabled(if: SystemdJudge.isInstalled, "systemd is not installed: boot closures are not held against it"))
    func startsWhatSystemdStarts() throws {
        let judge = try SystemdJudge()
        defer { judge.remove() }
        var units = 0
        for seed in 1...Self.rootCount {
            var generator = GeneratedRoot(seed: UInt64(seed))
            let entries = generator.entries()
            let jobs = try judge.startJobs(of: entries, named: "root\(seed)")
            let ours = try ImageStartup(ofLiteral: entries)
            for name in generator.universe.sorted() {
                let isStarted =
                    switch ours.boot.start(of: name) {
                    case .started: true
                    case .notStarted, .masked, .noUnit: false
                    case .undetermined: Optional<Bool>.none
                    }
                let real = ours.units.directories.follow(name).name
                #expect(isStarted == jobs.contains(real), "seed \(seed): \(name), which is \(real)")
                units += 1
            }
        }
        print("compared with systemd --test: \(units) units of \(Self.rootCount) generated roots")
    }
}

/// systemd's own answer on a root, as an unprivileged user's manager with its unit path there.
struct SystemdJudge {
    static let isInstalled = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/usr/bin/systemd"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    private static let executable = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/usr/bin/systemd"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    let directory: URL

    init() throws {
        directory = URL(fileURLWithPath: "/tmp/amilint-systemd-\(UUID().uuidString)")
        let files = FileManager.default
        try files.createDirectory(at: directory, withIntermediateDirectories: true)
        let home = directory.appendingPathComponent("home")
        try files.createDirectory(at: home, withIntermediateDirectories: true)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        if getuid() == 0 {
            try files.setAttributes([.ownerAccountID: 65534, .posixPermissions: 0o700], ofItemAtPath: home.path)
        }
    }

    func remove() {
        try? FileManager.default.removeItem(at: directory)
    }

    /// Writes a literal image to disk; absolute links lead into it, except those to /dev/null.
    func write(_ entries: [String: LiteralEntry], named name: String) throws -> URL {
        let root = directory.appendingPathComponent(name)
        let files = FileManager.default
        for (path, entry) in entries {
            let place = root.appendingPathComponent(path)
            try files.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            switch entry {
            case .file(let bytes, _): try Data(bytes).write(to: place)
            case .link(let target):
                let isInside = target.hasPrefix("/") && target != "/dev/null"
                try files.createSymbolicLink(
                    atPath: place.path, withDestinationPath: isInside ? root.path + target : target)
            case .directory: try files.createDirectory(at: place, withIntermediateDirectories: true)
            case .other, .unreadable, .unreadableDirectory, .unknown, .sized: break
            }
        }
        return root
    }

    /// The units for which systemd makes start jobs, with those that it gave up for the order of a user's units.
    func startJobs(of entries: [String: LiteralEntry], named name: String) throws -> Set<String> {
        let root = try write(entries, named: name)
        defer { try? FileManager.default.removeItem(at: root) }
        let directories = ["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"]
        return try startJobs(unitPath: directories.map { root.path + $0 })
    }

    /// The jobs that are left of each of several runs, in which systemd breaks cycles and solves conflicts one way or
    /// another.
    func remainingJobs(of entries: [String: LiteralEntry], named name: String, times: Int) throws -> [Set<String>] {
        let root = try write(entries, named: name)
        defer { try? FileManager.default.removeItem(at: root) }
        return try (0..<times).map { _ in
            let (text, said) = try test(unitPath: [root.path + "/usr/lib/systemd/system"])
            return try Self.jobs(printed: text, said)
        }
    }

    private static func jobs(printed text: String, _ said: String) throws -> Set<String> {
        let jobs = try #require(text.range(of: "-> By jobs:"), "systemd --test printed no jobs, and said: \(said)")
        var started: Set<String> = []
        for line in text[jobs.upperBound...].split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count == 4, words[0] == "Action:", words[2] == "->", words[3] == "start" {
                started.insert(String(words[1]))
            }
        }
        return started
    }

    /// The same for directories that are there.
    func startJobs(unitPath: [String]) throws -> Set<String> {
        let (text, said) = try test(unitPath: unitPath)
        var started = try Self.jobs(printed: text, said)
        // A user's manager orders every service after basic.target, which system units were not written for. Which job
        // of such a cycle it gives up depends on the order of a hash table, and is no matter of what starts.
        for line in said.split(separator: "\n") {
            guard let end = line.range(of: "/start deleted to break ordering cycle"),
                let start = line[..<end.lowerBound].range(of: ": Job ", options: .backwards)
            else { continue }
            started.insert(String(line[start.upperBound..<end.lowerBound]))
        }
        return started
    }

    /// The commands of all services that start, as systemd writes them: quoted as a shell would, variables as written.
    func commandLines(of entries: [String: LiteralEntry]) throws -> [String] {
        let root = try write(entries, named: "commands")
        defer { try? FileManager.default.removeItem(at: root) }
        return try test(unitPath: [root.path + "/usr/lib/systemd/system"]).text.split(separator: "\n").compactMap {
            line in
            line.range(of: "\tCommand Line: ").map { String(line[$0.upperBound...]) }
        }
    }

    /// What systemd prints of the units below some directories, and what it says of them.
    private func test(unitPath: [String]) throws -> (text: String, said: String) {
        let executable = try #require(Self.executable)
        let home = directory.appendingPathComponent("home").path
        let path = unitPath.joined(separator: ":")
        let demotion =
            getuid() == 0 ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        let command =
            demotion + ["/usr/bin/env", "-i", "HOME=\(home)", "XDG_RUNTIME_DIR=\(home)", "SYSTEMD_UNIT_PATH=\(path)"]
            + [executable, "--test", "--user", "--unit=default.target"]
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        let output = Pipe()
        process.standardOutput = output
        let log = directory.appendingPathComponent("log")
        try Data().write(to: log)
        let logHandle = try FileHandle(forWritingTo: log)
        process.standardError = logHandle
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try logHandle.close()
        let said = String(decoding: try Data(contentsOf: log), as: UTF8.self)
        return (text, said)
    }
}

/// Random unit directories: masks, aliases, templates, drop-ins of every kind, links, linked files.
struct GeneratedRoot {
    private var state: UInt64
    private(set) var universe: Set<String> = []

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    private mutating func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 11) % bound
    }

    private mutating func chance(_ percent: Int) -> Bool { random(100) < percent }
    private mutating func pick<T>(_ values: [T]) -> T { values[random(values.count)] }

    private static let upper = "/etc/systemd/system"
    private static let middle = "/usr/local/lib/systemd/system"
    private static let lower = "/usr/lib/systemd/system"
    private static let plain = [
        "a.service", "b.service", "c-d.service", "c-d-e.service", "c-.service", "f.service", "g.socket", "h.timer",
        "i.path", "x.target", "y.target", "z-z.target",
    ]
    private static let templates = ["t@.service", "t-u@.service", "v@.target"]
    private static let instances = ["t@1.service", "t@two.service", "t-u@1.service", "v@1.target", "v@two.target"]
    private static let aliases = [
        "al.service", "al2.service", "al-x.service", "alt@.service", "al.target", "alt@1.service",
    ]

    private mutating func body(_ name: String, wants: [String]) -> String {
        var text = chance(20) ? "# a comment\n\n" : ""
        text += "[Unit]\nDescription=\(name)\n" + wants.joined()
        // Else targets order themselves after what they pull in, and systemd drops jobs to break the cycles.
        if name.hasSuffix(".target") { text += "DefaultDependencies=no\n" }
        switch name.split(separator: ".").last {
        case "service": text += "[Service]\nExecStart=/bin/true\n"
        case "socket": text += "[Socket]\nListenStream=/tmp/\(name)\n"
        case "timer": text += "[Timer]\nOnActiveSec=1000000\n"
        case "path": text += "[Path]\nPathExists=/nonexistent\n"
        default: break
        }
        if chance(10) { text += "[X-Odd]\nWants=a.service\n" }
        return text
    }

    /// Lines that pull in units; those that fail where their unit is missing name only units that are there.
    private mutating func dependencies(masked: Set<String>) -> [String] {
        let everything = Self.plain + Self.instances + Self.aliases + ["nothing.service", "t@.service"]
        let certain = (Self.plain + Self.instances).filter { !masked.contains($0) }
        var lines: [String] = []
        while chance(45), lines.count < 5 {
            switch random(9) {
            case 0: lines.append("Requires=\(pick(certain))\n")
            case 1: lines.append("BindsTo=\(pick(certain))\n")
            case 2: lines.append("Upholds=\(pick(everything))\n")
            case 3: lines.append("Wants=\(pick(everything)) \\\n# in between\n  \(pick(everything))\n")
            case 4: lines.append("Wants=\"\(pick(everything))\" not-a-unit '\(pick(everything))'\n")
            case 5: lines.append("Wants=\n")
            case 6: lines.append("Wants = t@%p.service v@%i.target\n")
            case 7: lines.append("  Wants=\(pick(everything))  \nnonsense\n=x\n")
            default: lines.append("Wants=\(pick(everything))\n;Wants=a.service\n")
            }
        }
        return lines
    }

    mutating func entries() -> [String: LiteralEntry] {
        var entries: [String: LiteralEntry] = ["/etc/machine-id": ""]
        let directories = [Self.upper, Self.middle, Self.lower]
        let all = Self.plain + Self.templates + Self.instances + Self.aliases
        var masked: Set<String> = []
        for name in Self.plain + Self.instances + Self.templates where chance(12) {
            masked.insert(name)
            entries["\(Self.upper)/\(name)"] = chance(50) ? .link("/dev/null") : ""
        }
        for template in Self.templates where masked.contains(template) {
            let prefix = template.prefix { $0 != "@" }
            masked.formUnion(Self.instances.filter { $0.hasPrefix(prefix + "@") })
        }
        for name in ["basic.target", "sysinit.target", "shutdown.target", "timers.target", "rescue.target"] {
            entries["\(Self.lower)/\(name)"] = .text(body(name, wants: []))
        }
        for name in Self.plain + Self.templates + ["multi-user.target", "graphical.target"] {
            let place = "\(pick([Self.lower, Self.lower, Self.middle]))/\(name)"
            entries[place] = .text(body(name, wants: dependencies(masked: masked)))
            if chance(10) {
                entries["\(Self.upper)/\(name)"] =
                    entries["\(Self.upper)/\(name)"] ?? .text(body(name, wants: dependencies(masked: masked)))
            }
        }
        for name in Self.instances where chance(20) && entries["\(Self.upper)/\(name)"] == nil {
            entries["\(Self.middle)/\(name)"] = .text(body(name, wants: dependencies(masked: masked)))
        }
        if chance(25), entries["\(Self.upper)/f.service"] == nil {
            entries["/opt/units/f-elsewhere.service"] = .text(body("f.service", wants: dependencies(masked: masked)))
            entries["\(Self.upper)/f.service"] = .link("/opt/units/f-elsewhere.service")
        }
        for alias in Self.aliases where chance(70) {
            let directory = pick(directories)
            var target = pick(all + ["multi-user.target", "nothing.service"])
            // systemd keeps an instance that leads to another template apart where that has such an instance too.
            if alias == "alt@1.service", target.contains("@.") { target = "t@1.service" }
            switch random(3) {
            case 0: entries["\(directory)/\(alias)"] = .link("\(pick(directories))/\(target)")
            case 1: entries["\(directory)/\(alias)"] = .link(target)
            default: entries["\(directory)/\(alias)"] = .link("../system/\(target)")
            }
        }
        switch random(8) {
        case 0: break
        case 1:
            entries["\(Self.upper)/default.target"] = .text(
                body("default.target", wants: ["Wants=multi-user.target\n"]))
        case 2: entries["\(Self.upper)/default.target"] = .link("/usr/lib/systemd/system/graphical.target")
        default: entries["\(Self.lower)/default.target"] = .link("multi-user.target")
        }
        let owners =
            all + [
                "multi-user.target", "graphical.target", "default.target", "service", "target", "c-.service",
                "t-@.service", "t-@1.service",
            ]
        let boot = ["multi-user.target", "multi-user.target", "default.target"]
        for _ in 0..<(8 + random(20)) {
            let owner = chance(50) ? pick(boot) : pick(owners)
            let isRequires = chance(15)
            let name =
                isRequires
                ? pick((Self.plain + Self.instances).filter { !masked.contains($0) }) : pick(all + ["nothing.service"])
            let place = "\(pick(directories))/\(owner).\(isRequires ? "requires" : "wants")/\(name)"
            switch random(12) {
            case 0: entries[place] = .link("/dev/null")
            case 1: entries[place] = "[Unit]\n"
            case 2: entries[place] = .link("/nowhere/\(name)")
            case 3: entries[place] = .link("../a.service")
            default: entries[place] = .link("../\(name)")
            }
        }
        for _ in 0..<random(16) {
            let owner = pick(owners)
            let place =
                "\(pick(directories))/\(owner).d/\(pick(["10-x.conf", "20-y.conf", "30-z.conf", "ignored.txt"]))"
            switch random(8) {
            case 0: entries[place] = .link("/dev/null")
            case 1: entries[place] = ""
            default: entries[place] = .text("[Unit]\n" + dependencies(masked: masked).joined())
            }
        }
        universe = Set(all).union(["multi-user.target", "graphical.target", "rescue.target"]).filter {
            !$0.contains("@.")
        }
        return entries
    }
}
