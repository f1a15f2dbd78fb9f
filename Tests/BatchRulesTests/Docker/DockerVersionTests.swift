import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct DockerVersionTests {
    struct Case: Sendable {
        let entries: [String: LiteralEntry]
        let verdict: Verdict.Kind
        let says: String
    }

    private static func package(_ name: String, _ version: String) -> [String: LiteralEntry] {
        ["/var/lib/dpkg/status": "Package: \(name)\nStatus: install ok installed\nVersion: \(version)\n"]
    }

    @Test(arguments: [
        Case(
            entries: package("docker-ce", "5:27.3.1-1~debian"), verdict: .pass, says: "docker-ce 5:27.3.1-1~debian is"),
        Case(entries: package("docker-engine", "1.9.0-0~trusty"), verdict: .pass, says: "1.9.0"),
        Case(entries: package("docker-engine", "1.10.3-0~trusty"), verdict: .pass, says: "1.10.3"),
        Case(
            entries: package("docker-engine", "1.8.3-0~trusty"), verdict: .fail,
            says: "docker-engine 1.8.3-0~trusty is older than 1.9"),
        Case(entries: package("docker", "1.5-1"), verdict: .fail, says: "none found; looked at /var/lib/dpkg/status"),
        Case(entries: ["/etc/passwd": ""], verdict: .fail, says: "/usr/bin/dockerd"),
        Case(
            entries: ["/usr/bin/dockerd": .executable("ELF")], verdict: .undetermined,
            says: "version cannot be read: /usr/bin/dockerd: a Go program expected"),
        Case(
            entries: ["/var/lib/rpm/Packages": .bytes([0])], verdict: .undetermined, says: "/var/lib/rpm/Packages"),
    ])
    func `Docker 1.9 or newer passes, an older or no daemon fails, an unreadable one leaves it open`(row: Case) {
        let facts = Facts(in: RootFilesystem(row.entries))
        let policy = Policy(today: CalendarDay(year: 2026, month: 11, day: 24))
        let finding = Rule.dockerVersion.evaluate(facts, policy)
        #expect(finding.verdict == row.verdict)
        #expect(finding.message.contains(row.says), "\(finding.message)")
        let isFound = !row.says.contains("looked at") && row.entries["/etc/passwd"] == nil
        #expect(finding.evidence.isEmpty != isFound)
    }
}
