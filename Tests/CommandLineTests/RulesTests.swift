/// The catalog on the command line, and the README's copy of it.

import Foundation
import Testing

@Suite struct RulesTests {
    @Test("the README shows what 'amilint rules' prints")
    func readme() throws {
        let outcome = try Workplace().amilint("rules")
        #expect(outcome.status == 0)
        let readme = try String(contentsOf: testdata.appending(path: "../README.md"), encoding: .utf8)
        #expect(
            readme.contains("\n```\n" + outcome.output + "```\n"), "README.md: the output of 'amilint rules' expected")
    }
}
