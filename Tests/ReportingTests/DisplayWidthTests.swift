/// Columns are counted as terminals count them.

import Testing

@testable import Reporting

@Suite struct DisplayWidthTests {
    @Test(
        "a text takes the columns that a terminal gives it",
        arguments: [
            ("", 0), ("abc", 3), ("Grüße", 5), ("日本語", 6), ("한국", 4), ("ｆｕｌｌ", 8), ("e\u{301}", 1), ("👍", 2), ("…", 1),
            ("·", 1),
        ])
    func width(text: String, columns: Int) {
        #expect(displayWidth(text) == columns)
    }
}
