import Testing

@testable import ImageFacts

struct GoDurationTests {
    @Test(arguments: [
        ("30s", true), ("-1.5h", true), ("+1h30m", true), (".5s", true), ("1.s", true), ("1ns", true), ("1us", true),
        ("1\u{B5}s", true), ("1\u{3BC}s", true), ("1m0s", true), ("0", false), ("0s", false), ("0h0m", false),
        ("0.1ns", false), ("", false), ("-", false), ("30", false), ("s", false), (".s", false), ("1.5.5s", false),
        ("1 s", false), (" 1s", false), ("1d", false), ("1s30", false), ("3000000h", false),
    ])
    func `a text is a duration where Go's ParseDuration takes it, and for more than no time`(
        text: String, isDuration: Bool
    ) {
        #expect(isDurationToGo(text) == isDuration, "\(text)")
    }
}
