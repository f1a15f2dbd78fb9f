import BatchRules
import ImageFacts
import ImageReading
import Inspection
import TestSupport
import Testing

/// Good images with one thing changed: exactly the rules that it concerns change their verdict.
struct WholeImageTests {
    enum Base: Sendable { case amazonLinux, debian }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let base: Base
        let change: [String: LiteralEntry?]
        /// The verdicts that are not those of the base any more.
        let verdicts: [String: Verdict.Kind]
        /// The rule whose message is checked, and what it says.
        let rule: String
        let says: [String]
        /// Where the first evidence stands.
        var place: (path: ImagePath, line: Int?)?
        var testDescription: String { name }

        init(
            _ name: String, _ base: Base, _ change: [String: LiteralEntry?], _ verdicts: [String: Verdict.Kind],
            _ rule: String, says: String..., at place: (path: ImagePath, line: Int?)? = nil
        ) {
            self.name = name
            self.base = base
            self.change = change
            self.verdicts = verdicts
            self.rule = rule
            self.says = says
            self.place = place
        }
    }

    static func entries(_ base: Base) throws -> [String: LiteralEntry] {
        try base == .amazonLinux ? WholeImage.amazonLinux() : WholeImage.debian()
    }

    static func findings(_ entries: [String: LiteralEntry]) throws -> [Finding] {
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        return try observe(LiteralSource(entries)).report(by: .batch, under: policy).findings
    }

    static func verdicts(_ findings: [Finding]) -> [String: Verdict.Kind] {
        Dictionary(uniqueKeysWithValues: findings.map { ($0.rule, $0.verdict) })
    }

    /// Rules on devices and modules that the good images are not made for, and on the disk, which they are none of.
    static let ofDevices: Set = ["gpu-ready", "neuron-ready", "efa-ready", "kernel-modules", "root-device"]
    /// Not applicable with ecs-init.
    static let ofAgentsByHand: Set = ["cluster-reachable", "hand-run-agent"]

    @Test func `an image like the ECS-optimized AMI passes every rule`() throws {
        for finding in try Self.findings(Self.entries(.amazonLinux)) where !Self.ofAgentsByHand.contains(finding.rule) {
            if Self.ofDevices.contains(finding.rule), finding.verdict == .notApplicable { continue }
            #expect(finding.verdict == .pass, "\(finding.rule): \(finding.message)")
        }
    }

    @Test func `a good Debian passes every required rule, and is no Amazon Linux`() throws {
        let exceptions: [String: Verdict.Kind] = [
            "multi-node-parallel": .fail, "ecs-optimized-base": .fail, "docker-tested": .undetermined,
            "cluster-reachable": .notApplicable, "hand-run-agent": .notApplicable,
        ]
        for finding in try Self.findings(Self.entries(.debian)) {
            if Self.ofDevices.contains(finding.rule), finding.verdict == .notApplicable { continue }
            #expect(finding.verdict == exceptions[finding.rule] ?? .pass, "\(finding.rule): \(finding.message)")
        }
    }

    private static let ecsConfig = "/etc/ecs/ecs.config"
    private static let bootEntry = "/boot/loader/entries/ec2e3be6e3b14a3ea3c2f4ed2a9b1f55-3.9.11-1.amzn2023.x86_64.conf"

    private static func grub(booting kernel: String) throws -> LiteralEntry {
        guard case .file(let bytes, _) = try WholeImage.debian()["/boot/grub/grub.cfg"] else { return "" }
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // Only the first entry, which boots, is another kernel's.
        let first = lines.firstIndex { $0.hasPrefix("\tlinux\t") } ?? 0
        return .text(
            lines.enumerated().map { index, line in
                index == first ? "\tlinux\t/boot/vmlinuz-\(kernel) root=PARTUUID=0c0ffee0-01 ro" : String(line)
            }.joined(separator: "\n"))
    }

    static let cases: [Case] = [
        Case(
            "log drivers without awslogs", .amazonLinux,
            [ecsConfig: "ECS_CLUSTER=default\nECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"syslog\"]\n"],
            ["awslogs-driver": .fail], "awslogs-driver", says: "\"json-file\", \"syslog\"",
            at: ("/etc/ecs/ecs.config", 2)),
        Case(
            "log drivers quoted in ecs.config", .amazonLinux,
            [ecsConfig: "ECS_AVAILABLE_LOGGING_DRIVERS='[\"json-file\",\"awslogs\"]'\n"],
            ["awslogs-driver": .fail, "agent-config-lines": .fail], "awslogs-driver", says: "quote",
            at: ("/etc/ecs/ecs.config", 1)),
        Case(
            "a log driver that the agent does not know", .debian,
            [ecsConfig: "ECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\",\"loki\"]\n"], ["agent-config": .fail],
            "agent-config", says: "loki", at: ("/etc/ecs/ecs.config", 1)),
        Case(
            "the agent's unit masked", .amazonLinux, ["/etc/systemd/system/ecs.service": .link("/dev/null")],
            ["agent-at-boot": .fail],
            "agent-at-boot", says: "masked", "ecs.service", at: ("/etc/systemd/system/ecs.service", nil)),
        Case(
            "Docker's unit masked", .debian,
            ["/etc/systemd/system/docker.service": .link("/dev/null")],
            ["agent-at-boot": .fail, "docker-socket": .notApplicable], "agent-at-boot",
            says: "docker.service", "masked", at: ("/etc/systemd/system/docker.service", nil)),
        Case(
            "the agent's unit not enabled", .debian,
            ["/etc/systemd/system/cloud-init.target.wants/ecs.service": nil],
            ["agent-at-boot": .fail],
            "agent-at-boot", says: "ecs.service"),
        Case(
            "agent state baked in", .amazonLinux, ["/var/lib/ecs/data/agent.db": "state"],
            ["agent-state-clean": .fail], "agent-state-clean", says: "/var/lib/ecs/data/agent.db",
            at: ("/var/lib/ecs/data/agent.db", nil)),
        Case(
            "Docker 1.8", .debian,
            [
                "/var/lib/dpkg/status": .text(
                    WholeImage.status(docker: "1.8.3-0~wheezy", kernel: "6.1.0-56-cloud-amd64"))
            ],
            ["docker-version": .fail, "cgroups": .fail], "docker-version", says: "1.8.3-0~wheezy is older than 1.9",
            at: ("/var/lib/dpkg/status", nil)),
        Case(
            "kernel 3.9 boots by its menu entry while 6.1 is installed", .debian,
            [
                "/boot/grub/grub.cfg": try? grub(booting: "3.9.11-amd64"),
                "/boot/vmlinuz-3.9.11-amd64": .bytes(WholeImage.kernelImage("3.9.11-amd64")),
                "/boot/config-3.9.11-amd64": WholeImage.kernelConfiguration,
            ],
            ["kernel-version": .fail], "kernel-version", says: "3.9.11", "3.10", at: ("/boot/grub/grub.cfg", nil)),
        Case(
            "kernel 3.9 boots by the saved entry while 6.1 is installed", .amazonLinux,
            [
                bootEntry:
                    "title old\nlinux /boot/vmlinuz-3.9.11-1.amzn2023.x86_64\noptions root=UUID=9c4e4b1a-0000-4000-8000-000000000001\n",
                "/boot/vmlinuz-3.9.11-1.amzn2023.x86_64": .bytes(
                    WholeImage.kernelImage("3.9.11-1.amzn2023.x86_64")),
                "/boot/config-3.9.11-1.amzn2023.x86_64": WholeImage.kernelConfiguration,
                "/boot/grub2/grubenv": .text(
                    ("# GRUB Environment Block\nsaved_entry=ec2e3be6e3b14a3ea3c2f4ed2a9b1f55-3.9.11-1.amzn2023.x86_64\n"
                        + String(repeating: "#", count: 1024)).prefix(1024).description),
            ],
            ["kernel-version": .fail], "kernel-version", says: "3.9.11"),
        Case(
            "a kernel file whose header says 3.9 behind a newer name", .debian,
            [
                "/boot/vmlinuz-6.1.0-56-cloud-amd64": .bytes(WholeImage.kernelImage("3.9.0-amd64")),
                "/boot/config-3.9.0-amd64": WholeImage.kernelConfiguration,
            ], ["kernel-version": .fail], "kernel-version", says: "3.9.0", "6.1.0-56-cloud-amd64"),
        Case(
            "daemon.json with a comma too many", .debian,
            ["/etc/docker/daemon.json": "{\n  \"debug\": true,\n}\n"], ["docker-config": .fail], "docker-config",
            says: "/etc/docker/daemon.json: line 3: no JSON", at: ("/etc/docker/daemon.json", 3)),
        Case(
            "daemon.json with hosts beside -H", .amazonLinux,
            ["/etc/docker/daemon.json": "{\n\"hosts\": [\"unix:///var/run/docker.sock\"]}\n"],
            ["docker-config": .fail], "docker-config", says: "line 2", "--host", at: ("/etc/docker/daemon.json", 2)),
        Case(
            "daemon.json with a flag of the environment file", .amazonLinux,
            ["/etc/docker/daemon.json": "{\"default-ulimits\": {}}"], ["docker-config": .fail], "docker-config",
            says: "--default-ulimit in /etc/sysconfig/docker line 2"),
        Case(
            "no iptables", .debian, ["/usr/sbin/iptables": nil], ["docker-runtime": .fail], "docker-runtime",
            says: "iptables, needed by Docker and ecs-init, is not in"),
        Case(
            "no configuration of the kernel", .debian, ["/boot/config-6.1.0-56-cloud-amd64": nil],
            ["docker-runtime": .undetermined, "nitro-boot": .notApplicable], "docker-runtime",
            says: "/boot/config-6.1.0-56-cloud-amd64"),
        Case(
            "no Docker", .debian,
            [
                "/var/lib/dpkg/status": .text(
                    WholeImage.status(docker: "5:25.0.5-1", kernel: "6.1.0-56-cloud-amd64")
                        .replacing("Package: docker-ce\n", with: "Package: podman-docker\n")),
                "/usr/bin/dockerd": nil, "/usr/lib/systemd/system/docker.service": nil,
                "/usr/lib/systemd/system/docker.socket": nil,
            ],
            [
                "docker-version": .fail, "agent-at-boot": .fail, "docker-runtime": .notApplicable,
                "docker-tested": .notApplicable, "docker-agent-api": .notApplicable, "docker-config": .notApplicable,
                "docker-storage": .notApplicable, "docker-snap": .notApplicable, "cgroups": .notApplicable,
                "docker-socket": .notApplicable,
                "firewall": .notApplicable, "hardening": .notApplicable,
            ], "docker-version", says: "docker.io 20.10.24+dfsg1-1+deb12u1 was removed, its configuration left"),
        Case(
            "no agent", .debian,
            [
                "/var/lib/dpkg/status": .text(
                    WholeImage.status(docker: "5:25.0.5-1", kernel: "6.1.0-56-cloud-amd64")
                        .replacing("Package: amazon-ecs-init\n", with: "Package: amazon-ec2-utils\n")),
                "/usr/libexec/amazon-ecs-init": nil, "/usr/lib/systemd/system/ecs.service": nil,
                "/var/cache/ecs/ecs-agent.tar": nil, "/var/cache/ecs/ecs-agent-v1.106.1-1.tar": nil,
                "/var/cache/ecs/state": nil, "/etc/systemd/system/cloud-init.target.wants/ecs.service": nil,
            ],
            [
                "ecs-agent": .fail, "agent-latest": .notApplicable, "awslogs-driver": .notApplicable,
                "docker-tested": .notApplicable, "agent-at-boot": .notApplicable, "agent-supervised": .notApplicable,
                "docker-agent-api": .notApplicable, "agent-config": .notApplicable,
                "agent-config-lines": .notApplicable, "agent-after-user-data": .notApplicable,
                "agent-proxy": .notApplicable, "agent-known-defects": .notApplicable, "docker-socket": .notApplicable,
                "agent-feature-floor": .notApplicable, "region-baked": .notApplicable,
            ], "ecs-agent", says: "found"),
        Case(
            "cloud-init switched off", .debian, ["/etc/cloud/cloud-init.disabled": ""], ["cloud-init": .fail],
            "cloud-init", says: "cloud-init.disabled", at: ("/etc/cloud/cloud-init.disabled", nil)),
        Case(
            "a cluster of its own", .amazonLinux, [ecsConfig: "ECS_CLUSTER=production\n"],
            ["cluster-unset": .fail], "cluster-unset", says: "production", at: ("/etc/ecs/ecs.config", 1)),
        Case(
            "an old agent beside a new Docker", .debian,
            [
                "/var/lib/dpkg/status": .text(
                    WholeImage.status(docker: "5:29.0.1-1~debian", kernel: "6.1.0-56-cloud-amd64")
                        .replacing("Version: 1.106.1-1\n", with: "Version: 1.82.0-1\n"))
            ],
            ["docker-agent-api": .fail, "agent-latest": .fail], "docker-agent-api", says: "API 1.44",
            at: ("/var/lib/dpkg/status", nil)),
    ]

    @Test(arguments: cases)
    func `one change concerns exactly its own rules`(row: Case) throws {
        var entries = try Self.entries(row.base)
        let before = Self.verdicts(try Self.findings(entries))
        for (path, entry) in row.change { entries[path] = entry }
        let findings = try Self.findings(entries)
        let expected = before.merging(row.verdicts) { $1 }
        for finding in findings {
            #expect(finding.verdict == expected[finding.rule], "\(row.name): \(finding.rule): \(finding.message)")
        }
        let finding = try #require(findings.first { $0.rule == row.rule })
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
        #expect(finding.remedy?.isEmpty == false)
        if let place = row.place {
            #expect(finding.evidence.first?.path == place.path, "\(finding.evidence)")
            if let line = place.line { #expect(finding.evidence.first?.line == line, "\(finding.evidence)") }
        }
    }

    @Test func `Windows fails as no Linux, and nothing else applies`() throws {
        let findings = try Self.findings([
            "/Windows/System32/ntoskrnl.exe": "MZ", "/Windows/System32/config/SYSTEM": "regf",
            "/bootmgr": "x", "/Program Files/Docker/dockerd.exe": "MZ",
        ])
        for finding in findings {
            let expected: Verdict.Kind = finding.rule == "linux-distribution" ? .fail : .notApplicable
            #expect(finding.verdict == expected, "\(finding.rule): \(finding.message)")
        }
        #expect(findings.count == RuleCatalog.batch.rules.count)
    }
}
