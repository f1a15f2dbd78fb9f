/// Archives and directories whose root does not lie at their top, or that hold none.

import Foundation
import ImageReading
import Testing

@Suite struct RootFolderTests {
    static let root: [TarMember] = [
        .directory("etc"), .link("etc/os-release", "../usr/lib/os-release"), .directory("usr"), .directory("usr/lib"),
        .file("usr/lib/os-release", "ID=amzn\n"), .link("etc/absolute", "/usr/lib/os-release"),
        .link("etc/late", "/srv/late"), .file("srv/late", "late"), .hardLink("etc/hard", "srv/late"),
        .file("etc/own", "own"),
    ]

    static func below(_ folder: String, _ members: [TarMember]) -> [TarMember] {
        [.directory(folder)]
            + members.map { member in
                var member = member
                member.name = Array((folder + "/").utf8) + member.name
                if member.type == "1" { member.target = Array((folder + "/").utf8) + member.target }
                return member
            }
    }

    static func load(_ bytes: [UInt8], piped: Bool = false) throws -> RootFilesystem {
        let directory = try TemporaryDirectory()
        let wants: [Want] = [.contents("/etc/*")]
        if piped {
            let pipe = PipedBytes(bytes)
            return try openImage(pipe.descriptor, name: "-").root(wants)
        }
        return try openImage(at: directory.write("image", bytes)).root(wants)
    }

    @Test(arguments: ["rootfs", "image", "./rootfs", "mnt/image", "var/tmp/build/root", "home"])
    func aRootBelowAFolderIsFoundAndUsed(folder: String) throws {
        let root = try Self.load(tar(Self.below(folder, Self.root)))
        #expect(root.image.rootFolder == ImagePath(folder))
        #expect(root.files(.contents("/etc/*")).map(short) == ["ID=amzn\n", "late", "late", "ID=amzn\n", "own"])
        #expect(short(root[.contents("/etc/os-release")]) == "ID=amzn\n")
        #expect(short(root[.contents("/etc/absolute")]) == "ID=amzn\n")
        #expect(short(root[.contents("/etc/late")]) == "late")
        #expect(short(root[.contents("/etc/hard")]) == "late")
    }

    @Test func oneFolderIsAnsweredFromAPipe() throws {
        let root = try Self.load(tar(Self.below("rootfs", Self.root)), piped: true)
        #expect(root.image.rootFolder == "/rootfs")
        #expect(root[.contents("/etc/os-release")].problem?.code == .notReadAgain)
        #expect(short(root[.contents("/etc/late")]) == "notReadAgain")
        #expect(short(root[.contents("/etc/own")]) == "own")
    }

    @Test func theTopIsTheRootWhereItLooksLikeOne() throws {
        let root = try Self.load(tar(Self.root + Self.below("backup", Self.root)))
        #expect(root.image.rootFolder == nil)
    }

    @Test func noRootSaysWhatOneLooksLike() throws {
        let directory = try TemporaryDirectory()
        let files: [TarMember] = [.file("README", "x"), .directory("src"), .file("src/main.c", "x")]
        let archive = RecognitionTests.error(try directory.write("image", tar(files)))
        #expect(archive?.code == .noRoot)
        #expect(archive?.reason.contains("README") == true && archive?.reason.contains("os-release") == true)
        let several = RecognitionTests.error(
            try directory.write("image", tar(Self.below("a", Self.root) + Self.below("b", Self.root))))
        #expect(several?.code == .noRoot && several?.reason.contains("/a, /b") == true)
        try FileManager.default.createDirectory(
            atPath: directory.path + "/d/rootfs/etc", withIntermediateDirectories: true)
        let unpacked = RecognitionTests.error(directory.path + "/d")
        #expect(unpacked?.code == .noRoot && unpacked?.reason.contains("rootfs") == true)
        try FileManager.default.createDirectory(atPath: directory.path + "/empty", withIntermediateDirectories: true)
        #expect(RecognitionTests.error(directory.path + "/empty")?.code == .empty)
    }

    @Test func windowsIsARoot() throws {
        let root = try Self.load(tar([.directory("Windows"), .directory("Windows/System32"), .file("bootmgr", "x")]))
        #expect(root.image.rootFolder == nil)
    }
}
