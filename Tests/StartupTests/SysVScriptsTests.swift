import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Startup

/// What systemd makes of init scripts, held against its own generator.
@Suite struct SysVScriptsTests {
    private static let generator = ["/usr/lib", "/lib"].map { "\($0)/systemd/system-generators/systemd-sysv-generator" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private static func script(_ header: String = "") -> LiteralEntry {
        .executable("#!/bin/sh\n# chkconfig: 2345 20 99\n\(header)\ncase $1 in start) true ;; esac\n")
    }

    private static let scripts: [String: LiteralEntry] = [
        "/etc/init.d/plain": script(),
        "/etc/init.d/agent": script(
            """
            ### BEGIN INIT INFO
            # Provides:          agent
            # Required-Start:    $network $remote_fs $local_fs $syslog docker
            # Should-Start:      cloud-final $cloud $time $named $portmap $all other.sh
            # X-Start-Before:    last
            # Default-Start:     2 3 4 5
            ### END INIT INFO
            # Required-Start: late
            """),
        "/etc/init.d/dotted.sh": script("### BEGIN INIT INFO\n# Required-Start: first.sh\n### END INIT INFO"),
        "/etc/rc3.d/S20agent": .link("../init.d/agent"),
        "/etc/rc2.d/S20plain": .link("../init.d/plain"),
        "/etc/rc5.d/S21plain": .link("../init.d/plain"),
        "/etc/rc4.d/S01dotted.sh": .link("../init.d/dotted.sh"),
    ]

    /// `After=docker.service` and the like of the unit that is made of a script.
    private static func ours(_ name: String) throws -> Set<String> {
        let startup = try ImageStartup(ofLiteral: BootingUnits.targets.merging(scripts) { $1 })
        let file = try #require(startup.initScripts.files.files.first { $0.path.name == name })
        let unit = try #require(startup.initScripts.generatedUnit(of: file))
        return Set(unit.directives.map { "\($0.key)=\($0.value)" })
    }

    @Test func aScriptIsOrderedByItsHeaderAndItsRunLevels() throws {
        #expect(try Self.ours("plain") == ["Before=multi-user.target", "Before=graphical.target"])
        #expect(try Self.ours("agent").isSuperset(of: ["After=docker.service", "After=cloud-final.service"]))
    }

    @Test(.enabled(if: generator != nil, "systemd-sysv-generator is not installed: it is not the judge"))
    func theGeneratorOrdersThemAlike() throws {
        let judge = try SystemdJudge()
        defer { judge.remove() }
        let root = try judge.write(Self.scripts, named: "sysv")
        for case (let path, .file(_, let permissions)) in Self.scripts {
            try FileManager.default.setAttributes(
                [.posixPermissions: Int(permissions)], ofItemAtPath: root.path + path)
        }
        let output = root.appendingPathComponent("out")
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.generator))
        process.arguments = [output.path, output.path, output.path]
        process.environment = [
            "SYSTEMD_SYSVINIT_PATH": root.appendingPathComponent("etc/init.d").path,
            "SYSTEMD_SYSVRCND_PATH": root.appendingPathComponent("etc").path,
            "SYSTEMD_UNIT_PATH": root.appendingPathComponent("none").path,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        for (script, unit) in [("plain", "plain"), ("agent", "agent"), ("dotted.sh", "dotted")] {
            let text = try String(contentsOf: output.appendingPathComponent("\(unit).service"), encoding: .utf8)
            // The order of scripts among each other, by the numbers of their links, is left out here.
            let scripts = ["plain", "agent", "dotted"].flatMap { ["After=\($0).service", "Before=\($0).service"] }
            let theirs = text.split(separator: "\n").map(String.init).filter {
                ($0.hasPrefix("After=") || $0.hasPrefix("Before=")) && !scripts.contains($0)
            }
            #expect(try Self.ours(script) == Set(theirs), "\(script)")
        }
    }
}
