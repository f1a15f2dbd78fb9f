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

    @Test("every rule is explained in full, in 80 columns")
    func explained() throws {
        let work = try Workplace()
        let table = try work.amilint("rules").output
        let ids = table.split(separator: "\n").dropFirst().compactMap {
            $0.hasPrefix(" ") ? nil : $0.split(separator: " ").first
        }
        #expect(ids.count >= 23)
        for id in ids {
            let outcome = try work.amilint("rules \(id)")
            #expect(outcome.status == 0)
            for heading in ["Asks", "Why", "Decided by", "To mend it", "Documented"] {
                #expect(outcome.output.firstMatch(of: try Regex("\n\(heading)\n    \\S")) != nil, "\(id): \(heading)")
            }
            // An address stays whole, so that it can be followed.
            #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("://") }, "\(id)")
        }
    }
}
