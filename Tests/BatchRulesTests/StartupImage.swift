import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// A small image on which everything about the start of the agent is as it should be, for rows that change one thing.
enum StartupImage {
    static let amazonLinux = BootingUnits.targets.merging([
        "/usr/lib/systemd/system/default.target": .link("multi-user.target"),
        "/usr/bin/dockerd": WholeImage.program, "/usr/bin/docker": WholeImage.program, "/bin": .link("usr/bin"),
        "/usr/bin/bash": WholeImage.program, "/usr/bin/true": WholeImage.program,
        "/usr/bin/systemctl": WholeImage.program,
        "/usr/lib/systemd/system/docker.service": """
        [Unit]
        Requires=docker.socket
        [Service]
        ExecStart=/usr/bin/dockerd -H fd://
        [Install]
        WantedBy=multi-user.target

        """,
        "/usr/lib/systemd/system/docker.socket":
            "[Socket]\nListenStream=/run/docker.sock\n[Install]\nWantedBy=sockets.target\n",
        "/usr/libexec/amazon-ecs-init": WholeImage.program,
        "/usr/lib/systemd/system/ecs.service": """
        [Unit]
        Wants=docker.service
        After=docker.service
        After=cloud-final.service
        [Service]
        Restart=on-failure
        EnvironmentFile=-/etc/ecs/ecs.config
        ExecStart=/usr/libexec/amazon-ecs-init start
        [Install]
        WantedBy=multi-user.target

        """,
        "/etc/systemd/system/multi-user.target.wants/ecs.service": .link("/usr/lib/systemd/system/ecs.service"),
        "/usr/bin/cloud-init": .executable("#!/usr/bin/python3\n"),
        "/usr/lib/systemd/system-generators/cloud-init-generator": .executable(),
        "/usr/lib/systemd/system/cloud-init.target": "[Unit]\n",
        "/usr/lib/systemd/system/cloud-init-local.service": stage,
        "/usr/lib/systemd/system/cloud-init.service": stage,
        "/usr/lib/systemd/system/cloud-config.service": stage,
        "/usr/lib/systemd/system/cloud-final.service": stage,
        "/etc/systemd/system/cloud-init.target.wants/cloud-init-local.service": .link("../x"),
        "/etc/systemd/system/cloud-init.target.wants/cloud-init.service": .link("../x"),
        "/etc/systemd/system/cloud-init.target.wants/cloud-config.service": .link("../x"),
        "/etc/systemd/system/cloud-init.target.wants/cloud-final.service": .link("../x"),
        "/etc/cloud/cloud.cfg":
            "datasource_list: [ Ec2, None ]\ncloud_final_modules:\n  - scripts-per-boot\n  - scripts-user\n",
    ]) { $1 }
    private static let stage: LiteralEntry =
        "[Service]\nExecStart=/usr/bin/cloud-init\n[Install]\nWantedBy=cloud-init.target\n"

    static let link = "/etc/systemd/system/multi-user.target.wants/ecs.service"
    static let unit = "/usr/lib/systemd/system/ecs.service"
    static let null = LiteralEntry.link("/dev/null")

    /// One change to the image, and what a rule has to say of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let changes: [String: LiteralEntry?]
        let image: [String: LiteralEntry]
        let verdict: Verdict.Kind
        let says: String
        /// A path and line that the evidence has to name.
        let path: ImagePath?
        let at: Int?
        let line: Int

        init(
            changes: [String: LiteralEntry?] = [:], image: [String: LiteralEntry] = StartupImage.amazonLinux,
            verdict: Verdict.Kind, says: String, path: ImagePath? = nil, at: Int? = nil, line: Int = #line
        ) {
            self.changes = changes
            self.image = image
            self.verdict = verdict
            self.says = says
            self.path = path
            self.at = at
            self.line = line
        }

        var testDescription: String { "line \(line)" }
    }

    /// An image without an agent.
    static let withoutAgent: [String: LiteralEntry?] = [unit: nil, link: nil, "/usr/libexec/amazon-ecs-init": nil]

    /// A hand-made unit in the place of ecs-init.
    static func byHand(_ service: String, unit: String = "After=cloud-final.service docker.service") -> [String:
        LiteralEntry?]
    {
        [
            "/usr/libexec/amazon-ecs-init": nil,
            Self.unit: .text("[Unit]\n\(unit)\n[Service]\n\(service)\n[Install]\nWantedBy=multi-user.target\n"),
            "/etc/systemd/system/multi-user.target.wants/docker.service": .link("../docker.service"),
        ]
    }

    static func check(_ rule: Rule, _ row: Case) throws {
        var entries = row.image
        for (path, entry) in row.changes { entries[path] = entry }
        let root = try LiteralSource(entries).read(Facts.wants) { _ = Facts(in: $0) }.root
        let finding = rule.evaluate(Facts(in: root), Policy(today: CalendarDay(year: 2026, month: 11, day: 24)))
        #expect(finding.verdict == row.verdict, "line \(row.line): \(finding.message)")
        #expect(finding.message.contains(row.says), "line \(row.line): \(finding.message)")
        if let path = row.path {
            let found = finding.evidence.contains { $0.path == path && (row.at == nil || $0.line == row.at) }
            #expect(found, "line \(row.line): \(finding.evidence)")
        }
    }
}
