/// What Go itself said of JSON texts that are stored in its types.

import Foundation

/// Rows of testdata/go-json/types.tsv, which testdata/scripts/go-type-answers.go wrote.
package func goTypeAnswers() throws -> [(type: String, text: [UInt8], answer: String)] {
    try String(contentsOf: TestData.url("go-json/types.tsv"), encoding: .utf8).split(separator: "\n").map { line in
        let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard columns.count == 3 else { throw CocoaError(.fileReadCorruptFile) }
        let digits = Array(columns[1].utf8)
        let text = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        return (String(columns[0]), text, String(columns[2]))
    }
}
