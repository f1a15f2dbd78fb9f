/// The JSON of this program is laid out as Foundation's is, and escapes besides what acts on a terminal.

import BatchRules
import Foundation
import Testing

@testable import Reporting

@Suite struct JSONTextTests {
    /// A value of every shape that can be encoded.
    private struct Shapes: Encodable {
        struct Nothing: Encodable {}
        enum Case: Encodable {
            case bare
            case held(Int, named: String)
        }

        let text: String
        let number = -12
        let largest = UInt32.max
        let truth = true
        let leftOut: String? = nil
        @OrNull var nothing: String?
        @OrNull var something: Int?
        let empty = Nothing()
        let none: [Int] = []
        let lists = [[1, 2], [], [3]]
        let gaps: [Int?] = [1, nil]
        var byName = ["b": true, "a10": false, "a9": true, "B": true, "e\u{301}": false, "f": true]
        let cases = [Case.bare, .held(1, named: "x")]
        let days = [CalendarDay("2026-11-24")]

        init(_ text: String) {
            self.text = text
            (nothing, something) = (nil, 1)
            byName[text] = true
        }
    }

    /// What Foundation writes of a value, and then every character escaped that must be.
    private func expected(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        var command = LogCommand()
        return String(decoding: try encoder.encode(value), as: UTF8.self).unicodeScalars.map { scalar in
            guard command.begins(with: scalar) || scalar.value >= 0x7f && scalar.isActive else { return String(scalar) }
            return String(scalar).utf16.map { "\\u" + String(String(Int($0) + 0x10000, radix: 16).dropFirst()) }
                .joined()
        }.joined() + "\n"
    }

    @Test("any text in any place comes out as Foundation writes it", arguments: HostileReportTests.tricks)
    func texts(text: String) throws {
        let value = Shapes(text)
        #expect(try jsonText(value) == expected(value, .prettyPrinted))
        #expect(try jsonLine(value) == expected(value, []))
        #expect(try JSONDecoder().decode([String].self, from: Data(jsonLine([text]).utf8)) == [text])
    }

    @Test("whole reports come out as Foundation writes them")
    func reports() throws {
        for report in [try fullReport(), try report(everyKind), try report([]), try HostileReportTests.hostile()] {
            let value = ReportJSON(report)
            #expect(try jsonText(value) == expected(value, .prettyPrinted))
            #expect(try jsonLine(value) == expected(value, []))
        }
    }

    @Test("a number that is not whole, or too large, is refused")
    func numbers() {
        #expect(throws: EncodingError.self) { try jsonText([1.5]) }
        #expect(throws: EncodingError.self) { try jsonText([UInt64.max]) }
    }
}
