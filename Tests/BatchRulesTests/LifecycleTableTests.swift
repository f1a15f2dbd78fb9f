/// The built-in ends of support, held equal to the data they are written from.

import Foundation
import Testing

@testable import BatchRules

@Suite struct LifecycleTableTests {
    private struct Document: Decodable {
        struct Distribution: Decodable {
            let id: String
            let version: String
            let end_of_support: CalendarDay
            let aws_batch_end: CalendarDay?
        }
        let as_of: CalendarDay
        let distributions: [Distribution]
    }

    @Test func isTheDataOfTestdata() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "testdata/data/end-of-life.json"))
        let document = try JSONDecoder().decode(Document.self, from: data)
        #expect(LifecycleTable.builtIn.date == document.as_of)
        let rows = document.distributions.map {
            LifecycleTable.Row(
                id: $0.id, version: $0.version, endOfSupport: $0.end_of_support, batchEnd: $0.aws_batch_end)
        }
        #expect(rows.count > 20)
        #expect(LifecycleTable.builtIn.rows == rows)
    }
}
