/// The grammar of LVM's texts, and what is none.

import ByteParsing
import TestSupport
import Testing

@testable import DiskImages

struct LVMTextTests {
    private static func text(_ text: String) throws(FormatError) -> LVMText { try LVMText(Array(text.utf8)[...]) }

    @Test func `sections hold values and sections`() throws {
        let text = try Self.text(
            """
            # comment { "
            a = 12 b="x \\"y\\" \\\\"c = 'single "quotes"'\t# comment
            list = ["pv0", 0, "pv-1",7 ] empty = []
            inner{ deep { a = -3 } a = word }
            inner { a = "second" }
            """)
        #expect(try text.number("a") == 12)
        #expect(try text.string("b") == #"x "y" \"# && text.string("c") == #"single "quotes""#)
        #expect(text.list("list") == [.string("pv0"), .number(0), .string("pv-1"), .number(7)])
        #expect(text.list("list", has: "pv-1") && !text.list("list", has: "pv1") && text.list("empty") == [])
        #expect(text.sections.map(\.name) == ["inner", "inner"])
        #expect(try text.section("inner")?.string("a") == "word")
        let deep = text.section("inner")?.section("deep")
        #expect(deep?.list("a") == [.number(-3)])
        #expect(throws: FormatError.self) { try deep?.number("a") }
        #expect(throws: FormatError.self) { try text.number("b") }
        #expect(throws: FormatError.self) { try text.string("none") }
    }

    @Test func `a text ends with its first NUL`() throws {
        #expect(try Self.text("a = 1\n\0}}}").number("a") == 1)
    }

    @Test(arguments: [
        "}", "a", "a =", "a = }", "= 1", "a {", "a { b = 1", "a = [1", "a = [{]", "a = \"open", "a = 1x", "a = 1.5",
        "a = 99999999999999999999", "{ }", "a = 1 ]",
        String(repeating: "a {", count: 10_000) + String(repeating: "}", count: 10_000),
        String(repeating: "a=1 ", count: 150_000), "a = [" + String(repeating: "1,", count: 1_000_000) + "]",
    ]) func `what is no such text is refused`(text: String) {
        let error = #expect(throws: FormatError.self) { try Self.text(text) }
        #expect([.malformed, .limitExceeded].contains(error?.code))
    }

    @Test func `a text that is cut anywhere is refused`() throws {
        var group = MadeVolumeGroup(physical: [("pv0", String(repeating: "p", count: 32), 8, "")])
        group.add("root", [(2, linear("pv0", 0))])
        let whole = Array(group.text.utf8)
        #expect(try VolumeGroup(whole[...]).logicalVolumes.map(\.name) == ["root"])
        for count in 0...whole.count - 2 {
            #expect(throws: FormatError.self) { try VolumeGroup(whole[..<count]) }
        }
    }
}
