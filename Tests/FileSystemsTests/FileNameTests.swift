import FileSystems
import Testing

@Suite struct FileNameTests {
    @Test(arguments: [
        (Array("plain".utf8), "plain"), ([0x63, 0xE9], "c\\xE9"), ([0xFF, 0xFE], "\\xFF\\xFE"),
        ([0xC3, 0xA9], "\u{E9}"), ([0xC3], "\\xC3"), ([0xC3, 0x28], "\\xC3("), ([0xE2, 0x82], "\\xE2\\x82"),
        ([0x61, 0xF0, 0x9F, 0x98, 0x80, 0x80], "a\u{1F600}\\x80"), ([0xED, 0xA0, 0x80], "\\xED\\xA0\\x80"), ([], ""),
    ])
    func bytesBecomeTextAndBack(bytes: [UInt8], text: String) {
        #expect(fileName(bytes) == text)
        #expect(unescapedFileName(text) ?? Array(text.utf8) == bytes)
    }

    @Test func escapesThatNoNameGivesAreLeftAlone() {
        // systemd's own escapes are of ASCII; they are names as they stand.
        #expect(unescapedFileName("system-systemd\\x2dcryptsetup.slice") == nil)
        #expect(
            unescapedFileName("\\x") == nil && unescapedFileName("\\xZZ") == nil && unescapedFileName("\\x+9") == nil)
    }
}
