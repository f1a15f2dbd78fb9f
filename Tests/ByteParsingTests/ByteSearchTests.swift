import ByteParsing
import Testing

@Suite struct ByteSearchTests {
    @Test(
        arguments: [
            ("", 0, nil), ("a", 0, nil), ("\n", 0, 0), ("\n", 1, nil), ("a\nb\n", 0, 1), ("a\nb\n", 1, 1),
            ("a\nb\n", 2, 3),
            ("a\nb\n", 4, nil), (String(repeating: "a", count: 1000) + "\n", 7, 1000),
        ] as [(String, Int, Int?)])
    func `a byte is found where it stands first from a place on`(text: String, start: Int, place: Int?) {
        #expect(Array(text.utf8).firstIndex(of: UInt8(ascii: "\n"), from: start) == place)
    }

    @Test(
        arguments: [
            ("", "", true), ("", "a", false), ("ab", "", true), ("ab", "ab", true), ("ab", "abc", false),
            ("/usr/libexec/amazon-ecs-init", "ecs", true), ("\u{301}e\u{301}cs", "e", true), ("a\0b", "\0b", true),
        ] as [(String, String, Bool)])
    func `a text holds another where its bytes stand in it`(text: String, part: String, isHeld: Bool) {
        #expect(text.holds(part) == isHeld)
    }
}
