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

    @Test func whatIsCovered() {
        let patterns = PatternSet([
            .contents("/etc/*.conf", upTo: 100), .head("/etc/h", bytes: 10), .names("/usr/**"),
            .contents("/a/*/c", upTo: 1),
        ])
        let covered: [ImagePath] = [
            "/etc/x.conf", "/etc/*.conf", "/etc/a*.conf", "/etc/h", "/etc", "/usr/lib/**", "/usr/lib/x", "/usr/*/x",
            "/a/b/c", "/a/b", "/a/*",
        ]
        let uncovered: [ImagePath] = ["/etc/x", "/etc/*", "/etc/**", "/a/b/*", "/a/**", "/var"]
        for path in covered { #expect(patterns.covers(path), "\(path)") }
        for path in uncovered { #expect(!patterns.covers(path), "\(path)") }
    }
}
