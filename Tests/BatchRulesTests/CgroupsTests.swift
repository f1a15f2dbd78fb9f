import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct CgroupsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var system = "ID=debian\nVERSION_ID=12\n"
        var systemd: String? = "252.39-1"
        var arguments = ""
        var docker = "25.0.5"
        var agent = "1.106.1-1"
        var entries: [String: LiteralEntry] = [:]
        let verdict: Verdict.Kind
        var says = ""
        var testDescription: String { name }
    }

    private static let systemdDriver: [String: LiteralEntry] = [
        "/etc/docker/daemon.json": #"{"exec-opts": ["native.cgroupdriver=systemd"]}"#
    ]
    private static let ownDriver: [String: LiteralEntry] = [
        "/etc/docker/daemon.json": #"{"exec-opts": ["native.cgroupdriver=cgroupfs"]}"#
    ]
    private static let amazonLinux2 = "ID=amzn\nVERSION_ID=2\n"

    static let cases: [Case] = [
        Case(name: "Debian 12 as it is", verdict: .pass, says: "cgroup v2, which docker-ce"),
        Case(name: "Amazon Linux 2023", system: "ID=amzn\nVERSION_ID=2023\n", verdict: .pass, says: "cgroup v2"),
        Case(name: "Amazon Linux 2", system: amazonLinux2, systemd: "219-78", verdict: .pass, says: "cgroup v1"),
        Case(
            name: "the hybrid hierarchy of Ubuntu 20.04", system: "ID=ubuntu\nVERSION_ID=20.04\n", systemd: "245.4-4",
            docker: "19.03.15", verdict: .pass, says: "cgroup v1"),
        Case(
            name: "RHEL 8", system: "ID=rhel\nVERSION_ID=8.10\n", systemd: "239-82", verdict: .pass, says: "cgroup v1"),
        Case(
            name: "a distribution that is not known", system: "ID=own\nVERSION_ID=1\n", docker: "19.03.15",
            verdict: .pass, says: "nothing found against"),
        Case(
            name: "own report: no memory controller", arguments: "cgroup_disable=memory", verdict: .fail,
            says: "cgroup_disable=memory on the kernel command line"),
        Case(
            name: "among others", arguments: "cgroup_disable=pressure,memory", verdict: .fail, says: "no container's"),
        Case(name: "another controller", arguments: "cgroup_disable=pressure", verdict: .pass),
        Case(
            name: "cgroup_enable is no cgroup_disable", arguments: "cgroup_enable=memory swapaccount=1", verdict: .pass),
        Case(
            name: "v1 asked for", arguments: "systemd.unified_cgroup_hierarchy=0", verdict: .pass, says: "cgroup v1"),
        Case(
            name: "Docker 19.03 on v2", docker: "19.03.15", verdict: .fail,
            says: "19.03.15-1 knows v1 alone: it ends"),
        Case(
            name: "the same with v1 asked for", arguments: "systemd.unified_cgroup_hierarchy=0", docker: "19.03.15",
            verdict: .pass),
        Case(
            name: "v2 asked for", system: "ID=ubuntu\nVERSION_ID=20.04\n", systemd: "245.4-4",
            arguments: "systemd.unified_cgroup_hierarchy", docker: "19.03.15", verdict: .fail),
        Case(
            name: "all of v1 switched off", system: "ID=ubuntu\nVERSION_ID=20.04\n", systemd: "245.4-4",
            arguments: "cgroup_no_v1=all", docker: "19.03.15", verdict: .fail),
        Case(
            name: "an argument that systemd 219 does not know", system: amazonLinux2, systemd: "219-78",
            arguments: "systemd.unified_cgroup_hierarchy=1", docker: "19.03.15", verdict: .pass, says: "cgroup v1"),
        Case(
            name: "agent#3127: an agent before 1.61 on v2", agent: "1.60.0-1", verdict: .fail,
            says: "knows from 1.61.0 on"),
        Case(
            name: "the same agent on v1", system: amazonLinux2, systemd: "219-78", agent: "1.60.0-1", verdict: .pass),
        Case(
            name: "v1 of a systemd that refuses it", systemd: "257.9-1",
            arguments: "systemd.unified_cgroup_hierarchy=0",
            verdict: .fail, says: "256 or newer) refuses to boot"),
        Case(
            name: "v1 of it by force", systemd: "257.9-1",
            arguments: "systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1", verdict: .pass),
        Case(
            name: "a systemd that knows v2 alone", systemd: "258.1-1", arguments: "systemd.unified_cgroup_hierarchy=0",
            verdict: .pass, says: "cgroup v2"),
        Case(name: "systemd's groups on v2", entries: systemdDriver, verdict: .pass),
        Case(
            name: "systemd's groups on v1", system: amazonLinux2, systemd: "219-78", entries: systemdDriver,
            verdict: .fail, says: "takes slices alone and refuses them"),
        Case(
            name: "the same without limits of jobs", system: amazonLinux2, systemd: "219-78",
            entries: systemdDriver.merging(["/etc/ecs/ecs.config": "ECS_ENABLE_TASK_CPU_MEM_LIMIT=false\n"]) { $1 },
            verdict: .pass),
        Case(
            name: "Docker's own groups on v2", entries: ownDriver, verdict: .fail,
            says: "the limits of the job do not hold"),
        Case(
            name: "Docker's own groups on v1", system: amazonLinux2, systemd: "219-78", entries: ownDriver,
            verdict: .pass),
        Case(name: "no Docker", docker: "", verdict: .notApplicable),
    ]

    @Test(arguments: cases)
    func `control groups are held against Docker and the agent`(row: Case) throws {
        let finding = Rule.cgroups.evaluate(try Self.facts(row), .test)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        #expect(row.says.isEmpty || finding.message.contains(row.says), "\(finding.message)")
        #expect(finding.level == .recommended)
    }

    private static func facts(_ row: Case) throws -> Facts {
        let packages = [
            ("systemd", row.systemd), ("docker-ce", row.docker.isEmpty ? nil : "\(row.docker)-1"),
            ("amazon-ecs-init", row.agent),
        ]
        let entries: [String: LiteralEntry] = [
            "/etc/os-release": .text(row.system),
            "/boot/vmlinuz-6.1.0-1-amd64": .bytes(WholeImage.kernelImage("6.1.0-1-amd64")),
            "/boot/extlinux/extlinux.conf": .text(
                "DEFAULT linux\nLABEL linux\n  LINUX /boot/vmlinuz-6.1.0-1-amd64\n  APPEND root=/dev/xvda1 ro \(row.arguments)\n"
            ),
            "/usr/lib/systemd/systemd": .executable(),
            "/var/lib/dpkg/status": .text(
                packages.compactMap { name, version in
                    version.map { "Package: \(name)\nStatus: install ok installed\nVersion: \($0)\n" }
                }.joined(separator: "\n")),
        ]
        return Facts(in: RootFilesystem(entries.merging(row.entries) { $1 }))
    }
}
