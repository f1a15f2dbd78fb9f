/// Archives whose members contradict, repeat or hide behind each other: what extracting them would leave is read.

import ImageReading
import TestSupport
import Testing

@Suite struct ArchiveTreeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let members: [TarMember]
        let want: Want
        /// The text of the file, `-` where it is absent, or the code of the problem.
        let answer: String
        var testDescription: String { name }

        init(_ name: String, _ members: [TarMember], _ want: Want, _ answer: String) {
            self.name = name
            self.members = members
            self.want = want
            self.answer = answer
        }

        init(_ name: String, _ members: [TarMember], _ answer: String) {
            self.init(name, members, .contents("/etc/x"), answer)
        }
    }

    static let rows: [Row] = [
        Row("the last member of a name wins", [.file("etc/x", "old"), .file("etc/x", "new")], "new"),
        Row(
            "a link wins over the file before it", [.file("etc/x", "old"), .link("etc/x", "y"), .file("etc/y", "y")],
            "y"),
        Row(
            "a file wins over the link before it", [.link("etc/x", "y"), .file("etc/y", "y"), .file("etc/x", "x")], "x"),
        Row(
            "a file nobody wants takes a link's name",
            [.link("srv", "etc"), .file("etc/x", "x"), .file("srv", "text")], .contents("/srv/x"), "-"),
        Row(
            "a directory's second header does not empty it",
            [.directory("etc"), .file("etc/x", "kept"), .directory("etc")], "kept"),
        Row(
            "a directory replaced by a link loses its files",
            [.directory("etc"), .file("etc/x", "lost"), .link("etc", "usr/etc"), .directory("usr/etc")], "-"),
        Row(
            "a directory replaced by a link leads on",
            [.file("etc/x", "lost"), .file("usr/etc/x", "found"), .link("etc", "usr/etc")], "found"),
        Row(
            "a directory replaced by a file loses its files",
            [.file("etc/x", "lost"), .file("etc", ""), .file("usr/a", "")], "-"),
        Row(
            "a link replaced by a directory is one",
            [.file("usr/etc/x", "there"), .link("etc", "usr/etc"), .directory("etc"), .file("etc/y", "")], "-"),
        Row(
            "a member below a relative link",
            [.directory("usr/lib"), .link("lib", "usr/lib"), .file("lib/x", "below")], .contents("/usr/lib/x"), "below"),
        Row(
            "a member below an absolute link",
            [.directory("usr/lib"), .link("lib", "/usr/lib"), .file("lib/x", "below")], .contents("/usr/lib/x"), "below"
        ),
        Row(
            "a member below two links",
            [.directory("usr/lib"), .link("lib", "usr/lib"), .link("usr/lib/a", "b"), .file("lib/a/x", "below")],
            .contents("/usr/lib/b/x"), "below"),
        Row(
            "a member below a link that leads nowhere yet",
            [.link("etc", "usr/etc"), .file("etc/x", "made")], .contents("/usr/etc/x"), "made"),
        Row(
            "a member below a link that leads outside",
            [.directory("usr"), .link("etc", "../../../etc2"), .file("etc/x", "inside")], .contents("/etc2/x"), "inside"
        ),
        Row("a member below a loop", [.link("etc", "etc2"), .link("etc2", "etc"), .file("etc/x", "won")], "won"),
        Row("a member below a file", [.file("etc", "text"), .file("etc/x", "won")], "won"),
        Row("a member with dots in its path", [.file("./usr/../etc/./x", "dots")], "dots"),
        Row("a member that points above the root", [.file("../../etc/x", "clamped")], "clamped"),
        Row(
            "dots behind a link",
            [.directory("usr/share/a"), .link("usr/b", "share/a"), .file("usr/b/../x", "up")],
            .contents("/usr/share/x"), "up"),
        Row("an absolute member", [.file("/etc/x", "absolute")], "absolute"),
        Row("slashes doubled", [.file("etc//x", "doubled")], "doubled"),
        Row("a link before its target", [.link("etc/x", "../srv/y"), .file("srv/y", "y"), .directory("etc")], "y"),
        Row("a link behind its target", [.file("srv/y", "y"), .link("etc/x", "../srv/y")], "y"),
        Row(
            "a link through a directory link",
            [.file("srv/real/y", "y"), .link("srv/dir", "real"), .link("etc/x", "/srv/dir/y")], "y"),
        Row(
            "a hard link to a wanted file", [.file("etc/x", "x"), .hardLink("etc/y", "etc/x")], .contents("/etc/y"), "x"
        ),
        Row("a hard link to a file nobody wants", [.file("srv/y", "y"), .hardLink("etc/x", "srv/y")], "y"),
        Row(
            "a hard link keeps what its target was",
            [.file("srv/y", "old"), .hardLink("etc/x", "srv/y"), .file("srv/y", "new")], "old"),
        Row(
            "a hard link to a symbolic link", [.link("srv/y", "z"), .file("etc/z", "z"), .hardLink("etc/x", "srv/y")],
            "z"),
        Row(
            "a hard link through a directory link",
            [.file("usr/lib/y", "y"), .link("lib", "usr/lib"), .hardLink("etc/x", "lib/y")], "y"),
        Row("a hard link to itself", [.file("etc/x", "x"), .hardLink("etc/x", "etc/x")], "x"),
        Row("a hard link to nothing", [.file("etc/y", ""), .hardLink("etc/x", "srv/gone")], "danglingLink"),
        Row("a hard link to a directory", [.directory("etc"), .hardLink("etc/x", "etc")], "malformed"),
        Row("a link to the null device, which is not in the archive", [.link("etc/x", "/dev/null")], "danglingLink"),
        Row("a link to the null device", [.nullDevice("dev/null"), .link("etc/x", "/dev/null")], "notRegularFile"),
        Row("a loop", [.link("etc/x", "y"), .link("etc/y", "x")], "linkLoop"),
        Row("a wanted file that is a directory", [.directory("etc/x")], "notRegularFile"),
        Row("a file larger than wanted", [.file("etc/x", "12345")], .contents("/etc/x", upTo: 4), "tooLarge"),
        Row("the beginning of a file", [.file("etc/x", "12345")], .head("/etc/x", bytes: 4), "1234"),
        Row(
            "a name longer than ustar holds",
            [.file("etc/" + String(repeating: "n", count: 150), "long")],
            .contents(ImagePath("etc/" + String(repeating: "n", count: 150))), "long"),
        Row(
            "a link target longer than ustar holds",
            [
                .file("etc/" + String(repeating: "n", count: 150), "long"),
                .link("etc/x", String(repeating: "n", count: 150)),
            ], "long"),
    ]

    @Test(arguments: rows)
    func namesLeadToInodes(row: Row) throws {
        let directory = try TemporaryDirectory()
        let plain = tar([.directory("usr")] + row.members)
        let path = try directory.write("image", plain)
        let root = try openImage(at: path).root([row.want])
        #expect(short(root[row.want]) == row.answer)
        // With everything wanted at once no second pass is needed, and the answer is the same.
        let all = try openImage(at: path).root([row.want, .contents("/**")])
        #expect(short(all[row.want]) == row.answer)
    }

    @Test func namesThatUnicodeHoldsEqualStayApart() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("image", tar([.file("etc/e\u{301}", "two"), .file("etc/\u{E9}", "one")]))
        let root = try openImage(at: path).root([.contents("/etc/*")])
        #expect(root.files(.contents("/etc/*")).map(short) == ["two", "one"])
    }

    @Test func namesTooDeepOrTooLongAreUnreadableAndTheRestStands() throws {
        let deep = String(repeating: "d/", count: 3000)
        let long = String(repeating: "l", count: 200) + "/"
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "image",
            tar([
                .file("etc/x", "x"), .file("etc/deep/" + deep + "x", "deep"),
                .file("etc/long/" + String(repeating: long, count: 30) + "x", "long"),
                .link("etc/deep/" + deep + "l", "/etc/x"), .hardLink("etc/deep/" + deep + "h", "/etc/x"),
                .directory("etc/deep/" + deep + "a"),
            ]))
        let wants: [Want] = [
            .contents("/etc/x"), .contents("/etc/**"), .contents(ImagePath("/etc/deep/" + deep + "x")),
        ]
        let root = try openImage(at: path).root(wants)
        #expect(short(root[wants[0]]) == "x")
        #expect(short(root[wants[2]]) == "tooLarge")
        #expect(root.files(wants[1]).compactMap(\.problem?.code).contains(.tooLarge))
        #expect(root.names(.names("/etc/long/**")).problem?.code == .tooLarge)
    }

    @Test func linksThatMultiplyEndAtALimit() throws {
        let links = (0..<60).map { TarMember.link("etc/\($0)", ".") }
        let directory = try TemporaryDirectory()
        let path = try directory.write("image", tar([.directory("etc")] + links))
        let want = Want.contents("/etc/*/*/*/*/*/*/*")
        let root = try openImage(at: path).root([want])
        #expect(root.files(want).contains { $0.problem?.code == .tooLarge })
    }
}

func short(_ file: Observation<File>) -> String {
    switch file {
    case .present(let file, _): String(decoding: file.bytes, as: UTF8.self)
    case .absent: "-"
    case .unreadable(_, let problem): "\(problem.code)"
    }
}
