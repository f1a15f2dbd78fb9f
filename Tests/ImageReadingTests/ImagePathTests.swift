import ImageReading
import Testing

@Suite struct ImagePathTests {
    @Test(arguments: [
        ("/etc/x", "/etc/x"), ("./etc//x", "/etc/x"), ("etc/x/", "/etc/x"), ("/", "/"), ("", "/"), (".", "/"),
        ("..", "/"),
        ("/../../etc", "/etc"), ("/etc/../usr/./lib", "/usr/lib"), ("/etc/..", "/"), ("//etc", "/etc"),
        ("/etc/.", "/etc"),
        ("/etc/...", "/etc/..."), ("/etc/.x", "/etc/.x"), ("/etc/..x", "/etc/..x"), ("/etc/x..", "/etc/x.."),
        ("/a/\u{301}b", "/a/\u{301}b"), ("a/\u{301}/../c", "/a/c"),
    ])
    func everySpellingIsOnePath(spelling: String, path: String) {
        #expect(ImagePath(spelling).text == path)
        #expect(ImagePath(spelling) == ImagePath(path))
    }

    @Test func partsOfPaths() {
        let path: ImagePath = "/usr/lib/os-release"
        #expect(path.components == ["usr", "lib", "os-release"])
        #expect(path.name == "os-release" && path.parent == "/usr/lib")
        #expect(ImagePath("/usr").parent == .root && ImagePath.root.parent == .root && ImagePath.root.name == "")
        #expect(ImagePath.root.components == [])
        // A combining character makes no other character of the slash before it.
        #expect(ImagePath("/a/\u{301}b").components.map { $0.utf8.count } == [1, 3])
        #expect(ImagePath("/a/\u{301}b").parent == "/a")
    }

    @Test func pathsBelowOthers() {
        #expect(
            ImagePath("/etc/x").isWithin("/etc") && ImagePath("/etc").isWithin("/etc")
                && ImagePath("/etc").isWithin(.root))
        #expect(!ImagePath("/etcetera").isWithin("/etc") && !ImagePath("/").isWithin("/etc"))
    }

    @Test func bytesTellPathsApart() {
        #expect(ImagePath("/e\u{301}") != ImagePath("/\u{E9}"))
        #expect(Set<ImagePath>(["/e\u{301}", "/\u{E9}"]).count == 2)
        #expect(
            [ImagePath("/\u{E9}"), "/e\u{301}", "/a-b", "/a/b", "/a"].sorted() == [
                "/a", "/a-b", "/a/b", "/e\u{301}", "/\u{E9}",
            ])
    }
}
