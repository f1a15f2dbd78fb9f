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
        #expect(root.linkTarget(of: "/etc/os-release") == "../usr/lib/os-release")
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
        let answer = try LiteralSource(row.entries).load([Self.osRelease]) { _ in [] }[Self.osRelease]
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

    @Test func whatNobodyWantedIsUnreadableNotAbsent() throws {
        let source: LiteralSource = ["/etc/os-release": "ID=x\n", "/etc/other": "x"]
        let root = try source.load([Self.osRelease]) { _ in [] }
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
        let root = try source.load([units]) { _ in [] }
        #expect(root.files(units).compactMap(\.value).map(\.path) == ["/lib/systemd/system/a.service"])
        let below = Want.names("/usr/**")
        #expect(try source.load([below]) { _ in [] }.names(below).value?.count == 5)
    }
}
