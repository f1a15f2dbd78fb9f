import ByteParsing
import ImageReading
import TestSupport
import Testing

@testable import Startup

@Suite struct UnitFileTests {
    static func file(_ bytes: [UInt8]) throws -> File {
        let root = RootFilesystem(["/etc/systemd/system/x.service": .bytes(bytes)])
        return try #require(root[.contents("/etc/systemd/system/x.service")].value)
    }

    static func directives(_ text: String) throws -> [String] {
        UnitFile(try file(Array(text.utf8))).directives.map { "\($0.line) \($0.section) \($0.key)=\($0.value)" }
    }

    @Test(arguments: [
        ("[Unit]\nA=b\n", ["2 Unit A=b"]),
        ("\u{FEFF}[Unit]\r\n  A =  b c \r\n", ["2 Unit A=b c"]),
        ("A=before\n[Unit]\nnonsense\n=x\n;A=1\n#A=2\nA=\n", ["7 Unit A="]),
        ("[S]\nA=b \\\n  c \\\n# between\n  d\nE=f", ["2 S A=b  c  d", "6 S E=f"]),
        ("[S]\nA=b\\\\\nC=d\\", ["2 S A=b\\\\", "3 S C=d"]),
        ("[S]\nA=b=c\n[ T ]\nA=x", ["2 S A=b=c", "4  T  A=x"]),
    ])
    func readsAsSystemdDoes(text: String, expected: [String]) throws {
        #expect(try Self.directives(text) == expected)
    }

    @Test(arguments: [
        ("[Unit]\rA=b\rC=d\r", ["1 Unit A=b", "1 Unit C=d"]),
        ("[Unit]\nA=b\n\0\n[Service]\nC=d\0E=f\n", ["2 Unit A=b", "5 Service C=d", "5 Service E=f"]),
    ])
    func carriageReturnsAndNULBytesEndALine(text: String, expected: [String]) throws {
        #expect(try Self.directives(text) == expected)
    }

    @Test func aHeaderThatIsNotClosedEndsTheFileForSystemdAndIsReadAllTheSame() throws {
        let file = UnitFile(try Self.file(Array("[Unit]\nA=b\n[Service\nC=d\n".utf8)))
        #expect(file.error?.refusal == .openHeader)
        #expect(file.error?.evidence.line == 3)
        #expect(file.directives.map(\.section) == ["Unit", "Service"])
        #expect(file.directives(asDropInOf: .unknown).map(\.key) == ["A"])
    }

    @Test func aLineThatIsNotUTF8EndsTheFileAndACommentDoesNot() throws {
        let line = UnitFile(try Self.file(Array("[Unit]\nA=".utf8) + [0xFF, 0x0A]))
        #expect(line.error?.refusal == .notUTF8)
        let header = UnitFile(try Self.file([0x5B, 0xFF, 0x5D, 0x0A]))
        #expect(header.error?.refusal == .notUTF8)
        let nothing = UnitFile(try Self.file(Array("[Unit]\n".utf8) + [0xE2, 0x82, 0x0A]))
        #expect(nothing.error?.refusal == .notUTF8)
        #expect(UnitFile(try Self.file(Array("[Unit]\nDescription=é €\n".utf8))).error == nil)
        let comment = UnitFile(try Self.file(Array("[Unit]\n#".utf8) + [0xFF, 0x0A]))
        #expect(comment.error == nil)
    }

    @Test func bytesWithoutAnAssignmentAreNoText() throws {
        let file = try Self.file([0x7F, 0x45, 0x4C, 0x46, 0])
        let error = #expect(throws: FormatError.self) { try UnitFile.read(file) }
        #expect(error?.offset == 4)
    }

    @Test func everyTruncationIsRead() throws {
        let text = Array("\u{FEFF}[Unit]\nA=b \\\n# c\n  d\n\n[Service]\r\nExecStart=/bin/sh -c 'x'\n".utf8)
        for count in 0...text.count {
            let file = UnitFile(try Self.file(Array(text.prefix(count))))
            #expect(file.directives.allSatisfy { $0.line <= 8 })
        }
    }

    @Test func evidenceKeepsSecretsBack() throws {
        let text = """
            [Service]
            Environment="ECS_ENGINE_AUTH_DATA={\\"x\\": \\"hunter2\\"}" AWS_SECRET_ACCESS_KEY=hunter2 ECS_CLUSTER=batch
            ExecStart=/usr/bin/docker run --env=TOKEN=hunter2 -e PASSWORD=hunter2 -eKEY=hunter2 --name=ecs-agent \\
             -e 'A=hunter2 hunter2' --registry-token=hunter2 image
            ExecStart=/bin/sh -c "docker login -p X=hunter2"

            """
        let directives = UnitFile(try Self.file(Array(text.utf8))).directives
        let shown = directives.map { $0.evidence(showing: ShownKeys(["ECS_CLUSTER"])).text }
        #expect(!shown.joined().contains("hunter2"), "\(shown)")
        #expect(!directives.map(\.evidence.text).joined().contains("batch"))
        #expect(shown[0].contains("ECS_CLUSTER=batch"))
        #expect(shown[1].contains("--name=ecs-agent"))
    }
}
