/// One table of members, read through every kind of source: all must answer alike.

import Foundation
import ImageReading
import TestSupport
import Testing

/// What one source makes of the table, as text that can be compared.
func answers(_ root: RootFilesystem, _ wants: [Want]) -> [String] {
    wants.flatMap { want -> [String] in
        var lines = root.files(want).map { file in
            switch file {
            case .present(let file, let evidence):
                "\(want.path): \(file.path) at \(file.realPath) \(String(file.permissions, radix: 8)) \(file.size) "
                    + "\(String(decoding: file.bytes, as: UTF8.self).debugDescription) \(evidence.map(\.path.text))"
            case .absent(let searched): "\(want.path): absent \(searched)"
            case .unreadable(let evidence, let problem):
                "\(want.path): \(problem.code) \(problem) \(evidence.map(\.path.text))"
            }
        }
        if case .names = want.extent {
            lines = []
            switch root.names(want) {
            case .present(let entries, _):
                lines = entries.map {
                    "\(want.path): \($0.path) at \($0.realPath) \($0.kind) \(String($0.permissions, radix: 8))"
                }
            case .absent(let searched): lines = ["\(want.path): absent \(searched)"]
            case .unreadable(_, let problem): lines = ["\(want.path): \(problem.code) \(problem)"]
            }
        }
        return lines
    }
}

@Suite struct ImageSourceTests {
    static let members: [TarMember] = [
        .directory("."),
        .link("./lib", "usr/lib"), .directory("./usr"), .directory("./usr/lib"), .directory("./etc", mode: 0o750),
        .link("./etc/os-release", "../usr/lib/os-release"),
        .file("./usr/lib/os-release", "ID=amzn\n"),
        .file("./etc/empty", ""),
        .file("./etc/large", String(repeating: "x", count: 3000)),
        .link("./etc/dangling", "/opt/nowhere/file"),
        .link("./etc/loop", "loop"), .link("./etc/outside", "../../../../etc/hostname"),
        .file("./etc/hostname", "inside\n"),
        .file("./etc/caf\u{E9}", "utf8\n"),
        .bytes(Array("./etc/caf".utf8) + [0xE9], Array("latin1\n".utf8)),
        .directory("./units"), .link("./units/masked.service", "/dev/null"), .file("./units/a.service", "[Unit]\n"),
        .link("./units/b.service", "a.service"), .file("./units/c.socket", "[Socket]\n"),
        .link("./units/d.service", "/opt/vendor/d.service"),
        .directory("./opt"), .directory("./opt/vendor"), .file("./opt/vendor/d.service", "vendor\n"),
        .fifo("./etc/fifo"),
        .file("./usr/lib/first", "linked\n"), .hardLink("./etc/second", "./usr/lib/first"),
        .file("./unwanted", "nobody asks\n"),
        .file("./usr/lib/tool", "#!/bin/sh\n", mode: 0o755),
        .directory("./boot"), .file("./boot/vmlinuz-6.1", String(repeating: "k", count: 70_000)),
        .link("./vmlinuz", "boot/vmlinuz-6.1"),
        .file("./etc/" + String(repeating: "long", count: 50), "pax\n"),
        .file("./etc/l" + String(repeating: "\u{E4}", count: 60), "pax, UTF-8\n"),
        .link("./etc/to-l\u{E4}", "l" + String(repeating: "\u{E4}", count: 60)),
    ]

    static let wants: [Want] = [
        .contents("/etc/os-release"), .contents("/usr/lib/os-release"), .contents("/lib/os-release"),
        .contents("/etc/empty"), .contents("/etc/large", upTo: 2999), .contents("/etc/large", upTo: 3000),
        .head("/etc/large", bytes: 5), .contents("/etc/dangling"), .contents("/etc/loop"), .contents("/etc/outside"),
        .contents("/etc/caf\\xE9"), .contents("/etc/caf\u{E9}"), .contents("/units/*.service"), .names("/units/*"),
        .contents("/etc/fifo"), .contents("/etc/second"), .contents("/nothing/here"), .contents("/etc/hostname/below"),
        .names("/usr/**"), .head("/boot/vmlinuz-*", bytes: 100), .head("/vmlinuz", bytes: 3),
        .contents("/etc/long*"), .contents("/etc/l\u{E4}*"), .contents("/etc/to-l\u{E4}"), .names("/etc/*"),
        .contents("/usr"),
    ]

    static let further: [Want] = [.contents("/lib/tool"), .contents("/etc/late")]

    static func unpack(_ members: [TarMember], _ directory: TemporaryDirectory) throws -> String {
        try FileManager.default.createDirectory(atPath: directory.path + "/root", withIntermediateDirectories: false)
        try run("tar", ["-C", directory.path + "/root", "-xpf", "-"], input: tar(members))
        return directory.path + "/root"
    }

    /// Every source of the table, by name.
    static func sources(_ directory: TemporaryDirectory) throws -> [(String, any ImageSource)] {
        let plain = tar(members)
        let half = plain.count / 2
        let gnu = try run("tar", ["-C", unpack(members, directory), "--format=gnu", "-cf", "-", "."])
        let cpio = try run("sh", ["-c", "find . | cpio --quiet -o -H newc"], in: directory.path + "/root")
        let files: [(String, [UInt8])] = [
            ("tar", plain), ("gnu.tar", gnu),
            ("pax.tar", try run("tar", ["-C", directory.path + "/root", "--format=posix", "-cf", "-", "."])),
            ("bsdtar", try run("bsdtar", ["-C", directory.path + "/root", "-cf", "-", "."])),
            ("cpio", cpio),
            ("gz", try run("gzip", ["-c"], input: plain)),
            (
                "members.gz",
                try run("gzip", ["-c"], input: Array(plain[..<half]))
                    + run("gzip", ["-c"], input: Array(plain[half...]))
            ),
            ("zst", try run("zstd", ["-qc"], input: plain)), ("xz", try run("xz", ["-c"], input: plain)),
            ("bz2", try run("bzip2", ["-c"], input: plain)), ("lz4", try run("lz4", ["-qc"], input: plain)),
            ("cpio.gz", try run("gzip", ["-c"], input: cpio)),
        ]
        var sources: [(String, any ImageSource)] = [
            ("directory", try openImage(at: directory.path + "/root"))
        ]
        for (name, bytes) in files {
            sources.append((name, try openImage(at: directory.write("image." + name, bytes))))
        }
        return sources
    }

    @Test func everySourceAnswersAlike() throws {
        let directory = try TemporaryDirectory()
        let entries = Self.members.reduce(into: [String: LiteralEntry]()) { entries, member in
            let name = String(validating: member.name, as: UTF8.self) ?? "/etc/caf\\xE9"
            switch member.type {
            case "5": entries[name] = .directory
            case "2": entries[name] = .link(String(decoding: member.target, as: UTF8.self))
            case "1": entries[name] = .text("linked\n")
            case "6": entries[name] = .other
            default: entries[name] = .file(member.content, permissions: UInt16(member.mode))
            }
        }
        let literal = LiteralSource(entries)
        let all = Self.wants + Self.further
        func normal(_ lines: [String]) -> [String] {
            lines.map { $0.replacing("directory 750", with: "directory 755") }
        }
        let expected = normal(answers(try literal.root(Self.wants, further: Self.further), all))
        let onDemand = OnDemandTree(LiteralFileSystem(entries))
        let roots =
            [("file system", RootFilesystem(image: ImageDescription(name: "x", kind: "x"), tree: onDemand))]
            + (try Self.sources(directory).map { ($0, try $1.root(Self.wants, further: Self.further)) })
        for (name, root) in roots {
            let found = normal(answers(root, all))
            #expect(root.image.remarks == [], "\(name)")
            for line in expected where !found.contains(line) { Issue.record("\(name): missing \(line)") }
            for line in found where !expected.contains(line) { Issue.record("\(name): unexpected \(line)") }
        }
    }
}
