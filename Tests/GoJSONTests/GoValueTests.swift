import ByteParsing
import Foundation
import GoJSON
import TestSupport
import Testing

@Suite struct GoValueTests {
    /// What Go itself said of each text: testdata/scripts/go-json-answers.go.
    static func answers() throws -> [(text: [UInt8], whole: String, first: String)] {
        try String(contentsOf: TestData.url("go-json/answers.tsv"), encoding: .utf8).split(separator: "\n").map {
            line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(columns.count == 3)
            let digits = Array(columns[0].utf8)
            let text = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
            return (text, String(columns[1]), String(columns[2]))
        }
    }

    static func dump(_ json: GoValue) -> String {
        func text(_ string: String) -> String {
            "s" + string.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        switch json.kind {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .number(let number): return "n" + number
        case .string(let string): return text(string)
        case .array(let elements): return "[" + elements.map(dump).joined(separator: ",") + "]"
        case .object(let members):
            let last = Dictionary(members.map { (text($0.name), dump($0.value)) }) { $1 }
            return "{" + last.map { "\($0):\($1)" }.sorted().joined(separator: ",") + "}"
        }
    }

    @Test func readsWhatGoReadsAndRefusesWhatGoRefuses() throws {
        let answers = try Self.answers()
        #expect(answers.count > 1000)
        for answer in answers {
            let whole = (try? GoValue.unmarshal(answer.text)).map(Self.dump) ?? "E"
            #expect(whole == answer.whole, "unmarshal of \(String(decoding: answer.text, as: UTF8.self))")
            let first: String
            do {
                first = try GoValue.decodeFirst(answer.text).map(Self.dump) ?? "EOF"
            } catch {
                first = "E"
            }
            #expect(first == answer.first, "decoding of \(String(decoding: answer.text, as: UTF8.self))")
        }
    }

    @Test func everyValueKnowsItsPlace() throws {
        let json = try GoValue.unmarshal(Array("{\n  \"a\": [1,\n    \"x\"],\n\n  \"b\"\n:\n null}".utf8))
        let members = try #require(json.members)
        #expect(members.map(\.line) == [2, 5])
        #expect(members.map(\.value.line) == [2, 7])
        #expect(members[0].value.elements?.map(\.line) == [2, 3])
        #expect(members[0].value.elements?.map(\.offset) == [10, 17])
        #expect(json.line == 1 && json.offset == 0)
    }

    struct Damage: Sendable {
        let text: String
        let code: FormatError.Code
        let offset: Int
        let reason: String
        let line: Int
    }

    @Test(arguments: [
        Damage(
            text: "{\n\"a\": 1,\n}",
            code: .malformed,
            offset: 10,
            reason: "a member's name in double quotes expected, \"}\" found",
            line: 3
        ),
        Damage(
            text: "[1",
            code: .truncated,
            offset: 2,
            reason: "\",\" or \"]\" after an element expected, the end of the text found",
            line: 1
        ),
        Damage(
            text: "\u{FEFF}{}",
            code: .malformed,
            offset: 0,
            reason: "a JSON value expected, byte 0xEF found",
            line: 1
        ),
        Damage(
            text: "{} x",
            code: .malformed,
            offset: 3,
            reason: "the end of the text expected, \"x\" found",
            line: 1
        ),
        Damage(
            text: "\n\"\u{1}\"",
            code: .malformed,
            offset: 2,
            reason: "a printable character or an escape in a string expected, byte 0x01 found",
            line: 2
        ),
    ])
    func errorsSayWhereAndWhat(_ row: Damage) {
        let bytes = Array(row.text.utf8)
        let error = #expect(throws: FormatError.self) { try GoValue.unmarshal(bytes) }
        #expect(error == FormatError(row.code, row.reason, at: row.offset))
        #expect(GoValue.line(of: error?.offset ?? 0, in: bytes) == row.line)
    }

    @Test func truncationAtEveryLengthIsAnErrorOrAValue() throws {
        let text = Array(#"{"a": [1.5e-3, "\u00e9\ud83d\ude00 €", null, true], "b": {"c": {}}} "#.utf8)
        for length in 0..<text.count - 1 {
            #expect(throws: FormatError.self) { try GoValue.unmarshal(Array(text.prefix(length))) }
        }
        #expect(try GoValue.unmarshal(text).members?.count == 2)
    }

    @Test func depthAndNumberOfValuesHaveLimits() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(String(repeating: "[", count: depth).utf8) + Array(String(repeating: "]", count: depth).utf8)
        }
        for depth in [GoValue.keptDepth, GoValue.keptDepth + 1, GoValue.depthLimit] {
            var value: GoValue? = try GoValue.unmarshal(nested(depth))
            var kept = 0
            while let array = value?.elements {
                kept += 1
                value = array.first
            }
            #expect(kept == min(depth, GoValue.keptDepth + 1))
        }
        for depth in [GoValue.depthLimit + 1, 500_000] {
            let error = #expect(throws: FormatError.self) { try GoValue.unmarshal(nested(depth)) }
            #expect(error?.code == .malformed)
        }
        let open = Array(String(repeating: "{\"a\":", count: 200_000).utf8)
        #expect(throws: FormatError.self) { try GoValue.decodeFirst(open) }
        let many = Array(("[" + String(repeating: "[],", count: GoValue.valueLimit) + "[]]").utf8)
        let error = #expect(throws: FormatError.self) { try GoValue.unmarshal(many) }
        #expect(error?.code == .limitExceeded)
    }

    @Test func structFieldsMatchInAnyCaseAndMapKeysExactly() throws {
        let json = try GoValue.unmarshal(
            Array(#"{"Cluster": 1, "CLUSTER": 2, "clu\u017fter": 3, "kind": 4, "\u212AIND": 5}"#.utf8)
        )
        #expect(json.members(ofField: "Cluster").map(\.value.kind) == [.number("1"), .number("2"), .number("3")])
        #expect(json.members(ofField: "Kind").map(\.value.kind) == [.number("4"), .number("5")])
    }
}
