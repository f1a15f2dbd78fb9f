/// How often an archive is read, and how much of it is kept.

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ImageReading

@Suite struct ArchiveSourceTests {
    /// Counts the passes: each begins with few bytes read.
    final class Passes: Sendable {
        private let state = Mutex((passes: 0, last: Int.max))
        var count: Int { state.withLock { $0.passes } }

        func note(_ progress: ReadingProgress) {
            state.withLock { state in
                if progress.bytesRead < state.last { state.passes += 1 }
                state.last = progress.bytesRead
            }
        }
    }

    static func passes(
        _ members: [TarMember], _ wants: [Want], further: [Want] = []
    ) throws -> (count: Int, root: RootFilesystem) {
        let directory = try TemporaryDirectory()
        let passes = Passes()
        let noise = TarMember.bytes(Array("noise".utf8), GzipStreamTests.large)
        let path = try directory.write("image", run("gzip", ["-c"], input: tar(members + [noise])))
        let root = try openImage(at: path) { passes.note($0) }.root(wants, further: further)
        return (passes.count, root)
    }

    static let members: [TarMember] = [
        .link("lib", "usr/lib"), .link("etc/os-release", "../usr/lib/os-release"),
        .file("usr/lib/os-release", "ID=x\n"),
        .directory("etc/units"), .link("etc/units/masked", "/dev/null"), .link("etc/units/dangling", "/opt/no/x"),
        .link("etc/units/alias", "/lib/units/real"), .file("usr/lib/units/real", "real"), .file("srv/file", "file"),
    ]

    @Test func onePassWhereEverythingIsAnswered() throws {
        let usual: [Want] = [
            .contents("/etc/os-release"), .contents("/usr/lib/os-release"), .contents("/etc/units/*"),
            .contents("/usr/lib/units/*"), .contents("/lib/units/*"), .contents("/absent"), .names("/no/such/*"),
        ]
        let (count, root) = try Self.passes(Self.members, usual, further: [.contents("/usr/lib/units/real")])
        #expect(count == 1)
        #expect(short(root[.contents("/lib/units/real")]) == "real")
        #expect(root.files(.contents("/etc/units/*")).map(short) == ["real", "danglingLink", "danglingLink"])
    }

    @Test func oneMorePassForLinksAndFurtherWants() throws {
        let (links, root) = try Self.passes(Self.members, [.contents("/etc/units/alias")])
        #expect(links == 2)
        #expect(short(root[.contents("/etc/units/alias")]) == "real")
        let (further, other) = try Self.passes(Self.members, [.contents("/etc/x")], further: [.contents("/srv/file")])
        #expect(further == 2)
        #expect(short(other[.contents("/srv/file")]) == "file")
    }

    @Test func whatUnitsOftenNameNeedsNoSecondPass() throws {
        let members: [TarMember] = [
            .file("etc/vendor/agent.conf", "conf"), .file("usr/lib/vendor/start.sh", "#!/bin/sh"),
            .file("usr/bin/tool", "x"),
            .file("opt/vendor/env", "A=1"), .file("etc/large", String(repeating: "x", count: 70_000)),
        ]
        let further: [Want] = [
            .contents("/etc/vendor/agent.conf"), .contents("/etc/vendor/*.conf"), .contents("/usr/lib/vendor/start.sh"),
            .names("/usr/bin/tool"), .contents("/opt/vendor/env"), .contents("/etc/absent"), .names("/usr/bin/absent"),
        ]
        let (count, root) = try Self.passes(members, [.contents("/etc/os-release")], further: further)
        #expect(count == 1)
        #expect(further.map { short(root[$0]) } == ["conf", "conf", "#!/bin/sh", "", "A=1", "-", "-"])
        let (large, other) = try Self.passes(
            members, [.contents("/etc/os-release")], further: [.contents("/etc/large")])
        #expect(large == 2)
        #expect(other[.contents("/etc/large")].value?.size == 70_000)
    }

    @Test func whatIsLikelyIsKeptOnlyWhileThereIsRoom() throws {
        let filling = (0..<300).map { TarMember.file("etc/fill/\($0)", String(repeating: "x", count: 60_000)) }
        let members = filling + [.file("etc/late", "late")]
        let (count, root) = try Self.passes(
            members, [.contents("/etc/os-release")], further: [.contents("/etc/fill/299")])
        #expect(count == 2)
        #expect(root[.contents("/etc/fill/299")].value?.size == 60_000)
        let pipe = PipedBytes(tar(members))
        let piped = try openImage(pipe.descriptor, name: "standard input")
            .root([], further: [.contents("/etc/fill/0"), .contents("/etc/fill/299")])
        #expect(piped[.contents("/etc/fill/0")].value?.size == 60_000)
        #expect(piped[.contents("/etc/fill/299")].problem?.code == .notReadAgain)
    }

    @Test func neverMoreThanTwo() throws {
        // The second pass finds a name that nothing led to before: it is not looked for a third time.
        let members: [TarMember] = [.directory("etc"), .link("srv/a", "b"), .file("srv/b", "b")]
        let (count, _) = try Self.passes(members + Self.members, [.contents("/etc/x")], further: [.contents("/srv/a")])
        #expect(count == 2)
    }

    @Test func aPipeIsReadOnceAndSaysSo() throws {
        let pipe = PipedBytes(tar(Self.members))
        let wants: [Want] = [.contents("/etc/units/alias"), .contents("/usr/lib/os-release")]
        let root = try openImage(pipe.descriptor, name: "standard input")
            .root(wants, further: [.contents("/srv/file")])
        #expect(root[wants[0]].problem?.code == .notReadAgain)
        #expect(short(root[wants[1]]) == "ID=x\n")
        #expect(root[.contents("/srv/file")].problem?.code == .notReadAgain)
    }

    @Test func aFileOnStandardInputIsReadTwiceFromWhereItStands() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("image", Array("prefix".utf8) + tar(Self.members))
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        try file.seek(toOffset: 6)
        let want = Want.contents("/etc/units/alias")
        let root = try openImage(file.fileDescriptor, name: "standard input").root([want])
        #expect(short(root[want]) == "real")
    }

    @Test func progressReachesTheSizeOfTheFile() throws {
        let directory = try TemporaryDirectory()
        let bytes = try run(
            "gzip", ["-1c"], input: tar(Self.members + [.bytes(Array("noise".utf8), GzipStreamTests.large)]))
        let last = Mutex(ReadingProgress(bytesRead: 0, totalBytes: nil))
        let path = try directory.write("image", bytes)
        _ = try openImage(at: path) { progress in last.withLock { $0 = progress } }.root([])
        #expect(last.withLock { $0 } == ReadingProgress(bytesRead: bytes.count, totalBytes: bytes.count))
    }

    @Test func sparseFilesAreReadWithTheirHoles() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.path + "/root/etc", withIntermediateDirectories: true)
        let file = directory.path + "/root/etc/sparse"
        try run("truncate", ["-s", "200000", file])
        try run("dd", ["if=/dev/zero", "of=" + file, "bs=1", "seek=100000", "count=0", "conv=notrunc"])
        try run("sh", ["-c", "printf middle | dd of=\(file) bs=1 seek=100000 conv=notrunc status=none"])
        let expected =
            [UInt8](repeating: 0, count: 100_000) + Array("middle".utf8) + [UInt8](repeating: 0, count: 99_994)
        for options in [["--format=gnu"], ["--format=posix"], ["--format=posix", "--sparse-version=0.1"]] {
            let bytes = try run("tar", ["-C", directory.path + "/root", "-S", "-cf", "-"] + options + ["."])
            #expect(bytes.count < 100_000, "\(options): not stored as sparse")
            let want = Want.contents("/etc/sparse")
            let root = try openImage(at: directory.write("image", bytes)).root([want])
            #expect(root[want].value?.bytes == expected, "\(options)")
        }
    }

    @Test func aBombInAWantedFileIsTooLargeAndItsHeadIsThere() throws {
        let directory = try TemporaryDirectory()
        let header = tarHeader(name: Array("etc/os-release".utf8), type: "0", size: 64 << 20)
        let zeros = try run("gzip", ["-c"], input: [UInt8](repeating: 0, count: 64 << 20))
        let start = try run("gzip", ["-c"], input: tar([.directory("usr")], zeroBlocks: 0) + header)
        let end = try run("gzip", ["-c"], input: [UInt8](repeating: 0, count: 1024))
        try directory.write("bomb.gz", start + zeros + end)
        let want = Want.contents("/etc/os-release")
        let root = try openImage(at: directory.path + "/bomb.gz").root([want, .head("/etc/os-release", bytes: 4)])
        #expect(root[want].problem?.code == .tooLarge)
        #expect(root[.head("/etc/os-release", bytes: 4)].value?.bytes == [0, 0, 0, 0])
    }

    @Test func ofAMillionMembersTheWantedOneIsThere() throws {
        let want = Want.contents("/etc/os-release")
        let root = try withOutput(of: "python3", ["-c", Self.manyMembers, "1000000", "0"]) { descriptor in
            try openImage(descriptor, name: "a million files").root([want])
        }
        #expect(root[want].value != nil)
    }

    @Test func tooManyNamesThatAreKeptAreRefused() throws {
        let error = try withOutput(of: "python3", ["-c", Self.manyMembers, "500000", "5"]) { descriptor in
            #expect(throws: ImageError.self) {
                try openImage(descriptor, name: "directories").root([])
            }
        }
        #expect(error?.code == .limitExceeded && error?.reason.contains("500000") == true)
    }

    /// Writes a tar of an os-release and of so many empty members of a type.
    static let manyMembers = """
        import sys
        def header(name, kind):
            h = bytearray(512); h[0:len(name)] = name
            h[100:124] = b'0000644\\0' + b'0000000\\0' + b'0000000\\0'
            h[124:148] = b'00000000000\\0' * 2; h[148:156] = b' ' * 8
            h[156] = ord(kind); h[257:265] = b'ustar\\00000'
            h[148:156] = b'%06o\\0 ' % sum(h)
            return bytes(h)
        out = sys.stdout.buffer
        out.write(header(b'etc/', '5') + header(b'etc/os-release', '0'))
        first = header(b'srv/f0000000', sys.argv[2])
        base = int(first[148:154], 8) - 7 * 48
        for start in range(0, int(sys.argv[1]), 1000):
            names = [b'%07d' % i for i in range(start, start + 1000)]
            out.write(b''.join(
                first[:5] + n + first[12:148] + b'%06o' % (base + sum(n)) + first[154:] for n in names))
        out.write(bytes(1024))
        """
}
