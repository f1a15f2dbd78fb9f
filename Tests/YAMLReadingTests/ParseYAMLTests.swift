import ByteParsing
import Foundation
import Testing

@testable import YAMLReading

@Suite struct ParseYAMLTests {
    static func parse(_ text: String) throws(FormatError) -> YAMLNode? {
        try parseYAML(Array(text.utf8))
    }

    @Test func valuesKnowLineAndColumn() throws {
        let root = try #require(try Self.parse("a: 1\nlist:\n  - x\n  - \"true\"\nflag: yes\nnone:\n"))
        #expect(root["a"]?.text == "1")
        #expect(root["list"]?.items?.map(\.text) == ["x", "true"])
        #expect(root["list"]?.items?[1].line == 4)
        #expect(root["list"]?.items?[1].column == 5)
        #expect(root["list"]?.items?[1].bool == nil)
        #expect(root["flag"]?.bool == true)
        #expect(root["none"]?.isNull == true)
        #expect(root["absent"] == nil)
    }

    @Test func laterKeysAndOwnKeysWinOverMergedOnes() throws {
        let text = "base: &b {x: 1, y: 2}\nother: &o {x: 9, z: 3}\nmine:\n  <<: [*b, *o]\n  y: 5\n"
        let mine = try #require(try Self.parse(text)?["mine"])
        #expect(["x", "y", "z"].map { mine[$0]?.text } == ["1", "5", "3"])
        #expect(try Self.parse("k: 1\nk: 2\n")?["k"]?.text == "2")
    }

    @Test(arguments: ["", "\n", "# only a comment\n", "---\n"])
    func anEmptyFileHoldsNothing(text: String) throws {
        let root = try Self.parse(text)
        #expect(root == nil || root?.isNull == true)
    }

    @Test(arguments: [
        ("a: [1\n", FormatError.Code.malformed), ("a: *nobody\n", .malformed), ("a: 1\n---\nb: 2\n", .malformed),
        ("\u{1}", .malformed), ("a:\n\t- x\n", .malformed), ("<<: 3\n", .malformed),
        (String(repeating: "[", count: 5000), .limitExceeded),
        (String(repeating: "- ", count: 100) + "x\n", .limitExceeded),
    ])
    func badTextIsAnError(text: String, code: FormatError.Code) {
        #expect { try Self.parse(text) } throws: { ($0 as? FormatError)?.code == code }
    }

    @Test func aSmallAliasBombIsRefused() {
        var text = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for (name, before) in zip("bcdefghi", "abcdefgh") {
            text += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ",") + "]\n"
        }
        #expect { try Self.parse(text) } throws: { ($0 as? FormatError)?.code == .limitExceeded }
    }

    @Test func invalidUTF8IsAnErrorWithItsOffset() {
        #expect { try parseYAML([0x61, 0x3a, 0x20, 0xff, 0x0a]) } throws: { ($0 as? FormatError)?.offset == 3 }
    }

    @Test func everyTruncationAnswersOrThrows() {
        let text = Array("a: &x {b: [1, \"two\", 'three']}\nc: |\n  text\n  more\nd: *x\n<<: {e: ~}\n".utf8)
        for length in 0...text.count {
            do throws(FormatError) { _ = try parseYAML(Array(text.prefix(length))) } catch {
                #expect(error.code == .malformed)
            }
        }
    }
}
