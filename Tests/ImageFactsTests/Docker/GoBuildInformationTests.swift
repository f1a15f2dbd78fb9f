import ByteParsing
import Foundation
import Testing

@testable import ImageFacts

struct GoBuildInformationTests {
    /// What the linker wrote into a real dockerd, and nothing else of it.
    private static func section(_ name: String) throws -> [UInt8] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let file = tests.appending(path: "../../../testdata/go-build-information/\(name)").standardized
        return [UInt8](try Data(contentsOf: file))
    }

    @Test func `the version that the linker was given is read out of a real dockerd's build information`() throws {
        let information = try GoBuildInformation(program: try Self.section("dockerd-20.10.24"))
        #expect(information.goVersion == "go1.19.8")
        #expect(information.dockerVersion == "20.10.24+dfsg1")
    }

    @Test func `a real dockerd built with -trimpath keeps no version`() throws {
        let information = try GoBuildInformation(program: try Self.section("dockerd-26.1.5-trimpath"))
        #expect(information.goVersion == "go1.24.4")
        #expect(information.modules.contains("path\tgithub.com/docker/docker/cmd/dockerd"))
        #expect(information.dockerVersion == nil)
    }

    @Test func `it is found at any multiple of 16, behind bytes that only look like it`() throws {
        let section = try Self.section("dockerd-20.10.24")
        let decoy = [UInt8](section.prefix(14)) + [8, 2] + [UInt8](repeating: 0xFF, count: 32)
        let program = [UInt8](repeating: 0x7F, count: 64) + decoy + section
        #expect(try GoBuildInformation(program: program).dockerVersion == "20.10.24+dfsg1")
    }

    @Test func `cut at any length it throws, and never traps`() throws {
        let section = try Self.section("dockerd-20.10.24")
        let needed = 0x21 + 8 + 2 + 0x32F
        for count in 0..<section.count {
            let cut = [UInt8](section.prefix(count))
            if count < needed {
                #expect(throws: FormatError.self) { try GoBuildInformation(program: cut) }
            } else {
                #expect(try GoBuildInformation(program: cut).dockerVersion == "20.10.24+dfsg1")
            }
        }
    }

    struct Case: Sendable {
        let modules: String
        let version: String?
    }

    @Test(arguments: [
        Case(
            modules: #"build\#t-ldflags="-w -X \"github.com/moby/moby/v2/dockerversion.Version=29.0.1\" -s""#,
            version: "29.0.1"),
        Case(modules: "build\t-ldflags=-X github.com/docker/docker/dockerversion.Version=24.0.9", version: "24.0.9"),
        Case(modules: "mod\tgithub.com/docker/docker\tv27.3.1+incompatible\th1:x=", version: "27.3.1"),
        Case(modules: "mod\tgithub.com/docker/docker\t(devel)\t", version: nil),
        Case(modules: "mod\tgithub.com/docker/docker\tv0.0.0-20240101000000-abcdef\t", version: nil),
        Case(modules: "mod\tgithub.com/moby/moby/v2\tv2.0.0\t", version: nil),
        Case(modules: "build\t-ldflags=-X a/dockerversion.Version=", version: nil),
        Case(modules: "", version: nil),
    ])
    func `Docker's version stands in the linker's flags or as the version of its module`(row: Case) throws {
        let sentinel = [UInt8](repeating: 0x30, count: 16)
        let text = sentinel + Array(row.modules.utf8) + sentinel
        #expect(text.count < 1 << 14)
        let length = [UInt8(text.count & 0x7F | 0x80), UInt8(text.count >> 7)]
        let head = [0xFF] + Array(" Go buildinf:".utf8) + [8, 2] + [UInt8](repeating: 0, count: 16)
        let program = head + [8] + Array("go1.22.1".utf8) + length + text
        #expect(try GoBuildInformation(program: program).dockerVersion == row.version)
    }

    @Test func `an older layout and an endless length are said`() throws {
        let head = [0xFF] + Array(" Go buildinf:".utf8)
        let older = head + [8, 0] + [UInt8](repeating: 0, count: 64)
        #expect { try GoBuildInformation(program: older) } throws: { ($0 as? FormatError)?.code == .unsupported }
        let endless = head + [8, 2] + [UInt8](repeating: 0, count: 16) + [UInt8](repeating: 0xFF, count: 32)
        #expect { try GoBuildInformation(program: endless) } throws: { ($0 as? FormatError)?.code == .limitExceeded }
    }
}
