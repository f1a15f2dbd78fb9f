/// The audit in a spreadsheet: a row an image, a column a rule, and no formula.

import BatchRules
import Testing

@testable import Reporting

@Suite struct AuditCSVTests {
    private func rows(_ names: [String]) throws -> [Substring] {
        let images = try names.map { try judged($0, [("ecs-agent", .fail("none"))]) }
        return try AuditFormat.csv.text(audit(images)).split(separator: "\n").dropFirst().map { $0 }
    }

    @Test(
        "a cell is quoted where it has to be, and is no formula",
        arguments: [
            ("a.tar", "a.tar"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@SUM(A1)", "\"'@SUM(A1)\""), ("\t=1", "\\t=1"), ("a\nb", "a\\nb"),
            ("it's", "\"it's\""), ("größe", "größe"),
        ])
    func cells(name: String, cell: String) throws {
        let row = try #require(rows([name]).first)
        #expect(row.hasPrefix(cell + ",fail,,,,Amazon Linux 2023,"), "\(row)")
    }

    @Test("every row has a cell for each column; what was not judged is empty")
    func columns() throws {
        let lines = try AuditFormat.csv.text(
            audit([judged("a", [("ecs-agent", .fail("none"))]), unreadable("b", "why")])
        )
        .split(separator: "\n")
        let head = lines[0].split(separator: ",").map(String.init)
        #expect(head.prefix(3) == ["image", "verdict", "error"])
        #expect(head.suffix(RuleCatalog.batch.rules.count) == RuleCatalog.batch.rules.map(\.id)[...])
        for line in lines { #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == head.count) }
        let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(cells[try #require(head.firstIndex(of: "ecs-agent"))] == "fail")
        #expect(lines[2].hasPrefix("b,unreadable,truncated: why,,"))
    }
}
