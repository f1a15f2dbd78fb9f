/// Which subvolume is the root, and what fstab mounts of the others, on real disks.

import TestSupport
import Testing

@testable import ImageReading

@Suite(.enabled(if: Workshop.mountsBtrfs, "\(Workshop.noMount)"))
struct BtrfsRootsTests {
    struct Row: Sendable {
        let name: String
        /// Shell commands in the top level; `system DIR LINE...` makes a system whose fstab has these lines behind the
        /// device, its own first, and `b` is `btrfs subvolume`.
        let files: String
        var choice = DiskChoice()
        /// What /etc/name of the root says; nil where the disk is refused.
        var root: String?
        var subvolume: String?
        var texts: [ImagePath: String] = [:]
        /// What is not known, and what the remark on it says.
        var problems: [ImagePath: (Problem.Code, String)] = [:]
        /// What the message of the refusal names.
        var refusal: [String] = []
    }

    static let rows = [
        Row(name: "the top level", files: "system . '/ btrfs defaults'", root: ".", subvolume: "/"),
        Row(
            name: "as Fedora has it",
            files:
                "b create root; b create home; echo x >home/x; system root '/ btrfs subvol=root' '/home btrfs compress=zstd:1,subvol=home'",
            root: "root", subvolume: "/root", texts: ["/home/x": "x"]),
        Row(
            name: "as SUSE has it",
            files: """
                b create @; b create @/.snapshots; b create @/var; mkdir @/.snapshots/1; b create @/.snapshots/1/snapshot
                echo x >@/var/x; system @/.snapshots/1/snapshot '/ btrfs defaults' '/var btrfs subvol=/@/var'
                mkdir @/.snapshots/2; b snapshot -r @/.snapshots/1/snapshot @/.snapshots/2/snapshot
                echo old >@/.snapshots/2/x; b set-default $(btrfs inspect-internal rootid @/.snapshots/1/snapshot) .
                """, root: "@/.snapshots/1/snapshot", subvolume: "/@/.snapshots/1/snapshot", texts: ["/var/x": "x"]),
        Row(
            name: "as Ubuntu has it, with a snapshot of it",
            files: "b create @; system @ '/ btrfs subvol=@'; b snapshot @ copy; echo copy >copy/etc/name", root: "@",
            subvolume: "/@"),
        Row(
            name: "what fstab of one by habit calls the root",
            files: "b create @; b create new; system @ '/ btrfs subvol=new'; system new '/ btrfs subvol=new'",
            root: "new",
            subvolume: "/new"),
        Row(
            name: "by a name that is no habit", files: "b create a; b create b; system b '/ btrfs subvolid=257'",
            root: "b",
            subvolume: "/b"),
        Row(
            name: "two that call themselves the root, and what boots",
            files:
                "b create @; system @ '/ btrfs subvol=@'; system . '/ btrfs subvolid=5'; echo subvol=@ >@/boot.flags",
            root: "@", subvolume: "/@"),
        Row(
            name: "two, and nothing to choose by", files: "b create a; b create b; system a; system b",
            refusal: ["label btrfs), subvolume a", "label btrfs), subvolume b"]),
        Row(
            name: "a partition that is chosen", files: "b create root; system root '/ btrfs subvol=root'",
            choice: DiskChoice(partition: "btrfs"), root: "root", subvolume: "/root"),
        Row(
            name: "subvolumes that are not there",
            files: """
                b create root; mkdir srv; system root '/ btrfs subvol=root' '/srv btrfs subvol=srv' '/opt btrfs subvolid=300'
                mkdir root/srv; echo x >root/srv/x
                """, root: "root", subvolume: "/root",
            problems: [
                "/srv/x": (
                    .notExported,
                    "/srv: a subvolume of the whole disk expected here, which Linux does not mount: the file system has no subvolume srv"
                ),
                "/opt/x": (.notExported, "no subvolume 300"),
            ]),
        Row(
            name: "no system", files: "b create root; echo x >root/x", refusal: ["the whole disk (btrfs, label btrfs)"]),
    ]

    static let script = #"""
        cd "$m"; b() { btrfs -q subvolume "$@" >/dev/null; }
        system() {
          mkdir -p "$1/etc/systemd" "$1/home" "$1/var"; echo ID=x >"$1/etc/os-release"; echo "$1" >"$1/etc/name"
          for line in "${@:2}"; do echo "LABEL=btrfs $line"; done >"$1/etc/fstab"
        }
        """#

    @Test(arguments: rows.indices) func theRootIsFoundOrRefused(_ index: Int) throws {
        let row = Self.rows[index]
        let workshop = try Workshop()
        try workshop.mount(Self.script + "\n" + row.files + "\ncd ..", making: "-L btrfs")
        var choice = row.choice
        choice.bootedRoot = { root in
            root[.contents("/boot.flags")].value.map { file in
                BootedRoot(
                    device: "LABEL=btrfs", options: [String(decoding: file.bytes.dropLast(), as: UTF8.self)])
            }
        }
        do throws(ImageError) {
            let root = try openImage(at: workshop.path + "/image", choice: choice).load([])
            #expect(short(root[.contents("/etc/name")]) == row.root.map { $0 + "\n" }, "\(row.name)")
            #expect(
                root.image.disk?.subvolume == row.subvolume && root.image.disk?.fileSystem == "btrfs", "\(row.name)")
            for (path, text) in row.texts {
                #expect(short(root[.contents(path)]) == text + "\n", "\(row.name): \(path)")
            }
            #expect(root.image.remarks.count == row.problems.count, "\(row.name): \(root.image.remarks)")
            for (path, (code, remark)) in row.problems {
                #expect(root[.contents(path)].problem?.code == code, "\(row.name): \(path)")
                #expect(root.image.remarks.contains { $0.contains(remark) }, "\(row.name): \(root.image.remarks)")
            }
        } catch {
            #expect(row.root == nil, "\(row.name): \(error)")
            for word in row.refusal { #expect(error.reason.contains(word), "\(row.name): \(word): \(error)") }
        }
    }
}
