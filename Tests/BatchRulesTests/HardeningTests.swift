import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct HardeningTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var docker = "25.0.5"
        var entries: [String: LiteralEntry] = [:]
        let verdict: Verdict.Kind
        var says: [String] = []
        var testDescription: String { name }
    }

    private static let root = "UUID=1 / xfs defaults 0 1\n"
    private static let modules = "CONFIG_VETH=m\nCONFIG_BRIDGE=m\nCONFIG_OVERLAY_FS=m\n"
    private static let audit: [String: LiteralEntry] = [
        "/usr/lib/systemd/system/auditd.service": "[Service]\nExecStart=/sbin/auditd\n",
        "/etc/systemd/system/multi-user.target.wants/auditd.service": .link("/x"),
    ]

    private static func fstab(_ line: String) -> [String: LiteralEntry] { ["/etc/fstab": .text(root + line + "\n")] }

    private static func kernel(_ more: [String: LiteralEntry]) -> [String: LiteralEntry] {
        [
            "/boot/vmlinuz-6.1.0-1-amd64": "", "/boot/config-6.1.0-1-amd64": .text(modules),
            "/lib/modules/6.1.0-1-amd64/modules.dep": "kernel/drivers/net/veth.ko:\n",
        ].merging(more) { $1 }
    }

    private static func auditing(_ lines: String) -> [String: LiteralEntry] {
        audit.merging(["/etc/audit/auditd.conf": .text(lines)]) { $1 }
    }

    static let cases: [Case] = [
        Case(name: "nothing changed", entries: ["/etc/fstab": .text(root)], verdict: .pass),
        Case(
            name: "noexec on /var", entries: fstab("/dev/sdb1 /var ext4 nodev,noexec,nosuid 0 2"), verdict: .fail,
            says: ["/etc/fstab:2: noexec on the file system of /var/lib/cloud"]),
        Case(
            name: "noexec on /var, and /var/lib/cloud apart",
            entries: fstab("/dev/sdb1 /var ext4 noexec 0 2\n/dev/sdc1 /var/lib/cloud ext4 defaults 0 2"), verdict: .pass
        ),
        Case(name: "exec behind noexec", entries: fstab("/dev/sdb1 /var ext4 noexec,exec 0 2"), verdict: .pass),
        Case(
            name: "noexec on /tmp, /var/tmp and /var/log, as benchmarks ask",
            entries: fstab(
                "tmpfs /tmp tmpfs nodev,nosuid,noexec 0 0\n/dev/sdb1 /var/tmp ext4 noexec 0 2\n/dev/sdc1 /var/log ext4 noexec 0 2"
            ), verdict: .pass),
        Case(
            name: "noexec on /var/lib/docker, booted",
            entries: fstab("/dev/sdb1 /var/lib/docker xfs noexec 0 2"), verdict: .pass),
        Case(
            name: "the same with vfs",
            entries: fstab("/dev/sdb1 /var/lib/docker xfs noexec 0 2").merging([
                "/etc/docker/daemon.json": #"{"storage-driver": "vfs"}"#
            ]) { $1 }, verdict: .fail, says: ["/etc/fstab:2: noexec on the file system of /var/lib/docker"]),
        Case(
            name: "no more modules",
            entries: kernel(["/etc/sysctl.d/99-hardening.conf": "# x\nkernel.modules_disabled = 1\n"]), verdict: .fail,
            says: ["/etc/sysctl.d/99-hardening.conf:2:", "Docker needs bridge, veth"]),
        Case(
            name: "no more modules, and those of Docker before",
            entries: kernel([
                "/etc/sysctl.conf": "kernel/modules_disabled=1\n",
                "/etc/modules-load.d/docker.conf": "bridge\nveth\noverlay\n",
            ]), verdict: .pass),
        Case(
            name: "no more modules of a kernel without them",
            entries: [
                "/boot/vmlinuz-6.1.0-1-amd64": "", "/boot/config-6.1.0-1-amd64": WholeImage.kernelConfiguration,
                "/etc/sysctl.conf": "kernel.modules_disabled=1\n",
            ], verdict: .pass),
        Case(
            name: "modules allowed in so many words",
            entries: kernel(["/etc/sysctl.d/a.conf": "kernel.modules_disabled = 0\n#kernel.modules_disabled = 1\n"]),
            verdict: .pass),
        Case(
            name: "no forwarding in sysctl.d: dockerd sets it itself",
            entries: ["/etc/sysctl.d/99-cis.conf": "net.ipv4.ip_forward = 0\n"], verdict: .pass),
        Case(
            name: "a benchmark's auditd",
            entries: auditing(
                "space_left_action = email\nadmin_space_left_action = halt\nmax_log_file_action = keep_logs\n"),
            verdict: .fail, says: ["/etc/audit/auditd.conf:2: auditd ends the host"]),
        Case(
            name: "auditd as packaged",
            entries: auditing("admin_space_left_action = SUSPEND\ndisk_full_action = SUSPEND\n"), verdict: .pass),
        Case(
            name: "an auditd that does not start",
            entries: ["/etc/audit/auditd.conf": "disk_full_action = HALT\n"], verdict: .pass),
        Case(name: "no Docker", docker: "", entries: fstab("/dev/sdb1 /var ext4 noexec 0 2"), verdict: .notApplicable),
    ]

    @Test(arguments: cases)
    func `what containers need is missed, what benchmarks take is not`(row: Case) throws {
        var entries = row.entries
        entries["/usr/lib/systemd/system/multi-user.target"] = "[Unit]\n"
        entries["/usr/lib/systemd/system/default.target"] = .link("multi-user.target")
        entries["/usr/lib/systemd/systemd"] = .executable()
        if !row.docker.isEmpty {
            entries["/var/lib/dpkg/status"] = .text(
                "Package: docker-ce\nStatus: install ok installed\nVersion: \(row.docker)-1\n")
        }
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.hardening.evaluate(facts, .test)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
        #expect(finding.level == .recommended)
    }
}
