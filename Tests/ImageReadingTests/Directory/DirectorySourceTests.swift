/// Directories of this machine: nothing outside is opened, nothing hangs, what is denied is unreadable.

import Foundation
import ImageReading
import Testing

// sys/fsuid.h, which the C library's module leaves out.
@_silgen_name("setfsuid") private func setfsuid(_ user: uid_t) -> Int32
@_silgen_name("setfsgid") private func setfsgid(_ group: gid_t) -> Int32

/// Runs `body` with the file system rights of an unprivileged user, on this thread only (setfsuid(2)). Where the tests
/// do not run as root they have no more rights than that anyway.
func asNobody(_ body: () throws -> Void) rethrows {
    _ = setfsgid(65534)
    _ = setfsuid(65534)
    defer {
        _ = setfsuid(getuid())
        _ = setfsgid(getgid())
    }
    try body()
}

@Suite struct DirectorySourceTests {
    static func root(_ members: [TarMember]) throws -> (TemporaryDirectory, String) {
        let directory = try TemporaryDirectory()
        return (directory, try ImageSourceTests.unpack([.directory("etc")] + members, directory))
    }

    @Test func linksNeverLeadToThisMachine() throws {
        let (directory, root) = try Self.root([
            .link("etc/passwd", "/etc/passwd"), .link("etc/up", "../../../../../../etc/passwd"),
            .link("etc/dir", "/proc/self"), .link("etc/magic", "/proc/self/root/etc/passwd"),
        ])
        let wants: [Want] = [
            .contents("/etc/passwd"), .contents("/etc/up"), .contents("/etc/dir/status"), .contents("/etc/magic"),
        ]
        let image = try openImage(at: root).root(wants)
        #expect(wants.map { short(image[$0]) } == ["linkLoop", "linkLoop", "danglingLink", "danglingLink"])
        _ = directory
    }

    @Test(.timeLimit(.minutes(1)))
    func fifosSocketsAndDevicesAreNeverOpened() throws {
        let (directory, root) = try Self.root([.fifo("etc/fifo"), .link("etc/link", "fifo")])
        let image = try openImage(at: root).root([.contents("/etc/*"), .contents("/etc/**")])
        #expect(image.files(.contents("/etc/*")).map(short) == ["notRegularFile", "notRegularFile"])
        _ = directory
    }

    @Test func whatIsDeniedIsUnreadableAndTheRestStands() throws {
        let (directory, root) = try Self.root([
            .file("etc/open", "open"), .file("etc/closed", "closed", mode: 0),
            .directory("etc/unlisted", mode: 0o711), .file("etc/unlisted/x", "known by name"),
            .directory("etc/unsearched", mode: 0o744), .file("etc/unsearched/x", "x"),
            .directory("etc/shut", mode: 0o700), .file("etc/shut/x", "x"), .link("etc/into", "shut/x"),
        ])
        let wants: [Want] = [
            .contents("/etc/open"), .contents("/etc/closed"), .contents("/etc/unlisted/x"),
            .contents("/etc/unlisted/*"), .contents("/etc/unsearched/x"), .contents("/etc/unsearched/*"),
            .contents("/etc/shut/x"), .contents("/etc/shut/*"), .contents("/etc/into"), .contents("/etc/unlisted/no"),
        ]
        try run("chmod", ["755", directory.path, root])
        try asNobody {
            let image = try openImage(at: root).root(wants)
            #expect(short(image[wants[0]]) == "open")
            #expect(short(image[wants[2]]) == "known by name")
            for index in [1, 3, 4, 5, 6, 7, 8] {
                #expect(image[wants[index]].problem?.code == .permissionDenied, "\(wants[index].path)")
            }
            #expect(image.names(.names("/etc/shut/*")).problem != nil)
        }
    }

    @Test func namesThatAreNotUTF8AreReadByTheirEscapes() throws {
        let (directory, root) = try Self.root([
            .bytes(Array("etc/a".utf8) + [0xFF, 0xE9], Array("bytes".utf8)), .file("etc/b\\xE9", "literal"),
            .file("etc/system-systemd\\x2dcryptsetup.slice", "unit"),
        ])
        let image = try openImage(at: root).root([.contents("/etc/*")])
        #expect(
            image.files(.contents("/etc/*")).compactMap(\.value?.path.text)
                == ["/etc/a\\xFF\\xE9", "/etc/b\\xE9", "/etc/system-systemd\\x2dcryptsetup.slice"])
        let exact: [Want] = [.contents("/etc/a\\xFF\\xE9"), .contents("/etc/b\\xE9")]
        let again = try openImage(at: root).root(exact)
        #expect(exact.map { short(again[$0]) } == ["bytes", "literal"])
        _ = directory
    }

    @Test func manyDirectoriesDoNotExhaustDescriptors() throws {
        let (directory, root) = try Self.root(
            (0..<400).flatMap { [TarMember.directory("etc/d\($0)"), .file("etc/d\($0)/x", "\($0)")] })
        let image = try openImage(at: root).root([.contents("/etc/*/x")])
        #expect(image.files(.contents("/etc/*/x")).compactMap(\.value).count == 400)
        _ = directory
    }

    @Test func filesOfProcSayNoSizeAndAreRead() throws {
        let root = try openImage(at: "/").root([.contents("/proc/version"), .contents("/proc/kallsyms", upTo: 100)])
        #expect(root[.contents("/proc/version")].value?.bytes.isEmpty == false)
        #expect(root[.contents("/proc/kallsyms", upTo: 100)].problem?.code == .tooLarge)
    }

    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm"), "no /dev/shm for files of that size"))
    func aSparseFileOfAllBytesThereCanBeIsTooLargeAndItsHeadIsThere() throws {
        // Of the file systems that are everywhere, this one has files of that size.
        let directory = "/dev/shm/amilint-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory + "/etc", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = directory + "/etc/sparse"
        try Data("head".utf8).write(to: URL(fileURLWithPath: file))
        guard truncate(file, .max) == 0 else { return print("SKIPPED: /dev/shm has no file of \(Int.max) bytes") }
        let root = try openImage(at: directory).root([
            .contents("/etc/sparse"), .head("/etc/sparse", bytes: 8), .names("/etc/sparse"),
        ])
        #expect(root[.contents("/etc/sparse")].problem?.code == .tooLarge)
        #expect(root[.head("/etc/sparse", bytes: 8)].value?.bytes == Array("head\0\0\0\0".utf8))
        #expect(root.names(.names("/etc/sparse")).value?.first?.size == .max)
    }

    @Test func thisMachineItselfIsReadable() throws {
        let root = try openImage(at: "/").root([.contents("/etc/os-release"), .names("/etc/*")])
        #expect(root[.contents("/etc/os-release")].value != nil)
        #expect(root.names(.names("/etc/*")).value?.isEmpty == false)
    }
}
