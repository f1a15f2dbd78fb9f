import ImageReading
import TestSupport
import Testing

@Suite struct RootFilesystemTests {
    static let osRelease = Want.contents("/etc/os-release")

    @Test func relativeLinkIsFollowedInsideTheRoot() throws {
        let root = RootFilesystem([
            "/etc/os-release": .link("../usr/lib/os-release"), "/usr/lib/os-release": "ID=amzn\n",
        ])
        let file = try #require(root[Self.osRelease].value)
        #expect(file.realPath == "/usr/lib/os-release")
        #expect(try file.lines().map(\.text) == ["ID=amzn"])
        #expect(root.linkTarget(of: "/etc/os-release").value == "../usr/lib/os-release")
    }

    struct Case: Sendable {
        let name: String
        let entries: [String: LiteralEntry]
        let code: Problem.Code?
    }

    @Test(arguments: [
        Case(name: "absent", entries: ["/etc": .directory], code: nil),
        Case(name: "dangling", entries: ["/etc/os-release": .link("../usr/lib/os-release")], code: .danglingLink),
        Case(name: "loop", entries: ["/etc/os-release": .link("os-release")], code: .linkLoop),
        Case(name: "directory", entries: ["/etc/os-release/x": "x"], code: .notRegularFile),
        Case(name: "fifo", entries: ["/etc/os-release": .other], code: .notRegularFile),
        Case(name: "large", entries: ["/etc/os-release": .sized(1 << 30)], code: .tooLarge),
        Case(name: "denied", entries: ["/etc/os-release": .unreadable(.permissionDenied)], code: .permissionDenied),
        Case(name: "closed", entries: ["/etc": .unreadableDirectory(.permissionDenied)], code: .permissionDenied),
        Case(name: "file as directory", entries: ["/etc": "text"], code: nil),
    ])
    func absentAndUnreadableAreDifferentAnswers(row: Case) throws {
        let answer = try LiteralSource(row.entries).root([Self.osRelease])[Self.osRelease]
        #expect(answer.problem?.code == row.code, "\(row.name)")
        #expect(answer.isAbsent == (row.code == nil), "\(row.name)")
    }

    @Test func linksAndDotsNeverLeaveTheRoot() {
        let root = RootFilesystem([
            "/a": .link("../../../../b"), "/b/x": "inside", "/c": .link("/b/../../b/./x"),
        ])
        #expect(root[.contents("/a/x")].value?.realPath == "/b/x")
        #expect(root[.contents("/c")].value?.realPath == "/b/x")
    }

    /// One meaning of "answered": what is known not to be there, and what is kept of what is.
    @Test func aQuestionIsOpenWhereItsAnswerWasNotKept() throws {
        let source = LiteralSource([
            "/etc/x.conf": .text(String(repeating: "x", count: 50)), "/etc/large.conf": .sized(200),
            "/etc/h": .text(String(repeating: "h", count: 20)), "/etc/link": .link("/srv/file"), "/srv/file": "file",
            "/etc/dangling": .link("/opt/none"), "/opt": .directory, "/usr/lib/a": "a", "/a/b/c": "c", "/a/file": "f",
        ])
        let wants: [Want] = [
            .contents("/etc/*.conf", upTo: 100), .head("/etc/h", bytes: 10), .names("/usr/**"), .contents("/a/*/c"),
        ]
        let answered: [Want] = [
            .contents("/etc/x.conf", upTo: 1000), .contents("/etc/none.conf"), .names("/etc/a*.conf"),
            .head("/etc/x.conf", bytes: 5), .contents("/etc/large.conf", upTo: 100), .head("/etc/h", bytes: 9),
            .names("/usr/lib/**"), .names("/usr/none"), .contents("/a/b/c"), .contents("/a/file/below"),
            .contents("/no/such/directory"), .names("/no/such/*"), .names("/etc/link"), .names("/etc/dangling"),
        ]
        for want in answered {
            let root = try source.load(wants)
            _ = root.files(want)
            #expect(root.openQuestions == [], "\(want)")
        }
        let open: [(Want, [Want])] = [
            (.contents("/etc/large.conf", upTo: 200), [.contents("/etc/large.conf", upTo: 200)]),
            (.head("/etc/h", bytes: 11), [.head("/etc/h", bytes: 11)]), (.names("/etc/*"), [.names("/etc/*")]),
            (.names("/etc/**"), [.names("/etc/**")]), (.contents("/etc/none"), [.contents("/etc/none")]),
            (.contents("/etc/link"), [.contents("/srv/file")]),
            (.contents("/etc/dangling"), [.contents("/opt/none")]), (.names("/a/b/*"), [.names("/a/b/*")]),
            (.contents("/usr/lib/a"), [.contents("/usr/lib/a")]),
        ]
        for (want, expected) in open {
            let root = try source.load(wants)
            _ = root.files(want)
            #expect(root.openQuestions == expected, "\(want)")
        }
        let root = try source.load(wants)
        #expect(root.linkTarget(of: "/etc/h").isAbsent && root.openQuestions == [])
        #expect(root.linkTarget(of: "/srv/other").problem?.code == .notRequested)
        #expect(root.resolve("/etc/link").problem?.code == .notRequested)
        #expect(root.openQuestions == [.names("/srv/other"), .names("/srv/file")])
    }

    @Test func whatNobodyWantedIsUnreadableNotAbsent() throws {
        let source: LiteralSource = ["/etc/os-release": "ID=x\n", "/etc/other": "x", "/opt": .directory]
        let root = try source.load([Self.osRelease])
        #expect(root[.contents("/etc/other")].problem?.code == .notRequested)
        #expect(root[.contents("/etc/nothing")].problem?.code == .notRequested)
        #expect(root.names(.names("/opt/*")).problem?.code == .notRequested)
        #expect(root.resolve("/etc/nothing").problem?.code == .notRequested)
    }

    @Test func patternsAreAnsweredThroughLinkedDirectories() throws {
        let units = Want.contents("/lib/systemd/system/*.service")
        let source: LiteralSource = [
            "/lib": .link("usr/lib"), "/usr/lib/systemd/system/a.service": "[Unit]\n",
            "/usr/lib/systemd/system/b.socket": "[Unit]\n",
        ]
        let root = try source.root([units])
        #expect(root.files(units).compactMap(\.value).map(\.path) == ["/lib/systemd/system/a.service"])
        let below = Want.names("/usr/**")
        #expect(try source.root([below]).names(below).value?.count == 5)
    }
}
