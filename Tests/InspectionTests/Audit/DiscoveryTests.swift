/// Images are found by what stands there.

import Foundation
import Reporting
import Testing

@testable import Inspection

@Suite struct DiscoveryTests {
    /// A directory with files of these names; a name that ends in `/` is a directory, `a -> b` a link.
    private func inDirectory(_ names: [String], _ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for name in names {
            let parts = name.components(separatedBy: " -> ")
            let file = directory.appending(path: parts[0])
            let folder = name.hasSuffix("/") ? file : file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            if parts.count == 2 {
                try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: parts[1])
            } else if !name.hasSuffix("/") {
                try Data("x".utf8).write(to: file)
            }
        }
        try body(directory)
    }

    @Test(
        "sizes that a sparse file may claim can be added up",
        .enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm"), "no /dev/shm for files of that size"))
    func sparse() throws {
        let directory = "/dev/shm/amilint-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for name in ["a.tar", "b.tar"] {
            try Data().write(to: URL(filePath: "\(directory)/\(name)"))
            guard truncate("\(directory)/\(name)", .max) == 0 else {
                return print("SKIPPED: /dev/shm has no file of \(Int.max) bytes")
            }
        }
        let found = Discovery([directory], listed: [], selection: Selection())
        #expect(found.candidates.map(\.size) == [1 << 40, 1 << 40])
    }

    static let tree = [
        "b.tar", "a.tar", "sub/deep/c.tar.gz", "root/etc/os-release", "root/usr/bin/tool", "root/var/inner.tar",
        "container/oci-layout", "container/blobs/layer.tar", "windows/Windows/System32/x", "bare/etc/", "bare/usr/",
        "half/etc/hosts", "link -> a.tar", "linked -> sub", "empty/",
    ]

    @Test("archives are found below, roots and image layouts are one image each and not searched")
    func finds() throws {
        try inDirectory(Self.tree) { directory in
            let found = Discovery([directory.path], listed: [], selection: Selection())
            #expect(
                found.names == [
                    "a.tar", "b.tar", "bare", "container", "half/etc/hosts", "root", "sub/deep/c.tar.gz", "windows",
                ])
            #expect(found.failures.isEmpty)
            #expect(Set(found.passedOver.map(\.name)) == ["link", "linked"])
        }
    }

    @Test("a root that is given is one image, a file that is given is one whatever it is, what is not there is said")
    func given() throws {
        try inDirectory(Self.tree) { directory in
            let path = directory.path
            let found = Discovery(
                ["\(path)/root", "\(path)/link", "\(path)/sub/", "\(path)/nowhere"], listed: ["\(path)/empty"],
                selection: Selection())
            #expect(
                found.names == ["\(path)/empty", "\(path)/link", "\(path)/root", "\(path)/sub/deep/c.tar.gz"])
            #expect(found.failures["\(path)/nowhere"]?.code == "missing")
            #expect(found.candidates.filter(\.isNamed).count == 3)
        }
    }

    @Test("one image found twice has one row")
    func once() throws {
        try inDirectory(["d/a.tar"]) { directory in
            let found = Discovery(
                ["\(directory.path)/d", "\(directory.path)/d/a.tar"], listed: [], selection: Selection())
            #expect(found.names == ["\(directory.path)/d/a.tar"])
        }
    }

    @Test(
        "patterns choose by the last name, or with a slash by the whole",
        arguments: [
            (["*.tar"], [], ["a.tar", "b.tar"]),
            ([], ["sub"], ["a.tar", "b.tar", "bare", "container", "half/etc/hosts", "root", "windows"]),
            ([], ["*/etc/*", "*.tar", "[bcw]*"], ["root"]),
            (["sub/*"], [], ["sub/deep/c.tar.gz"]), (["sub/*"], ["*.gz"], []), (["?.tar"], ["b*"], ["a.tar"]),
        ] as [([String], [String], [String])])
    func patterns(included: [String], excluded: [String], names: [String]) throws {
        try inDirectory(Self.tree) { directory in
            let selection = Selection(including: included, excluding: excluded)
            #expect(Discovery([directory.path], listed: [], selection: selection).names == names)
        }
    }

    @Test("shards part what is found, and what could not be looked at, between them")
    func shards() throws {
        let names = (0..<40).map { "\($0).tar" }
        try inDirectory(names) { directory in
            let all = try (0..<3).flatMap { index in
                Discovery(
                    [directory.path], listed: [], selection: Selection(),
                    shard: try Shard(index: index, count: 3)
                ).names
            }
            #expect(all.sorted() == names.sorted())
            let failures = try (0..<3).map { index in
                Discovery(
                    [], listed: (0..<9).map { "\(directory.path)/missing-\($0)" }, selection: Selection(),
                    shard: try Shard(index: index, count: 3)
                ).failures.count
            }
            #expect(failures.reduce(0, +) == 9)
        }
    }

    @Test("the program's own state is not searched, and a file that changed is not what it was")
    func ownFiles() throws {
        try inDirectory(["a.tar", "state/ab/1.json"]) { directory in
            let found = Discovery(
                [directory.path], listed: [], selection: Selection(), leavingOut: "\(directory.path)/state")
            #expect(found.names == ["a.tar"])
            let image = try #require(found.candidates.first)
            #expect(image.isUnchanged)
            try Data("longer".utf8).write(to: directory.appending(path: "a.tar"))
            #expect(!image.isUnchanged)
        }
    }

    @Test("a list has a path a line, in UTF-8")
    func list() throws {
        try inDirectory([]) { directory in
            let file = directory.appending(path: "list")
            try Data("a.tar\nsub/b c.tar\r\n\n".utf8).write(to: file)
            #expect(try listedFiles(in: file.path) == ["a.tar", "sub/b c.tar"])
            try Data([0xff, 0x0a]).write(to: file)
            #expect(throws: SettingsError.self) { try listedFiles(in: file.path) }
        }
    }
}
