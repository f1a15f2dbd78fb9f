/// A tree over file systems: each question is put once, a mounted file system stands where it belongs, and what cannot be
/// mounted is never taken for empty.

import ByteParsing
import FileSystems
import TestSupport
import Testing

@testable import ImageReading

@Suite struct OnDemandTreeTests {
    static func root(_ tree: OnDemandTree) -> RootFilesystem {
        RootFilesystem(image: ImageDescription(name: "tree", kind: "directory"), tree: tree)
    }

    @Test func eachQuestionIsPutOnceAndOnlyWhatIsAskedIsRead() {
        let files = LiteralFileSystem(["/etc/a": "a", "/etc/b": "b", "/usr/x": "x"])
        let root = Self.root(OnDemandTree(files))
        #expect(files.asked == [:])
        for _ in 0..<3 {
            #expect(short(root[.contents("/etc/a")]) == "a")
            #expect(root[.contents("/etc/none")].isAbsent)
            #expect(root.files(.names("/etc/*")).count == 2)
        }
        #expect(
            files.asked == ["lookUp etc": 1, "lookUp a": 1, "lookUp none": 1, "lookUp b": 1, "names": 1, "content": 1])
    }

    @Test func whatTheMachineCannotReadIsNeverCalledMalformed() {
        let root = Self.root(
            OnDemandTree(
                LiteralFileSystem([
                    "/etc/denied": .unreadable(.permissionDenied), "/etc/broken": .unreadable(.inputOutput),
                    "/etc/damaged": .unreadable(.malformed), "/closed": .unreadableDirectory(.permissionDenied),
                ])))
        #expect(root[.contents("/etc/denied")].problem?.code == .permissionDenied)
        #expect(root[.contents("/etc/broken")].problem?.code == .inputOutput)
        #expect(root[.contents("/etc/damaged")].problem?.code == .malformed)
        #expect(root[.contents("/closed/x")].problem?.code == .permissionDenied)
        #expect(root.names(.names("/closed/*")).problem?.code == .permissionDenied)
        #expect(Problem(FormatError(.changed, "x"), at: "/x").code == .inputOutput)
    }

    @Test func aMountedFileSystemStandsInTheDirectorysPlace() {
        let tree = OnDemandTree(
            LiteralFileSystem([
                "/boot/hidden": "below the mount", "/boot/efi": .directory, "/vmlinuz": .link("boot/vmlinuz"),
                "/efi": .link("boot/efi"),
            ]))
        let root = Self.root(tree)
        #expect(short(root[.contents("/boot/hidden")]) == "below the mount")
        let boot = LiteralFileSystem(["/vmlinuz": "kernel", "/up": .link("../vmlinuz"), "/efi": .directory])
        #expect(tree.mount(boot, at: "/boot"))
        // A path of the system's own, through a link and a mount.
        #expect(tree.mount(LiteralFileSystem(["/EFI/grub.cfg": "cfg"]), at: "/efi"))
        #expect(root[.contents("/boot/hidden")].isAbsent)
        #expect(short(root[.contents("/vmlinuz")]) == "kernel")
        #expect(short(root[.contents("/boot/up")]) == "kernel")
        #expect(short(root[.contents("/boot/efi/EFI/grub.cfg")]) == "cfg")
        #expect(root.files(.names("/boot/*")).count == 3)
        #expect(!tree.mount(boot, at: "/boot/vmlinuz"))
    }

    @Test func whatCannotBeMountedIsNeverAbsentOrEmpty() {
        let tree = OnDemandTree(LiteralFileSystem(["/boot/grub/stale.cfg": "x", "/etc/x": "x"]))
        let root = Self.root(tree)
        _ = root.files(.names("/boot/**"))
        #expect(
            tree.leaveUnmounted("/boot", because: .unsupported, "/boot is UUID=1234, in no partition of this image"))
        for answer in [root[.contents("/boot/vmlinuz")], root[.contents("/boot/grub/stale.cfg")]] {
            #expect(answer.problem?.code == .unsupported && answer.problem?.path == "/boot")
            #expect(answer.problem?.reason.contains("UUID=1234") == true)
        }
        #expect(root.names(.names("/boot/*")).problem?.code == .unsupported)
        #expect(root.names(.names("/boot/**")).problem?.code == .unsupported)
        #expect(short(root[.contents("/etc/x")]) == "x")
        #expect(!tree.leaveUnmounted("/etc/x", because: .unsupported, ""))
    }

    @Test func aMountPointThatIsNotThereIsMade() {
        let tree = OnDemandTree(
            LiteralFileSystem(["/etc/x": "x", "/efi": .link("boot/efi"), "/boot": .directory, "/srv/old": "old"]))
        let root = Self.root(tree)
        #expect(root[.contents("/data/a/file")].isAbsent && root.files(.names("/srv/*")).count == 1)
        #expect(tree.mountPoint("/efi") == "/boot/efi" && tree.mountPoint("/etc/x/../y") == "/etc/y")
        #expect(tree.mount(LiteralFileSystem(["/file": "content"]), at: "/data/a"))
        #expect(tree.mount(LiteralFileSystem(["/EFI/x": "esp"]), at: "/efi"))
        #expect(tree.mount(LiteralFileSystem(["/new": "new"]), at: "/srv/more"))
        #expect(tree.leaveUnmounted("/srv/lost", because: .notExported, "it is not here"))
        #expect(short(root[.contents("/data/a/file")]) == "content")
        #expect(short(root[.contents("/boot/efi/EFI/x")]) == "esp")
        #expect(root.names(.names("/srv/*")).value?.map(\.path) == ["/srv/lost", "/srv/more", "/srv/old"])
        #expect(root[.contents("/srv/lost/x")].problem?.code == .notExported)
        #expect(root.names(.names("/*")).value?.map(\.path) == ["/boot", "/data", "/efi", "/etc", "/srv"])
    }

    @Test func oneFileThatCannotBeReadLeavesItsDirectoryStanding() {
        let root = Self.root(
            OnDemandTree(LiteralFileSystem(["/etc/good": "good", "/etc/bad": .unknown(.malformed), "/usr/x": "x"])))
        #expect(short(root[.contents("/etc/good")]) == "good")
        #expect(root[.contents("/etc/none")].isAbsent)
        #expect(root.names(.names("/etc/*")).value?.map(\.path) == ["/etc/bad", "/etc/good"])
        // It may as well be a directory, or a link.
        let wants: [Want] = [.contents("/etc/bad"), .contents("/etc/bad/below"), .contents("/etc/bad/*")]
        for want in wants {
            #expect(root.files(want).map { $0.problem?.code } == [.malformed], "\(want)")
            #expect(root.files(want).first?.problem?.path == "/etc/bad", "\(want)")
        }
        #expect(root.resolve("/etc/bad").problem?.path == "/etc/bad")
        #expect(root.linkTarget(of: "/etc/bad").problem?.code == .malformed)
    }

    @Test func aBindMountShowsWhatStandsElsewhere() {
        let tree = OnDemandTree(
            LiteralFileSystem([
                "/data/var/lib/x": "x", "/var/old": "old", "/data/file": "other", "/etc/file": "own", "/tmp/a": "a",
            ]))
        let root = Self.root(tree)
        #expect(short(root[.contents("/var/old")]) == "old")
        #expect(tree.bind("/data/var", at: "/var") && tree.bind("/data/file", at: "/etc/file") && tree.hide("/tmp"))
        #expect(short(root[.contents("/var/lib/x")]) == "x" && root[.contents("/var/old")].isAbsent)
        #expect(short(root[.contents("/etc/file")]) == "other")
        #expect(root[.contents("/tmp/a")].isAbsent && root.names(.names("/tmp/*")).isAbsent)
        #expect(!tree.bind("/none", at: "/var"))
        #expect(
            tree.leaveUnmounted("/data/lost", because: .unsupported, "not read") && tree.bind("/data/lost", at: "/opt"))
        #expect(root[.contents("/opt/x")].problem?.code == .unsupported)
    }

    @Test func aPathDeeperThanAnybodyInstallsIsUnreadable() {
        let deep = "/" + Array(repeating: "d", count: Tree.depthLimit + 1).joined(separator: "/")
        let root = Self.root(OnDemandTree(LiteralFileSystem([deep + "/file": "x"])))
        #expect(root[.contents(ImagePath(deep + "/file"))].problem?.code == .tooLarge)
    }
}
