/// Former reports: what is none of this version's is refused with what to do.

import Inspection
import Reporting
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
}
