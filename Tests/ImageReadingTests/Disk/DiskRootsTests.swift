/// Which partition is the root, on real disks.

import TestSupport
import Testing

@testable import ImageReading

@Suite(.enabled(if: Workshop.hasDiskTools, "e2fsprogs and fdisk are not installed"))
struct DiskRootsTests {
    static let uuid = "11111111-2222-4333-8444-555555555555"

    /// A system that says which it is, with a line of fstab for its root, or none.
    static func system(_ name: String, root: String? = nil, more: String = "", options: String = "") -> MadePartition {
        let fstab = root.map { "put etc/fstab '\($0) / ext4 defaults 0 1'\n" } ?? ""
        return MadePartition(files: "put etc/name \(name); put etc/os-release ID=x\n" + fstab + more, options: options)
    }

    static let data = MadePartition(files: "put srv/data data", options: "-L data")
    static let lvm = MadePartition(
        files: "",
        damage:
            "printf LABELONE | dd of=part bs=512 seek=1 conv=notrunc status=none; dd if=/dev/zero of=part bs=512 seek=2 count=6 conv=notrunc status=none"
    )

    struct Row: Sendable {
        let name: String
        let partitions: [MadePartition]
        var choice = DiskChoice()
        /// What /etc/name of the root says; nil where the disk is refused.
        var root: String?
        /// What the message of the refusal names.
        var refusal: [String] = []
    }

    static let rows = [
        Row(name: "the only one", partitions: [data, system("a")], root: "a"),
        Row(
            name: "its own fstab names it",
            partitions: [system("a", root: "LABEL=b", options: "-L a"), system("b", root: "LABEL=b", options: "-L b")],
            root: "b"),
        Row(
            name: "a cloned volume without a system",
            partitions: [
                MadePartition(files: "put x x", options: "-U \(uuid)"),
                system("a", root: "UUID=\(uuid)", options: "-U \(uuid)"),
            ], root: "a"),
        Row(
            name: "a cloned root",
            partitions: [
                system("a", root: "UUID=\(uuid)", options: "-U \(uuid)"),
                system("b", root: "UUID=\(uuid)", options: "-U \(uuid)"),
            ], refusal: ["partition 1 (ext4)", "partition 2 (ext4)", "--partition"]),
        Row(
            name: "two systems and nothing to choose by", partitions: [system("a"), system("b", options: "-L b")],
            refusal: ["partition 1 (ext4)", "partition 2 (ext4, label b)"]),
        Row(
            name: "two systems, a number", partitions: [system("a"), system("b")],
            choice: DiskChoice(partition: "2"), root: "b"),
        Row(
            name: "two systems, a label", partitions: [system("a", options: "-L one"), system("b")],
            choice: DiskChoice(partition: "one"), root: "a"),
        Row(
            name: "a number that is none", partitions: [system("a"), data], choice: DiskChoice(partition: "3"),
            refusal: ["'3'", "partition 1", "partition 2"]),
        Row(
            name: "what boots decides",
            partitions: [
                system("a", more: "put boot/root LABEL=b", options: "-L a"), system("b", options: "-L b"),
            ], root: "b"),
        Row(
            name: "what boots decides between roots that name themselves",
            partitions: [
                system("a", root: "LABEL=a", more: "put boot/root PARTLABEL=second", options: "-L a"),
                MadePartition(
                    files: system("b", root: "LABEL=b").files, options: "-L b", fields: ", name=second"),
            ], root: "b"),
        Row(
            name: "each boots the other",
            partitions: [
                system("a", more: "put boot/root LABEL=b", options: "-L a"),
                system("b", more: "put boot/root LABEL=a", options: "-L b"),
            ], refusal: ["partition 1", "partition 2"]),
        Row(
            name: "etc that cannot be read may be the root",
            partitions: [
                system("a"), MadePartition(files: system("b").files, damage: "debugfs -w -R 'clri /etc' part"),
            ], refusal: ["partition 1", "partition 2 (ext4): /etc: ", "inode", "--partition"]),
        Row(
            name: "nothing but an etc that cannot be read",
            partitions: [MadePartition(files: system("b").files, damage: "debugfs -w -R 'clri /etc' part"), data],
            refusal: ["partition 1 (ext4): /etc: "]),
        Row(
            name: "a root that names itself beside LVM",
            partitions: [lvm, system("a", root: "LABEL=a", options: "-L a")],
            root: "a"),
        Row(
            name: "a root that boots beside LVM",
            partitions: [lvm, system("a", more: "put boot/root LABEL=a", options: "-L a")], root: "a"),
        Row(
            name: "a system beside LVM", partitions: [lvm, system("a")],
            refusal: ["partition 1 (LVM physical volume)", "partition 2"]),
        Row(name: "LVM alone", partitions: [lvm, data], refusal: ["partition 1 (LVM physical volume)", "guestmount"]),
        Row(name: "no system", partitions: [data, data], refusal: ["partition 1 (ext4, label data)", "partition 2"]),
    ]

    @Test(arguments: rows.indices) func theRootIsFoundOrRefused(_ index: Int) throws {
        let row = Self.rows[index]
        let workshop = try Workshop()
        let disk = try workshop.makeDisk(row.partitions)
        var choice = row.choice
        choice.bootedRoot = { root in
            root[.contents("/boot/root")].value.map { file in
                BootedRoot(device: String(decoding: file.bytes, as: UTF8.self).trimmingCharacters())
            }
        }
        do throws(ImageError) {
            let root = try openImage(at: disk, choice: choice).load([])
            #expect(short(root[.contents("/etc/name")]) == row.root.map { $0 + "\n" }, "\(row.name)")
        } catch {
            #expect(row.root == nil, "\(row.name): \(error)")
            for word in row.refusal { #expect(error.reason.contains(word), "\(row.name): \(word): \(error)") }
        }
    }

    @Test func theRootMayStandOnTheSecondDisk() throws {
        let workshop = try Workshop()
        let first = try workshop.makeDisk([Self.data], named: "first.raw")
        let second = try workshop.makeDisk(
            [Self.system("b", root: "LABEL=root", more: "echo 'LABEL=data /srv ext4' >>etc/fstab", options: "-L root")],
            named: "second.raw")
        let root = try openImage(at: first, choice: DiskChoice(disks: [second])).load([])
        #expect(root.image.disk?.volume == "partition 1 of disk 2")
        #expect(root.image.disk?.mounts.map(\.volume) == ["partition 1"])
        #expect(short(root[.contents("/srv/srv/data")]) == "data\n")
    }
}

extension String {
    fileprivate func trimmingCharacters() -> String { String(prefix { $0 != "\n" }) }
}
