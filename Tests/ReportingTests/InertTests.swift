/// Text from an image cannot command a terminal.

import Testing

@testable import Reporting

@Suite struct InertTests {
    @Test(
        "characters that act come out as escapes",
        arguments: [
            ("plain text, \"quotes\" and \\ stay", "plain text, \"quotes\" and \\ stay"),
            ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("del\u{7f}", "del\\u{7f}"),
            ("user\u{202e}txt.exe", "user\\u{202e}txt.exe"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("a\u{2028}b\u{2029}c", "a\\u{2028}b\\u{2029}c"),
            ("tag \u{e0041}", "tag \\u{e0041}"),
            ("Grüße, 日本語, 👍", "Grüße, 日本語, 👍"),
            ("\u{0}", "\\u{0}"),
            ("::error::a, :::stop-commands::b", "::\\u{65}rror::\\u{61}, :::\\u{73}top-commands::\\u{62}"),
            ("##[error]a ##vso[b] ##teamcity[c]", "##\\u{5b}error]a ##vso\\u{5b}b] ##teamcity\\u{5b}c]"),
            ("::1, a::2, ## x [y], #[z], #a[b], ::", "::1, a::2, ## x [y], #[z], #a[b], ::"),
        ])
    func escapes(text: String, expected: String) {
        #expect(inert(text) == expected)
    }
}
