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
        #expect(!tree.mount(boot, at: "/boot/vmlinuz") && !tree.mount(boot, at: "/none"))
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
        #expect(!tree.leaveUnmounted("/none", because: .unsupported, ""))
    }

    @Test func aPathDeeperThanAnybodyInstallsIsUnreadable() {
        let deep = "/" + Array(repeating: "d", count: Tree.depthLimit + 1).joined(separator: "/")
        let root = Self.root(OnDemandTree(LiteralFileSystem([deep + "/file": "x"])))
        #expect(root[.contents(ImagePath(deep + "/file"))].problem?.code == .tooLarge)
    }
}
