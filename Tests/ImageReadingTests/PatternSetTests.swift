import Testing

@testable import ImageReading

@Suite struct PatternSetTests {
    @Test(arguments: [
        ("a.service", "*.service", true), (".service", "*.service", true), ("a.services", "*.service", false),
        ("abc", "a*c", true), ("ac", "a*c", true), ("abcb", "a*c", false), ("anything", "*", true), ("", "*", true),
        ("aab", "*a*b", true), ("x", "**", true), ("a*b", "a*b", true), ("vmlinuz-6.1", "vmlinuz-*", true),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*c", false),
    ])
    func oneComponent(name: String, pattern: String, isMatch: Bool) {
        #expect(matches(name, pattern: Array(pattern.utf8)) == isMatch)
    }

    @Test func whatIsKept() {
        let patterns = PatternSet([
            .contents("/etc/*.conf", upTo: 100), .head("/etc/a.conf", bytes: 10), .names("/usr/**"),
            .contents("/usr/lib/x", upTo: 5),
        ])
        func kept(_ path: ImagePath, size: Int) -> Int? {
            patterns.kept(path.components.reduce(patterns.start) { patterns.advance($0, $1) })?.bytes(ofSize: size)
        }
        #expect(kept("/etc/b.conf", size: 100) == 100)
        #expect(kept("/etc/b.conf", size: 101) == 0)
        #expect(kept("/etc/a.conf", size: 101) == 10)
        #expect(kept("/etc/other", size: 1) == nil)
        #expect(kept("/etc", size: 1) == 0)
        #expect(kept("/usr/any/where", size: 1) == 0)
        #expect(kept("/usr/lib/x", size: 5) == 5)
    }

    @Test func whatIsAnswered() {
        let patterns = PatternSet([
            .contents("/etc/*.conf", upTo: 100), .head("/etc/h", bytes: 10), .names("/usr/**"),
            .contents("/a/*/c", upTo: 1),
        ])
        let answered: [Want] = [
            .contents("/etc/x.conf", upTo: 100), .contents("/etc/x.conf", upTo: 1), .names("/etc/x.conf"),
            .names("/etc/*.conf"), .contents("/etc/a*.conf", upTo: 7), .head("/etc/h", bytes: 9),
            .contents("/etc/h", upTo: 10),
            .names("/usr/lib/**"), .names("/usr/lib/x"), .names("/usr/*/x"), .contents("/a/b/c", upTo: 1),
        ]
        let unanswered: [Want] = [
            .contents("/etc/x.conf", upTo: 101), .head("/etc/x.conf", bytes: 1), .names("/etc/*"), .names("/etc/**"),
            .head("/etc/h", bytes: 11), .contents("/etc/h", upTo: 11), .contents("/usr/x", upTo: 1), .names("/a/b/*"),
            .names("/var"),
        ]
        for want in answered { #expect(patterns.answers(want), "\(want)") }
        for want in unanswered { #expect(!patterns.answers(want), "\(want)") }
    }
}
