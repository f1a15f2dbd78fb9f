/// linux-distribution on every kind of root, with the policy's list and with AMI metadata.

import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct LinuxDistributionTests {
    static let today = CalendarDay(year: 2026, month: 11, day: 24)

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(verdict): \(says)" }
        let entries: [String: LiteralEntry]
        var policy = Policy(today: today)
        let verdict: Verdict.Kind
        let says: String
    }

    private static func allowing(_ names: String...) -> Policy {
        Policy(today: today, parameters: ["linux-distribution": names])
    }

    private static let windows = Policy(today: today, amiMetadata: AMIMetadata(platform: "windows"))

    @Test(arguments: [
        Case(
            entries: ["/etc/os-release": "ID=amzn\nVERSION_ID=2023\nPRETTY_NAME=\"Amazon Linux 2023\"\n"],
            verdict: .pass,
            says: "Amazon Linux 2023 (amzn 2023) is a Linux distribution"),
        Case(entries: ["/usr/lib/os-release": "NAME=Yocto\n"], verdict: .pass, says: "Yocto (linux)"),
        Case(
            entries: ["/etc/system-release": "Amazon Linux AMI release 2014.09\n"], verdict: .pass, says: "amzn 2014.09"
        ),
        Case(entries: ["/Windows/System32/ntdll.dll": "x"], verdict: .fail, says: "the image is Windows"),
        Case(
            entries: ["/etc/os-release": "ID=debian\n"], policy: windows, verdict: .fail,
            says: "platform windows; the image itself is debian"),
        Case(entries: ["/etc/os-release": "ID=freebsd\nVERSION_ID=14.1\n"], verdict: .fail, says: "freebsd 14.1"),
        Case(
            entries: ["/etc/os-release": "PRETTY_NAME=\"Redox OS 0.9.0\"\nVERSION_ID=\"0.9.0\"\nID=\"redox-os\"\n"],
            verdict: .fail, says: "Redox OS 0.9.0 (redox-os 0.9.0) is no Linux distribution"),
        Case(
            entries: ["/etc/os-release": "PRETTY_NAME=\"GhostBSD 23.10.1\"\nID=\"ghostbsd\"\n"], verdict: .fail,
            says: "GhostBSD 23.10.1 (ghostbsd) is no Linux"),
        Case(entries: ["/etc/os-release": "ID=fork\nID_LIKE=\"freebsd\"\n"], verdict: .fail, says: "fork is no Linux"),
        // Names that look like those and are Linux: Debian's derivative, a distribution that nobody has heard of.
        Case(entries: ["/etc/os-release": "ID=endless\nID_LIKE=debian\n"], verdict: .pass, says: "endless is a Linux"),
        Case(entries: ["/etc/os-release": "ID=redux\n"], verdict: .pass, says: "redux is a Linux distribution"),
        Case(
            entries: ["/bin/busybox": .bytes(KernelFile.elf(machine: 62))], verdict: .undetermined,
            says: "no distribution names itself; looked at /etc/os-release, /usr/lib/os-release"),
        Case(
            entries: ["/etc/os-release": .bytes([0, 1, 2])], verdict: .undetermined,
            says: "/etc/os-release: offset 0: text expected"),
        Case(
            entries: ["/etc/os-release": "ID=amzn\nVERSION_ID=2023\n"], policy: allowing("debian", "amzn 2023"),
            verdict: .pass,
            says: "amzn 2023"),
        Case(
            entries: ["/etc/os-release": "ID=rhel\nVERSION_ID=9.4\n"], policy: allowing("rhel 9"), verdict: .pass,
            says: "rhel 9.4"),
        Case(
            entries: ["/etc/os-release": "ID=amzn\nVERSION_ID=2\n"], policy: allowing("amzn 2023", "debian"),
            verdict: .fail,
            says: "is none that the policy allows (amzn 2023, debian)"),
    ])
    func judges(row: Case) throws {
        let facts = try LiteralSource(row.entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.linuxDistribution.evaluate(facts, row.policy)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        #expect(finding.message.contains(row.says), "\(finding.message)")
    }

    @Test func namesTheVolumeOfADiskWithWindows() throws {
        let disk = DiskLayout(
            partitionTable: "gpt",
            volumes: [
                DiskLayout.Volume(number: 1, type: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", format: "vfat"),
                DiskLayout.Volume(number: 2, type: "e3c9e316-0b5c-4db8-817d-f92df00215ae", format: nil),
                DiskLayout.Volume(
                    number: 3, type: "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", format: "ntfs", mountPoint: .root),
            ], bootCode: .unknown)
        let facts = try LiteralSource(["/": .unreadable(.unsupported)], disk: disk).read(Facts.wants) { Facts(in: $0) }
            .value
        let finding = Rule.linuxDistribution.evaluate(facts, Policy(today: Self.today))
        #expect(finding.verdict == .fail && finding.message.contains("the image is Windows: partition 3 is NTFS"))
        #expect(
            finding.evidence.map(\.text) == [
                "partition 2: of type Microsoft reserved", "partition 3: ntfs, of type Microsoft basic data",
            ])
        #expect(Rule.kernelVersion.evaluate(facts, Policy(today: Self.today)).verdict == .notApplicable)
        #expect(facts.isDiskAlone)
    }

    @Test func leavesTheOtherRulesNotApplicableOnWindows() throws {
        let facts = try LiteralSource(["/bootmgr": "x"]).read(Facts.wants) { Facts(in: $0) }.value
        #expect(Rule.kernelVersion.evaluate(facts, Policy(today: Self.today)).verdict == .notApplicable)
    }
}
