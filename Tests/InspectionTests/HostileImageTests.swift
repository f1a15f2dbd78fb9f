import BatchRules
import ImageFacts
import ImageReading
import TestSupport
import Testing

/// Whole images in which something is not what it should be: nothing traps, and no broken rule passes by it.
struct HostileImageTests {
    private static let garbage: [UInt8] = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 / 7) } + [0, 0xFF]
    private static let nested = String(repeating: "[", count: 200_000)

    private static func findings(_ entries: [String: LiteralEntry]) throws -> [Finding] {
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        let facts = Facts(in: RootFilesystem(entries))
        return RuleCatalog.batch.judge(facts, of: "literal", by: policy, as: { $0 }).findings
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let base: WholeImageTests.Base
        let path: String
        let entry: LiteralEntry
        /// The verdicts that are not those of the good image any more.
        let verdicts: [String: Verdict.Kind]
        var testDescription: String { "\(path) on \(base)" }

        init(
            _ base: WholeImageTests.Base, _ path: String, _ entry: LiteralEntry = .bytes(garbage),
            gives verdicts: [String: Verdict.Kind]
        ) {
            self.base = base
            self.path = path
            self.entry = entry
            self.verdicts = verdicts
        }
    }

    @Test(arguments: [
        Case(
            .amazonLinux, "/usr/lib/os-release",
            gives: [
                "linux-distribution": .undetermined, "multi-node-parallel": .undetermined,
                "docker-tested": .undetermined, "ecs-optimized-base": .undetermined,
                "distribution-supported": .undetermined,
            ]),
        Case(
            .debian, "/var/lib/dpkg/status",
            gives: ["docker-version": .undetermined, "docker-agent-api": .undetermined, "docker-config": .undetermined]),
        Case(
            .amazonLinux, "/var/lib/rpm/rpmdb.sqlite",
            gives: [
                "multi-node-parallel": .undetermined, "docker-version": .undetermined, "docker-tested": .undetermined,
                "ecs-optimized-base": .undetermined, "docker-agent-api": .undetermined, "docker-config": .undetermined,
            ]),
        Case(.debian, "/boot/grub/grub.cfg", gives: [:]),
        Case(.amazonLinux, "/boot/grub2/grub.cfg", gives: [:]),
        Case(.debian, "/etc/docker/daemon.json", gives: ["docker-config": .fail]),
        Case(.debian, "/etc/docker/daemon.json", .text(nested), gives: ["docker-config": .fail]),
        Case(.debian, "/etc/ecs/ecs.config.json", gives: ["agent-config": .fail]),
        Case(.debian, "/etc/ecs/ecs.config.json", .text(nested), gives: ["agent-config": .fail]),
        Case(
            .debian, "/etc/ecs/ecs.config",
            gives: [
                "awslogs-driver": .undetermined, "agent-config": .undetermined, "agent-config-lines": .fail,
                "cluster-unset": .undetermined, "agent-proxy": .undetermined,
            ]),
        Case(
            .amazonLinux, "/usr/lib/systemd/system/ecs.service",
            gives: [
                "agent-at-boot": .undetermined, "agent-supervised": .undetermined,
                "agent-after-user-data": .undetermined, "docker-socket": .notApplicable, "imds": .notApplicable,
            ]),
        Case(
            .amazonLinux, "/usr/lib/systemd/system/docker.service",
            gives: [
                "agent-at-boot": .undetermined, "docker-agent-api": .undetermined, "docker-config": .undetermined,
                "docker-socket": .undetermined,
            ]),
        Case(
            .amazonLinux, "/etc/sysconfig/docker",
            gives: ["docker-agent-api": .undetermined, "docker-config": .undetermined]),
        Case(.amazonLinux, "/usr/lib/systemd/system/multi-user.target", gives: [:]),
        Case(.debian, "/etc/cloud/cloud.cfg", gives: ["cloud-init-state": .undetermined, "imds": .notApplicable]),
        Case(
            .debian, "/etc/cloud/cloud.cfg.d/90_datasource.cfg",
            gives: ["cloud-init-state": .undetermined, "imds": .notApplicable]),
        Case(.debian, "/etc/fstab", gives: ["fstab-mounts": .undetermined, "hardening": .notApplicable]),
        Case(.debian, "/etc/machine-id", gives: ["baked-identity": .undetermined]),
        Case(
            .debian, "/boot/config-6.1.0-56-cloud-amd64",
            gives: ["docker-runtime": .undetermined, "nitro-boot": .notApplicable]),
        Case(.debian, "/boot/vmlinuz-6.1.0-56-cloud-amd64", gives: [:]),
        Case(.amazonLinux, "/boot/grub2/grubenv", gives: [:]),
        Case(.amazonLinux, "/var/cache/ecs/state", gives: [:]),
        Case(.amazonLinux, "/usr/bin/bash", .file(garbage, permissions: 0o755), gives: [:]),
    ])
    func `binary garbage in one file is said by the rules that read it, the others stand`(row: Case) throws {
        var entries = try WholeImageTests.entries(row.base)
        let before = WholeImageTests.verdicts(try Self.findings(entries))
        #expect(entries[row.path] != nil)
        entries[row.path] = row.entry
        let expected = before.merging(row.verdicts) { $1 }
        for finding in try Self.findings(entries) {
            #expect(finding.verdict == expected[finding.rule], "\(row.path): \(finding.rule): \(finding.message)")
        }
    }

    /// What a path may be instead of what it should be.
    static let replacements: [(name: String, entry: LiteralEntry)] = [
        ("garbage", .bytes(garbage)), ("a directory", .directory), ("a dangling link", .link("/nowhere/at/all")),
        ("a FIFO", .other), ("not readable", .unreadable(.permissionDenied)), ("1 GB", .sized(1 << 30)),
    ]

    /// Files and links of the image, and what facts ask for by its full name that is not in it, by their real paths.
    private static func paths(of entries: [String: LiteralEntry]) throws -> (found: [String], absent: [String]) {
        let root = try LiteralSource(entries).load(Facts.wants)
        _ = Facts(in: root)
        let wanted = (Facts.wants + root.openQuestions).map(\.path).filter { !$0.hasPattern }.map { path in
            let isBelowLink = ["/bin/", "/sbin/", "/lib/"].contains { path.text.hasPrefix($0) }
            return isBelowLink ? "/usr" + path.text : path.text
        }
        // What other things stand in is a directory, and keeps being one.
        func isLeaf(_ path: String) -> Bool { !entries.keys.contains { $0.hasPrefix(path + "/") } }
        let absent = Set(wanted).subtracting(entries.keys).filter(isLeaf)
        return (entries.keys.filter(isLeaf).sorted(), absent.sorted())
    }

    /// What may come to pass, and why: another source, or the name alone, answers then, and says so.
    private static let exceptions: Set<String> = [
        // systemd looks for files and links; a directory in the place of the mask unmasks.
        "a directory /etc/systemd/system/docker.service agent-at-boot",
        // A kernel of a format without a version, or one that only root may read, is known by its name.
        "garbage /boot/vmlinuz-6.1.0-56-cloud-amd64 kernel-version",
        "1 GB /boot/vmlinuz-6.1.0-56-cloud-amd64 kernel-version",
        "not readable /boot/vmlinuz-6.1.0-56-cloud-amd64 kernel-version",
    ]

    private static func check(_ entries: [String: LiteralEntry], _ changes: [[String]], _ replacement: Int) throws {
        let (name, entry) = replacements[replacement]
        let before = WholeImageTests.verdicts(try findings(entries))
        for paths in changes {
            var changed = entries
            for path in paths { changed[path] = entry }
            let findings = try findings(changed)
            let isAnyOpen = findings.contains { $0.verdict == .fail || $0.verdict == .undetermined }
            for finding in findings where finding.verdict != before[finding.rule] {
                let label = "\(name) \(paths.joined(separator: " ")) \(finding.rule)"
                #expect(finding.verdict != .pass || exceptions.contains(label), "\(label): \(finding.message)")
                #expect(finding.verdict != .notApplicable || isAnyOpen, "\(label): \(finding.message)")
            }
        }
    }

    @Test(arguments: [WholeImageTests.Base.amazonLinux, .debian], replacements.indices)
    func `whatever stands in a file's place, no broken rule comes to pass by it`(
        base: WholeImageTests.Base, replacement: Int
    ) throws {
        let entries = try Self.bad(base)
        let (found, absent) = try Self.paths(of: entries)
        #expect(found.count > 60)
        #expect(absent.count > 150)
        // Where nothing is, thirty things at once: fewer images, and none of them can make up for another.
        let batches = stride(from: 0, to: absent.count, by: 30).map { Array(absent[$0..<min($0 + 30, absent.count)]) }
        try Self.check(entries, found.map { [$0] } + batches, replacement)
        try Self.check(WholeImageTests.entries(base), batches, replacement)
    }

    /// The same image with as much broken as can be broken at once without hiding one thing behind another.
    private static func bad(_ base: WholeImageTests.Base) throws -> [String: LiteralEntry] {
        var entries = try WholeImageTests.entries(base)
        entries["/etc/ecs/ecs.config"] = """
            export ECS_LOGLEVEL=debug
            ECS_CLUSTER=production
            ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","loki"]

            """
        entries["/var/lib/ecs/data/agent.db"] = "state"
        entries["/etc/docker/daemon.json"] = "{\"hosts\": [\"fd://\"], \"bogus\": 1}"
        entries["/usr/sbin/iptables"] = .link("/etc/alternatives/nothing")
        entries["/usr/sbin/sysctl"] = nil
        entries["/etc/systemd/system/docker.service"] = .link("/dev/null")
        entries["/etc/cloud/cloud-init.disabled"] = ""
        entries["/etc/cloud/cloud.cfg.d/90_datasource.cfg"] = "datasource_list: [ NoCloud, None ]\n"
        entries["/usr/lib/systemd/system/ecs.service"] = """
            [Unit]
            After=docker.service

            [Service]
            ExecStart=/usr/bin/docker run --name ecs-agent -e ECS_LOGLEVEL=debug amazon/amazon-ecs-agent:v1.80.0

            [Install]
            WantedBy=multi-user.target

            """
        entries["/etc/systemd/system/ecs.service.d/user-data.conf"] = nil
        entries["/boot/grub/menu.lst"] = "default=0\ntimeout=0\ntitle pv\nroot (hd0)\nkernel /boot/vmlinuz-3.9 ro\n"
        entries["/boot/grub/i386-pc/core.img"] = nil
        entries["/boot/grub2/i386-pc/core.img"] = nil
        entries["/boot/efi/EFI/BOOT/BOOTX64.EFI"] = nil
        if base == .debian {
            entries["/var/lib/dpkg/status"] = .text(
                WholeImage.status(docker: "5:29.0.1-1", kernel: "6.1.0-56-cloud-amd64")
                    .replacing("Version: 1.106.1-1\n", with: "Version: 1.80.0-1\n"))
            // Every source of one answer says the same, or another would do for the one that cannot be read.
            entries["/etc/debian_version"] = "8.11\n"
            entries["/var/cache/ecs/ecs-agent-v1.106.1-1.tar"] = nil
            entries["/var/cache/ecs/ecs-agent-v1.80.0-1.tar"] = "the agent's image"
            entries["/var/cache/ecs/ecs-agent.tar"] = .link("/var/cache/ecs/ecs-agent-v1.80.0-1.tar")
            entries["/usr/lib/os-release"] = "ID=debian\nVERSION_ID=\"8\"\nPRETTY_NAME=\"Debian GNU/Linux 8\"\n"
            entries["/boot/vmlinuz-6.1.0-56-cloud-amd64"] = .bytes(WholeImage.kernelImage("3.9.0-amd64"))
        }
        return entries
    }

    @Test func `the bad images break what can be broken at once`() throws {
        let common: Set<String> = [
            "hvm-virtualization", "awslogs-driver", "docker-runtime", "agent-at-boot", "agent-supervised",
            "agent-config-lines", "agent-state-clean", "cloud-init", "cloud-init-state", "agent-after-user-data",
            "docker-config", "cluster-reachable", "hand-run-agent", "imds",
        ]
        let more: [WholeImageTests.Base: Set<String>] = [
            .amazonLinux: [],
            .debian: [
                "kernel-version", "multi-node-parallel", "agent-latest", "ecs-optimized-base", "docker-agent-api",
                "distribution-supported",
            ],
        ]
        for (base, rules) in more {
            let failed = try Self.findings(Self.bad(base)).filter { $0.verdict == .fail }.map(\.rule)
            #expect(Set(failed) == common.union(rules), "\(base)")
        }
    }
}
