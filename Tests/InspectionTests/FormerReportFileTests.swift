/// Former reports: what is none of this version's is refused with what to do.

import BatchRules
import ImageReading
import Inspection
import Reporting
import TestSupport
import Testing

@Suite struct FormerReportFileTests {
    @Test(
        "what is no report of findings is refused",
        arguments: [
            ("", "a report of 'amilint check -o json' expected"),
            ("[]", "a report of 'amilint check -o json' expected"),
            (#"{"formatVersion": 1}"#, "a report of 'amilint check -o json' expected"),
            (#"{"formatVersion": 999}"#, "format 999 found; write it again with this version"),
        ])
    func refused(text: String, message: String) {
        let error = #expect(throws: SettingsError.self) { try FormerReport(Array(text.utf8)) }
        #expect(error.map { "\($0)".contains(message) } == true, "\(String(describing: error))")
    }

    @Test("a fact that could not be read is not taken for one that is gone")
    func unreadable() throws {
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        func inspected(_ entries: [String: LiteralEntry], since former: FormerReport? = nil) throws -> Report {
            let report = try observe(LiteralSource(entries)).report(by: .batch, under: policy)
            return former.map { $0.compared(with: report) } ?? report
        }
        var entries = try WholeImage.debian()
        let before = try FormerReport(Array(ReportFormat.json.render(inspected(entries)).utf8))
        #expect(try inspected(entries, since: before).comparison?.changedFacts == [])
        entries["/etc/os-release"] = .link("os-release")
        let now = try inspected(entries, since: before)
        #expect(now.comparison?.changedFacts.first?.name == "distribution")
        #expect(now.comparison?.changedFacts.first?.after == "could not be read")
        entries = [:]
        let nothing = try inspected(entries, since: before).comparison?.changedFacts ?? []
        #expect(nothing.count == 4 && nothing.allSatisfy { $0.after == nil && $0.before != nil }, "\(nothing)")
    }
}
