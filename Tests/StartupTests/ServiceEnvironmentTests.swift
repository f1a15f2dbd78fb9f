import ImageReading
import TestSupport
import Testing

@testable import Startup

@Suite struct ServiceEnvironmentTests {
    static func environment(_ unit: String, _ more: [String: LiteralEntry] = [:]) throws -> Observation<Environment> {
        let path = "/etc/systemd/system/x.service"
        let source = LiteralSource([path: .text(unit)].merging(more) { $1 })
        func startup(_ wants: [Want]) throws -> ImageStartup {
            ImageStartup(
                in: try source.root(wants), kernel: .absent(searched: []),
                showing: ShownKeys(["ECS_CLUSTER"]))
        }
        let first = try startup(ImageStartup.wants)
        let files = try #require(first.boot.unit("x.service").value.map(first.units.environmentFiles))
        let again = try startup(ImageStartup.wants + files)
        return again.environment(of: try #require(again.boot.unit("x.service").value))
    }

    static func pairs(_ unit: String, _ more: [String: LiteralEntry] = [:]) throws -> [String] {
        try #require(try environment(unit, more).value).settings.map { "\($0.key)=\($0.value)" }
    }

    @Test(arguments: [
        ("Environment=A=b \"C=d e\" 'F=[\"g\"]'", ["A=b", "C=d e", "F=[\"g\"]"]),
        ("Environment=A=b\nEnvironment=\nEnvironment=C=%p.%%", ["C=x.%"]),
        ("Environment=A=1\nEnvironment=A=2\nUnsetEnvironment=A=1", ["A=2"]),
        ("Environment=A=1 B=2\nUnsetEnvironment=B", ["A=1"]),
        ("Environment=nonsense 1A=b A-B=c", []),
        ("EnvironmentFile=/etc/env\nEnvironment=A=unit", ["A=unit", "A=file"]),
        ("EnvironmentFile=-/etc/none\nEnvironmentFile=/run/hidden", []),
        ("EnvironmentFile=/etc/none\nEnvironmentFile=\nEnvironmentFile=/etc/env", ["A=file"]),
    ])
    func layersAsSystemdDoes(service: String, expected: [String]) throws {
        let found = try Self.pairs(
            "[Service]\n\(service)\nExecStart=/bin/true\n", ["/etc/env": "A=file\n", "/run/hidden": "H=1\n"])
        #expect(found == expected)
    }

    /// systemd's own test of this parser, in part (src/test/test-env-file.c), and what is found in the wild.
    @Test(arguments: [
        ("a=a\n a = b \n", ["a=a", "a=b"]),
        ("a=\"x y\"\nb='x \\n'\nc=\"x\\\"y\\\\z\\q\"\n", ["a=x y", "b=x \\n", "c=x\"y\\z\\q"]),
        ("# c\n; d\na=b # no comment\n", ["a=b # no comment"]),
        ("a=b\\\nc\nd=\"e\\\nf\"\n", ["a=bc", "d=ef"]),
        ("a=x\"y\"\nb=\"x\"y\n", ["a=x\"y\"", "b=xy"]),
        ("export a=b\nnonsense\n=x\n1a=b\n", []),
        ("a='b' 'c'\n", ["a=bc"]),
        ("a=\nb=\r\nc=d\r\n", ["a=", "b=", "c=d"]),
        ("a=\"open\nb=c\"\n", ["a=open\nb=c"]),
        ("\u{FEFF}a=b", ["a=b"]),
    ])
    func environmentFilesAreReadAsSystemdReadsThem(text: String, expected: [String]) throws {
        let found = try Self.pairs(
            "[Service]\nEnvironmentFile=/etc/env\nExecStart=/bin/true\n", ["/etc/env": .text(text)])
        #expect(found == expected)
    }

    @Test func anUnreadableFileIsNotAnEmptyOne() throws {
        let unit = "[Service]\nEnvironmentFile=-/etc/env\nExecStart=/bin/true\n"
        #expect(
            try Self.environment(unit, ["/etc/env": .unreadable(.permissionDenied)]).problem?.code == .permissionDenied)
        #expect(try Self.environment(unit, ["/etc/env": .bytes([65, 61, 0])]).problem?.code == .malformed)
        #expect(try Self.environment(unit, ["/etc/env": .link("/etc/gone")]).problem?.code == .danglingLink)
    }

    @Test func aFileThatIsMadeAtBootLeavesTheEnvironmentOpen() throws {
        func isOpen(_ settings: String) throws -> Bool? {
            try Self.environment("[Service]\n\(settings)\nExecStart=/bin/true\n").value?.isOpen
        }
        #expect(try isOpen("Environment=A=b\nEnvironmentFile=-/etc/none") == false)
        for settings in ["EnvironmentFile=-/run/made", "EnvironmentFile=/etc/%H", "PassEnvironment=A"] {
            #expect(try isOpen(settings) == true, "\(settings)")
        }
    }

    @Test func valuesStayOutOfTheEvidence() throws {
        let found = try Self.environment("[Service]\nEnvironment=SECRET=hunter2 ECS_CLUSTER=c\nExecStart=/bin/true\n")
        #expect(found.evidence.map(\.text) == ["SECRET=…", "ECS_CLUSTER=c"])
    }
}
