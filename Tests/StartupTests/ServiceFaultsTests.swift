import ImageReading
import TestSupport
import Testing

@testable import Startup

/// What keeps a service from running: each kind with a unit that looks like it and runs.
@Suite struct ServiceFaultsTests {
    static let program = WholeImage.program
    static let base = BootingUnits.targets.merging([
        "/usr/bin/agent": program, "/usr/bin/sh": program, "/usr/bin/bash": program, "/usr/bin/false": program,
        "/usr/bin/true": program, "/usr/bin/test": program, "/usr/bin/env": program, "/bin": .link("usr/bin"),
        "/etc/passwd": "root:x:0:0::/root:/bin/sh\nagent:x:990:990::/:/bin/false\n",
        "/etc/group": "root:x:0:\nagents:x:990:\n",
        "/srv/there": .directory, "/var/log/agent": .directory, "/etc/agent.env": "A=b\n",
    ]) { $1 }

    struct Case: Sendable, CustomTestStringConvertible {
        let service: String
        let more: [String: LiteralEntry]
        let kind: StartFault.Kind?
        let doubt: StartFault.Doubt?
        let line: Int
        var testDescription: String { "line \(line)" }

        init(
            _ service: String, _ more: [String: LiteralEntry] = [:], _ kind: StartFault.Kind? = nil,
            doubt: StartFault.Doubt? = nil, line: Int = #line
        ) {
            self.service = service
            self.more = more
            self.kind = kind
            self.doubt = doubt
            self.line = line
        }
    }

    static let run = "ExecStart=/usr/bin/agent\n"

    static func faults(_ row: Case, systemd: Int? = 252) throws -> [StartFault] {
        let entries = base.merging([
            "/etc/systemd/system/x.service": .text("[Service]\n\(row.service)"),
            "/etc/systemd/system/multi-user.target.wants/x.service": .link("../x.service"),
        ]) { $1 }.merging(row.more) { $1 }
        let startup = ImageStartup(
            in: RootFilesystem(entries), kernel: .absent(searched: []), systemd: SystemdVersion(systemd),
            showing: ShownKeys([]))
        return startup.faults(
            of: try #require(startup.boot.unit("x.service").value),
            writtenByUserData: { $0.isWithin("/etc/ecs") })
    }

    static func check(_ row: Case, _ location: SourceLocation = #_sourceLocation) throws {
        let faults = try faults(row)
        #expect(faults.first?.kind == row.kind, "line \(row.line): \(faults)", sourceLocation: location)
        #expect(faults.first?.doubt == row.doubt, "line \(row.line): \(faults)", sourceLocation: location)
        #expect(faults.allSatisfy { $0.evidence.first?.path == "/etc/systemd/system/x.service" })
    }

    static func script(_ text: String) -> [String: LiteralEntry] { ["/opt/run.sh": .executable(text)] }

    @Test(arguments: [
        Case(run), Case("ExecStart=agent\n"), Case("ExecStart=+/usr/bin/agent\n"),
        Case("ExecStart=/opt/run.sh\n", script("#!/bin/sh\nexit 0\n")),
        Case("ExecStart=/opt/run.sh\n", script("#! /usr/bin/env bash\n")),
        Case("ExecStart=/opt/run.sh\n", ["/opt/run.sh": WholeImage.program]),
        Case("ExecStart=/bin/sh /opt/run.sh\n", ["/opt/run.sh": "exec agent\n"]),
        Case("ExecStart=/usr/bin/gone\n", [:], .noProgram(name: "/usr/bin/gone")),
        Case("ExecStart=-/usr/bin/gone\n", [:], .noProgram(name: "/usr/bin/gone")),
        Case("ExecStart=gone start\n", [:], .noProgram(name: "gone")),
        Case("ExecStart=$AGENT start\n", [:], .noProgram(name: "$AGENT")),
        Case("ExecStart=/opt/run.sh\n", ["/opt/run.sh": .link("/opt/gone")], .noProgram(name: "/opt/run.sh")),
        Case("ExecStart=/opt/run.sh\n", ["/opt/run.sh": "#!/bin/sh\n"], .notExecutable(path: "/opt/run.sh")),
        Case("ExecStart=/srv/there\n", [:], .notExecutable(path: "/srv/there")),
        Case(
            "ExecStart=/opt/run.sh\n", script("#!/usr/bin/gone\n"),
            .noInterpreter(script: "/opt/run.sh", interpreter: "/usr/bin/gone")),
        Case(
            "ExecStart=/opt/run.sh\n", script("#!/usr/bin/env gone\n"),
            .noInterpreter(script: "/opt/run.sh", interpreter: "gone")),
        Case(
            "ExecStart=/opt/run.sh\n", script("#!/bin/sh\r\nagent\r\n"),
            .noInterpreter(script: "/opt/run.sh", interpreter: "/bin/sh\r")),
        Case(
            "ExecStart=/opt/run.sh\n", script("#!/usr/bin/env bash\r\n"),
            .noInterpreter(script: "/opt/run.sh", interpreter: "bash\r")),
        Case("ExecStart=/opt/run.sh\n", script("exec agent\n"), .notAProgram(path: "/opt/run.sh")),
        // Somebody may make it before: a command of the unit, another unit, a file system, what is made at boot.
        Case(
            "ExecStartPre=/usr/bin/env install x /opt/run.sh\nExecStart=/opt/run.sh\n", [:],
            .noProgram(name: "/opt/run.sh"), doubt: .madeBy(place: "ExecStartPre=")),
        Case("ExecStart=/data/agent\n", ["/etc/fstab": "LABEL=data /data ext4 defaults 0 2\n"]),
        Case("ExecStart=/run/agent/start\n"),
        Case(
            "ExecStart=/opt/agent/start\n",
            [
                "/etc/systemd/system/fetch.service":
                    "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'tar -C /opt/agent -xf /srv/x'\n",
                "/etc/systemd/system/multi-user.target.wants/fetch.service": .link("../fetch.service"),
            ], .noProgram(name: "/opt/agent/start"), doubt: .madeBy(place: "fetch.service")),
        Case("ExecStart=/etc/ecs/start\n", [:], .noProgram(name: "/etc/ecs/start"), doubt: .userData),
    ])
    func programs(row: Case) throws {
        try Self.check(row)
    }

    @Test(arguments: [
        Case("ExecStartPre=/bin/true\n" + run), Case("ExecStartPre=-/bin/false\n" + run),
        Case("ExecStartPre=-/usr/bin/gone\n" + run), Case("ExecStopPost=/bin/false\n" + run),
        Case("ExecStartPre=/bin/false\n" + run, [:], .commandFails),
        Case("ExecStartPre=/usr/bin/gone\n" + run, [:], .noProgram(name: "/usr/bin/gone")),
        Case("ExecStartPost=/bin/false\n" + run, [:], .commandFails),
        Case("ExecCondition=/bin/false\n" + run, [:], .conditionFails), Case("ExecCondition=/bin/true\n" + run),
        Case("ExecStartPre=/usr/bin/test -f /etc/agent.env\n" + run),
        Case("ExecStartPre=/usr/bin/test -f /etc/gone.env\n" + run, [:], .commandFails),
        Case("ExecStartPre=/usr/bin/test -f /etc/ecs/gone.env\n" + run),
        Case("ExecStartPre=/bin/sh -c 'exit 1'\n" + run, [:], .commandFails),
        Case("ExecStartPre=/bin/sh -c '[ -e /srv/there ] || exit 1'\n" + run),
        Case("ExecStartPre=/bin/sh -c '[ -e /srv/gone ] || exit 1'\n" + run, [:], .commandFails),
        Case("ExecStartPre=/bin/sh -c 'if [ $(systemctl is-active docker) != active ]; then exit 1; fi'\n" + run),
        Case("ExecStartPre=/opt/run.sh\n" + run, script("#!/bin/sh\nmkdir -p /x\nexit 3\n"), .commandFails),
    ])
    func commandsBeforeAndAfter(row: Case) throws {
        try Self.check(row)
    }

    @Test(arguments: [
        Case("User=agent\nGroup=agents\nSupplementaryGroups=agents root\n" + run), Case("User=12345\n" + run),
        Case("User=nobody\n" + run), Case("DynamicUser=yes\nUser=gone\n" + run),
        Case("User=gone\n" + run, [:], .noUser(name: "gone")), Case("Group=gone\n" + run, [:], .noGroup(name: "gone")),
        Case("SupplementaryGroups=root gone\n" + run, [:], .noGroup(name: "gone")),
        Case("User=made\nGroup=made\n" + run, ["/usr/lib/sysusers.d/x.conf": "u made - \"x\" /\n"]),
        Case("Group=made\n" + run, ["/etc/sysusers.d/x.conf": "#\ng made -\n"]),
        Case(
            "Group=docker\n" + run,
            ["/usr/lib/group": "docker:x:233:\n", "/etc/nsswitch.conf": "group: files usrfiles\n"]),
        Case("User=gone\n" + run, ["/etc/nsswitch.conf": "passwd: files systemd\n"], .noUser(name: "gone")),
        Case(
            "User=gone\n" + run, ["/etc/nsswitch.conf": "passwd: files sss\n"], .noUser(name: "gone"),
            doubt: .otherAccounts(source: "sss in /etc/nsswitch.conf")),
        Case(
            "User=admin\n" + run, ["/etc/cloud/cloud.cfg": "system_info:\n  default_user:\n    name: admin\n"],
            .noUser(name: "admin"), doubt: .madeBy(place: "/etc/cloud/cloud.cfg")),
    ])
    func accounts(row: Case) throws {
        try Self.check(row)
    }

    @Test(arguments: [
        Case("WorkingDirectory=/srv/there\n" + run), Case("WorkingDirectory=-/srv/gone\n" + run),
        Case("WorkingDirectory=~\n" + run),
        Case("WorkingDirectory=/srv/gone\n" + run, [:], .noDirectory(path: "/srv/gone")),
        Case("WorkingDirectory=/run/agent\n" + run),
        Case("WorkingDirectory=/srv/gone\n" + run, ["/usr/lib/tmpfiles.d/x.conf": "d /srv/gone/deeper 0755 - - -\n"]),
        Case("StateDirectory=agent\nWorkingDirectory=/var/lib/agent\n" + run),
        Case("RootDirectory=/srv/gone\n" + run, [:], .noDirectory(path: "/srv/gone")),
        Case("RootDirectory=/srv/there\n" + run),
        Case("ReadWritePaths=/srv/there -/srv/gone\n" + run),
        Case("ReadWritePaths=/srv/there /srv/gone\n" + run, [:], .noDirectory(path: "/srv/gone")),
        Case("ReadWritePaths=/srv/gone\nExecStart=+/usr/bin/agent\n"),
        Case("BindPaths=/srv/there:/x -/srv/gone:/y\n" + run),
        Case("BindPaths=/srv/gone:/y\n" + run, [:], .noDirectory(path: "/srv/gone")),
        Case("StandardOutput=append:/var/log/agent/log\nStandardError=journal\n" + run),
        Case("StandardOutput=append:/var/log/gone/log\n" + run, [:], .noDirectory(path: "/var/log/gone")),
        Case("StandardInput=file:/etc/gone\n" + run, [:], .noFile(path: "/etc/gone")),
        Case("EnvironmentFile=/etc/agent.env\nEnvironmentFile=-/etc/gone.env\n" + run),
        Case("EnvironmentFile=/etc/gone.env\n" + run, [:], .noFile(path: "/etc/gone.env")),
        Case("EnvironmentFile=/etc/gone*.env\n" + run, [:], .noFile(path: "/etc/gone*.env")),
        Case("EnvironmentFile=/etc/agent*.env\n" + run),
        Case("EnvironmentFile=/etc/ecs/agent.env\n" + run, [:], .noFile(path: "/etc/ecs/agent.env"), doubt: .userData),
        Case("LoadCredential=token:/etc/gone\n" + run, [:], .noFile(path: "/etc/gone")),
        Case("LoadCredential=token:/etc/gone\nSetCredential=token:x\n" + run), Case("LoadCredential=token\n" + run),
        Case("LoadCredential=token:/etc/agent.env\n" + run),
    ])
    func directoriesAndFiles(row: Case) throws {
        try Self.check(row)
    }

    @Test func anOlderSystemdPassesOverWhatItDoesNotKnow() throws {
        let faults = try Self.faults(Case("LoadCredential=token:/etc/gone\n" + Self.run), systemd: nil)
        #expect(faults.first?.doubt == .version)
    }

    /// Type=, what the program does, and what systemd makes of it.
    @Test(arguments: [
        ("simple", "", false, false), ("exec", "", false, false), ("notify", "", true, false),
        ("notify", "TimeoutStartSec=25", true, false), ("forking", "", true, false), ("oneshot", "", false, true),
        ("oneshot", "TimeoutStartSec=25", true, false), ("notify", "TimeoutStartSec=infinity", false, true),
        ("forking", "TimeoutSec=0", false, true), ("simpel", "", false, false),
    ])
    func aProgramThatStaysInTheForeground(type: String, more: String, isEnded: Bool, holds: Bool) throws {
        let text = "[Service]\nType=\(type)\n\(more)\nExecStart=/bin/x\n"
        let startup = ImageStartup(
            in: RootFilesystem(["/etc/systemd/system/x.service": .text(text)]), kernel: .absent(searched: []),
            showing: ShownKeys([]))
        let unit = try #require(startup.boot.unit("x.service").value)
        let waiting = unit.waiting(for: .staysInForeground, systemd: SystemdVersion(252))
        let found: (Bool, Bool) =
            switch waiting {
            case .isEnded: (true, false)
            case .never: (false, true)
            case nil: (false, false)
            }
        #expect(found == (isEnded, holds))
        #expect(unit.waiting(for: .forks, systemd: SystemdVersion(252)) == nil)
    }
}
