import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Startup

/// Which units systemd refuses as a whole, by what systemd-analyze of 252 says and by that program itself.
@Suite struct UnitRefusalsTests {
    static let command = "ExecStart=/bin/sleep 1\n"

    /// Settings of a service, and why systemd 252 refuses it; nil where it loads.
    static let cases: [(service: String, refusal: UnitRefusal?)] = [
        (command, nil),
        ("ExecStart=/bin/sleep \"1\n", .openQuote), ("ExecStart=\"/bin/sleep 1\n", .noCommand),
        ("ExecStart=-/bin/sleep \"1\n", .noCommand), (command + "ExecStartPre=/bin/echo \"x\n", .openQuote),
        (command + "ExecStartPre=-/bin/echo \"x\n", nil), (command + "ExecStop=/bin/echo 'x\n", .openQuote),
        ("ExecStart=bin/sleep 1\n", .noAbsolutePath(program: "bin/sleep")),
        ("ExecStart=./sleep 1\n", .noAbsolutePath(program: "./sleep")),
        ("ExecStart=sleep 1\n", nil), (command + "ExecStartPre=-bin/sleep 1\n", nil),
        ("ExecStart=/bin/ 1\n", .noAbsolutePath(program: "/bin/")),
        ("ExecStart=~/x\n", .noAbsolutePath(program: "~/x")),
        ("ExecStart=-\n" + command, nil), ("ExecStart=/bin/echo %y %\n", nil), ("ExecStart=!!/bin/sleep 1\n", nil),
        (command + command, .secondCommand), ("ExecStart=/bin/sleep 1 ; /bin/sleep 2\n", .secondCommand),
        ("Type=oneshot\n" + command + command, nil), ("ExecStart=/bin/false\nExecStart=\n" + command, nil),
        (command + "ExecStart=\n", .noCommand), ("Nice=1\n", .noCommand), ("Type=oneshot\n", .noCommand),
        ("Type=oneshot\nRemainAfterExit=yes\n", .noCommand), ("ExecStop=/bin/true\n", .noCommand),
        ("RemainAfterExit=yes\nExecStop=/bin/true\n", nil),
        ("Type=oneshot\nRestart=always\n" + command, .restartOfOneshot(restart: "always")),
        ("Type=oneshot\nRestart=on-success\n" + command, .restartOfOneshot(restart: "on-success")),
        ("Type=oneshot\nRestart=on-failure\n" + command, nil), ("Type=oneshot\nRestart=ever\n" + command, nil),
        ("Type=oneshot\nRestart=always\nRestart=no\n" + command, nil),
        ("Type=oneshot\nRestart=always\nRestart=\n" + command, .restartOfOneshot(restart: "always")),
        ("Type=oneshot\nRestartForceExitStatus=3\n" + command, .settingOfOneshot),
        ("Type=oneshot\nExitType=cgroup\n" + command, .settingOfOneshot),
        ("Type=simpel\n" + command, nil), ("Type=simpel\n" + command + command, .secondCommand),
        ("Type=exec\nRestart=always\n" + command, nil),
        ("Type=dbus\n" + command, .noBusName), ("Type=dbus\nBusName=x\n" + command, .noBusName),
        ("Type=dbus\nBusName=org.x.Y\n" + command, nil),
        ("PAMName=login\nKillMode=process\n" + command, .killModeWithPAM), ("PAMName=login\n" + command, nil),
        ("WorkingDirectory=srv\n" + command, .relativePath(setting: "WorkingDirectory")),
        ("WorkingDirectory=-srv\n" + command, nil), ("WorkingDirectory=~\n" + command, nil),
        ("RootDirectory=srv\n" + command, .relativePath(setting: "RootDirectory")),
        ("User=a:b\n" + command, .invalidAccount(name: "a:b")),
        ("SupplementaryGroups=x a:b\n" + command, .invalidAccount(name: "a:b")),
        ("User=a b\n" + command, nil), ("User=\n" + command, nil), ("Group=1ecs\n" + command, nil),
        ("Environment=\"A=b\n" + command, nil), ("EnvironmentFile=etc/x\n" + command, nil),
        ("LimitNOFILE=abc\nUMask=9\nTimeoutStartSec=abc\n" + command, nil),
        (command + "[Install\n", .openHeader), ("[X] # y\n" + command, .openHeader),
    ]

    private static func refusal(_ unit: String, _ systemd: Int? = 252) throws -> StartFault? {
        let root = RootFilesystem(["/etc/systemd/system/x.service": .text(unit)])
        let startup = ImageStartup(
            in: root, kernel: .absent(searched: []), systemd: SystemdVersion(systemd), showing: ShownKeys([]))
        return startup.refusal(of: try #require(startup.boot.unit("x.service").value))
    }

    @Test(arguments: cases.indices)
    func unitsAreRefusedForWhatSystemdRefusesThemFor(index: Int) throws {
        let (service, expected) = Self.cases[index]
        let fault = try Self.refusal("[Service]\n" + service)
        #expect(fault?.kind == expected.map { .refused(reason: $0) }, "\(service)")
        #expect(fault?.doubt == nil)
    }

    @Test(.enabled(if: Tool.exists("systemd-analyze"), "no systemd-analyze: refusals are not held against systemd"))
    func systemdRefusesTheSame() throws {
        guard try Tool.output("systemd-analyze", ["--version"]).contains("systemd 252 ") else { return }
        let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-refusals-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        var paths: [String] = []
        for (index, row) in Self.cases.enumerated() {
            let path = directory.appending(path: "case\(index).service")
            try Data(("[Service]\n" + row.service).utf8).write(to: path)
            paths.append(path.path)
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no"] + paths
        let log = directory.appending(path: "log")
        try Data().write(to: log)
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let said = String(decoding: try Data(contentsOf: log), as: UTF8.self)
        for (index, row) in Self.cases.enumerated() {
            let isRefused =
                said.contains("Unit case\(index).service has a bad unit file setting")
                || said.contains("Unit case\(index).service failed to load")
            #expect(isRefused == (row.refusal != nil), "\(row.service)")
        }
        print("compared with systemd-analyze verify: \(Self.cases.count) units")
    }

    @Test(arguments: [
        ("ExecStart=sleep 1\n", 238, UnitRefusal.noAbsolutePath(program: "sleep")), ("ExecStart=sleep 1\n", 239, nil),
        ("Type=oneshot\nRestart=on-failure\n" + command, 243, .restartOfOneshot(restart: "on-failure")),
        ("Type=oneshot\nRestart=on-failure\n" + command, 244, nil),
    ])
    func someAreRefusedByOlderVersionsOnly(service: String, systemd: Int, refusal: UnitRefusal?) throws {
        let fault = try Self.refusal("[Service]\n" + service, systemd)
        #expect(fault?.kind == refusal.map { .refused(reason: $0) })
    }

    @Test func whereNothingShowsTheVersionThatIsOpen() throws {
        let fault = try Self.refusal("[Service]\nType=oneshot\nRestart=on-failure\n" + Self.command, nil)
        #expect(fault?.doubt == .version)
        #expect(try Self.refusal("[Service]\nExecStart=sleep 1\n", nil) == nil)
    }

    @Test func aBrokenDropInIsReadUpToTheLineAtFault() throws {
        let root = RootFilesystem([
            "/etc/systemd/system/x.service": "[Service]\nExecStart=/bin/sleep 1\n",
            "/etc/systemd/system/x.service.d/a.conf": "[Service]\nNice=5\nExecStart=/bin/sleep \"2\nUser=ecs\n",
            "/etc/systemd/system/x.service.d/b.conf": "[Service]\nUMask=0022\n[Unit\nAfter=a.service\n",
        ])
        let startup = ImageStartup(
            in: root, kernel: .absent(searched: []), systemd: SystemdVersion(252), showing: ShownKeys([]))
        let unit = try #require(startup.boot.unit("x.service").value)
        #expect(unit.directives.map(\.key) == ["ExecStart", "Nice", "UMask"])
        #expect(startup.refusal(of: unit) == nil)
    }
}
