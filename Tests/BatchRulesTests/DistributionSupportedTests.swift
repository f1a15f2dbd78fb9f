/// distribution-supported: the later of the image's own date and the data's, on the day that is given.

import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct DistributionSupportedTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(verdict): \(says.joined(separator: ", "))" }
        let release: String
        var today = "2026-11-24"
        let verdict: Verdict.Kind
        let says: [String]
    }

    @Test(arguments: [
        Case(
            release: "ID=amzn\nVERSION_ID=2023\nSUPPORT_END=2028-03-15\n", verdict: .pass,
            says: ["supported until 2029-06-30", "os-release says 2028-03-15", "the data of 2026-11-23 say 2029-06-30"]),
        Case(
            release: "ID=amzn\nVERSION_ID=2\nSUPPORT_END=2025-06-30\n", verdict: .fail,
            says: ["ended on 2026-06-30", "os-release says 2025-06-30", "say 2026-06-30", "today is 2026-11-24"]),
        Case(release: "ID=amzn\nVERSION_ID=2\n", today: "2026-06-30", verdict: .pass, says: ["2026-06-30"]),
        Case(release: "ID=amzn\nVERSION_ID=2\n", today: "2026-07-01", verdict: .fail, says: ["2026-06-30"]),
        Case(
            release: "ID=amzn\nVERSION_ID=2\nSUPPORT_END=2030-01-01\n", verdict: .pass,
            says: ["supported until 2030-01-01"]),
        Case(
            release: "ID=amzn\nVERSION_ID=2018.03\n", verdict: .fail,
            says: ["AWS Batch ended its own support on 2023-06-30"]),
        Case(release: "ID=amzn\nVERSION_ID=2018.03\n", today: "2023-07-15", verdict: .fail, says: ["2023-06-30"]),
        Case(release: "ID=amzn\nVERSION_ID=2017.09\n", verdict: .fail, says: ["2023-12-31"]),
        Case(release: "ID=rhel\nVERSION_ID=8.10\n", verdict: .pass, says: ["2029-05-31"]),
        Case(release: "ID=debian\nVERSION_ID=12\n", verdict: .pass, says: ["2028-06-30"]),
        Case(
            release: "ID=debian\nVERSION_ID=8\n", verdict: .fail,
            says: ["older than 9, whose support ended on 2022-06-30"]),
        Case(release: "ID=ubuntu\nVERSION_ID=\"14.04\"\n", verdict: .fail, says: ["older than 16.04"]),
        Case(
            release: "ID=debian\nVERSION_ID=14\n", verdict: .undetermined,
            says: ["ends stands neither in os-release nor in the data"]),
        Case(release: "ID=debian\n", verdict: .undetermined, says: ["stands neither in os-release"]),
        Case(release: "ID=ubuntu\nVERSION_ID=23.10\n", verdict: .fail, says: ["ended on 2024-07-11"]),
        Case(release: "ID=ubuntu\nVERSION_ID=26.10\n", verdict: .pass, says: ["supported until 2027-07-15"]),
        Case(
            release: "NAME=\"CentOS Stream\"\nID=centos\nVERSION_ID=8\nPRETTY_NAME=\"CentOS Stream 8\"\n",
            verdict: .fail, says: ["ended on 2024-05-31"]),
        Case(
            release: "NAME=\"CentOS Linux\"\nID=centos\nVERSION_ID=8\nPRETTY_NAME=\"CentOS Linux 8\"\n",
            verdict: .fail, says: ["ended on 2021-12-31"]),
        Case(
            release: "NAME=\"CentOS Stream\"\nVERSION=9\nID=centos\nVERSION_ID=9\n", verdict: .pass,
            says: ["2027-05-31"]),
        Case(release: "ID=ol\nVERSION_ID=7.9\n", verdict: .fail, says: ["ended on 2024-12-31"]),
        Case(release: "ID=ol\nVERSION_ID=8.10\n", verdict: .pass, says: ["2029-07-31"]),
        Case(release: "ID=alpine\nVERSION_ID=3.1.2\n", verdict: .fail, says: ["older than 3.8"]),
        Case(release: "ID=alpine\nVERSION_ID=3.20.7\n", verdict: .fail, says: ["ended on 2026-04-01"]),
        Case(release: "ID=alpine\nVERSION_ID=3.22.1\n", verdict: .pass, says: ["2027-05-01"]),
        Case(release: "ID=opensuse-leap\nVERSION_ID=15.6\n", verdict: .fail, says: ["ended on 2026-04-30"]),
        Case(release: "ID=opensuse-leap\nVERSION_ID=16.0\n", verdict: .pass, says: ["2027-10-31"]),
        Case(release: "ID=opensuse\nVERSION_ID=42.3\n", verdict: .fail, says: ["ended on 2019-07-01"]),
        // A release that is updated for ever has no such date.
        Case(
            release: "ID=opensuse-tumbleweed\nVERSION_ID=20261101\n", verdict: .undetermined,
            says: ["stands neither in os-release"]),
        Case(release: "ID=sles\nVERSION_ID=15\n", verdict: .fail, says: ["ended on 2019-12-31"]),
        Case(release: "ID=sles\nVERSION_ID=15.3\n", verdict: .fail, says: ["ended on 2022-12-31"]),
        Case(release: "ID=sles\nVERSION_ID=15.8\n", verdict: .undetermined, says: ["stands neither in os-release"]),
        Case(
            release: "ID=fedora\nVERSION_ID=42\nSUPPORT_END=2026-05-13\n", verdict: .fail, says: ["ended on 2026-05-13"]
        ),
        Case(release: "ID=fedora\nVERSION_ID=44\nSUPPORT_END=2027-06-01\n", verdict: .pass, says: ["2027-06-01"]),
        Case(
            release: "ID=fedora\nVERSION_ID=44\nSUPPORT_END=soon\n", verdict: .undetermined,
            says: ["SUPPORT_END soon, which is no date"]),
        Case(release: "ID=sles\nVERSION_ID=15.7\n", verdict: .pass, says: ["2031-07-31"]),
    ])
    func judges(row: Case) throws {
        let facts = Facts(in: RootFilesystem(["/etc/os-release": .text(row.release)]))
        let policy = Policy(today: try #require(CalendarDay(row.today)))
        let finding = Rule.distributionSupported.evaluate(facts, policy)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
    }

    @Test func isUndeterminedWhereTheDistributionIs() {
        let policy = Policy(today: LinuxDistributionTests.today)
        for entries in [["/etc/passwd": ""], ["/etc/os-release": .bytes([0])]] as [[String: LiteralEntry]] {
            let finding = Rule.distributionSupported.evaluate(Facts(in: RootFilesystem(entries)), policy)
            #expect(finding.verdict == .undetermined)
        }
    }
}
