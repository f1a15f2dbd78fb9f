import Foundation
import Testing

import GoJSON

@Suite struct GoTypeTests {
    /// What Go itself said: testdata/scripts/go-type-answers.go.
    static func answers() throws -> [(type: String, text: [UInt8], answer: String)] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../testdata/go-json/types.tsv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(columns.count == 3)
            let digits = Array(columns[1].utf8)
            let text = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
            return (String(columns[0]), text, String(columns[2]))
        }
    }

    static let types: [String: GoType] = [
        "text": .text, "bool": .bool, "conditional": .conditional, "uint16": .integer(0...65535),
        "int8": .integer(-128...127), "int64": .integer(Int.min...Int.max), "texts": .texts, "ports": .ports,
        "textMap": .textMap, "prefix": .prefix, "prefixes": .prefixes, "object": .object, "anything": .anything,
    ]

    @Test func storesWhatGoStores() throws {
        var count = 0
        for row in try Self.answers() where row.type != "drivers" {
            let type = try #require(Self.types[row.type])
            let mismatch = type.mismatch(try GoValue.unmarshal(row.text))
            #expect(
                (mismatch == nil) == (row.answer == "ok"),
                "\(row.type) from \(String(decoding: row.text, as: UTF8.self)): Go says \(row.answer)")
            count += 1
        }
        #expect(count > 500)
    }

    @Test func decodesLogDriversAsTheAgentDoes() throws {
        var count = 0
        for row in try Self.answers() where row.type == "drivers" {
            let text = String(decoding: row.text, as: UTF8.self)
            let answer: String
            switch LogDrivers.decode(text) {
            case .nothing: answer = "unset"
            case .names(let names):
                answer = names.map { name in
                    "s" + name.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                }.joined(separator: ",")
            }
            #expect(answer == row.answer, "\(text)")
            count += 1
        }
        #expect(count > 30)
    }
}
