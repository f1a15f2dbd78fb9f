/// What a root's fstab makes of a disk with several partitions.

import TestSupport
import Testing

@testable import ImageReading

@Suite(.enabled(if: Workshop.hasDiskTools, "e2fsprogs and fdisk are not installed"))
struct DiskMountingTests {
    struct Row: Sendable {
        let name: String
        /// The lines of fstab besides that of the root.
        let fstab: [String]
        /// What stands on the root besides its fstab.
        var files = ""
        var others: [MadePartition] = []
        /// Paths and what they hold, `none` where nothing stands there.
        var texts: [String: String] = [:]
        /// Paths and why they cannot be read.
        var problems: [String: Problem.Code] = [:]
        /// Where something is mounted, in order.
        var mounted: [ImagePath] = []
        /// What the remarks say, in order.
        var remarks: [String] = []
    }

    static let none = "nothing"

    static func volume(_ label: String, _ files: String = "") -> MadePartition {
        MadePartition(files: "put volume \(label)\n" + files, options: "-L \(label)")
    }

    static let rows = [
        Row(
            name: "boot before what lies below it", fstab: ["LABEL=efi /boot/efi ext4", "LABEL=boot /boot ext4"],
            files: "mkdir boot", others: [volume("efi"), volume("boot", "mkdir efi")],
            texts: ["/boot/volume": "boot", "/boot/efi/volume": "efi"], mounted: ["/boot", "/boot/efi"]),
        Row(
            name: "a mount point that is not there", fstab: ["LABEL=data /data/a ext4 nofail,x-systemd.automount"],
            others: [volume("data")], texts: ["/data/a/volume": "data"], mounted: ["/data/a"]),
        Row(
            name: "a mount point that is a link",
            fstab: ["LABEL=efi /efi ext4", "LABEL=boot /boot ext4"], files: "mkdir boot; ln -s boot/efi efi",
            others: [volume("boot"), volume("efi")],
            texts: ["/boot/efi/volume": "efi", "/efi/volume": "efi", "/boot/volume": "boot"],
            mounted: ["/boot", "/boot/efi"]),
        Row(
            name: "a mount point that is a file", fstab: ["LABEL=data /etc/name ext4"], files: "put etc/name x",
            others: [volume("data")], texts: ["/etc/name": "x"], remarks: ["/etc/name: no directory stands there"]),
        Row(
            name: "usr apart", fstab: ["LABEL=usr /usr ext4"], files: "mkdir usr; ln -s usr/lib lib",
            others: [volume("usr", "put lib/os-release ID=usr")], texts: ["/lib/os-release": "ID=usr"],
            mounted: ["/usr"]),
        Row(
            name: "blanks in names", fstab: [#"LABEL=my\040data /mnt/a\040b ext4"#],
            others: [MadePartition(files: "put volume blank", options: "-L 'my data'")],
            texts: ["/mnt/a b/volume": "blank"], mounted: ["/mnt/a b"]),
        Row(
            name: "a tmpfs hides what lies below", fstab: ["tmpfs /var/tmp tmpfs", "tmpfs /srv tmpfs noauto"],
            files: "put var/tmp/x x; put srv/x x", texts: ["/var/tmp/x": none, "/srv/x": "x"]),
        Row(
            name: "a volume on a tmpfs", fstab: ["LABEL=data /run/data ext4", "tmpfs /run tmpfs"], files: "put run/x x",
            others: [volume("data")], texts: ["/run/x": none, "/run/data/volume": "data"],
            mounted: ["/run/data"]),
        Row(
            name: "a directory shown elsewhere, of a volume that is mounted less high",
            fstab: ["/data/disk/var /var none bind", "LABEL=data /data/disk ext4", "LABEL=log /var/log ext4"],
            files: "put var/old old; mkdir -p data/disk/var",
            others: [volume("data", "put var/x x; mkdir var/log"), volume("log")],
            texts: ["/var/old": none, "/var/x": "x", "/var/log/volume": "log"], mounted: ["/data/disk", "/var/log"]),
        Row(
            name: "directories shown in a circle", fstab: ["/a/x /b none bind", "/b/x /a none bind"],
            files: "put a/x/y 1; put b/x/y 2", texts: ["/b/y": "1"]),
        Row(
            name: "a file system in a file",
            fstab: ["/srv/disk.img /srv/a ext4 loop", "/dev/loop3 /srv/b ext4", "/var/x.img /var ext4"],
            files: "mkdir -p srv/a srv/b var; put srv/disk.img x",
            problems: ["/srv/a/x": .unsupported, "/srv/b/x": .unsupported, "/var/lib/x": .unsupported],
            remarks: ["/var: /var/x.img, a file", "/srv/a: /srv/disk.img, a file", "/srv/b: /dev/loop3, a file"]),
        Row(
            name: "a volume that is not there", fstab: ["UUID=aaaa /boot ext4", "LABEL=x /data ext4 nofail"],
            files: "mkdir boot", problems: ["/boot/x": .notExported, "/data/x": .notExported],
            remarks: [
                "/boot: UUID=aaaa expected here by /etc/fstab:2, which is on no disk that was given; give",
                "/data: LABEL=x",
            ]),
        Row(
            name: "a logical volume", fstab: ["/dev/mapper/vg-var /var ext4"], files: "mkdir var",
            others: [DiskRootsTests.lvm], problems: ["/var/x": .unsupported],
            remarks: [
                "/var: /dev/mapper/vg-var expected here by /etc/fstab:2, which no partition is called that can be read; it may lie on partition 2 (LVM physical volume)"
            ]),
        Row(
            name: "two volumes of one name", fstab: ["LABEL=boot /boot ext4"], files: "mkdir boot",
            others: [volume("boot"), volume("boot")], problems: ["/boot/x": .undecided],
            remarks: ["partition 2 and partition 3"]),
        Row(
            name: "two lines for one place, by systemd", fstab: ["LABEL=a /mnt ext4", "LABEL=b /mnt ext4"],
            files: "mkdir -p etc/systemd", others: [volume("a"), volume("b")], texts: ["/mnt/volume": "a"],
            mounted: ["/mnt"], remarks: ["/mnt: /etc/fstab:2 and /etc/fstab:3 mount here; it is read as by the first"]),
        Row(
            name: "two lines for one place, by mount", fstab: ["LABEL=a /mnt ext4", "LABEL=b /mnt ext4"],
            others: [volume("a"), volume("b")], texts: ["/mnt/volume": "b"],
            mounted: ["/mnt"], remarks: ["the last"]),
        Row(
            name: "what an image cannot hold",
            fstab: [
                "proc /proc proc", "LABEL=s none swap", "server:/x /home nfs",
                "efivarfs /sys/firmware/efi/efivars efivarfs",
                "/dev/sdz1 none swap", "user@host:/x /srv fuse.sshfs",
            ], files: "put home/x x", texts: ["/home/x": "x"]),
        Row(
            name: "more lines than any host has",
            fstab: ["LABEL=boot /boot ext4"],
            files: "mkdir boot; seq 1000000 | sed 's:.*:LABEL=x /m/& xfs d:' >>etc/fstab",
            others: [volume("boot")], problems: ["/boot/x": .tooLarge],
            remarks: ["what is mounted where is not known: /etc/fstab"]),
    ]

    @Test(arguments: rows.indices) func fstabDecides(_ index: Int) throws {
        let row = Self.rows[index]
        let workshop = try Workshop()
        let lines = row.fstab.joined(separator: "\n")
        let system = MadePartition(
            files: "mkdir -p etc; cat >etc/fstab <<'FSTAB'\nLABEL=root / ext4\n\(lines)\nFSTAB\n" + row.files,
            options: "-L root", size: row.name.hasPrefix("more lines") ? 64 : 8)
        let root = try openImage(at: workshop.makeDisk([system] + row.others)).load([])
        for (path, text) in row.texts {
            let file = root[.contents(ImagePath(path))]
            #expect(text == Self.none ? file.isAbsent : short(file) == text + "\n", "\(row.name): \(path): \(file)")
        }
        for (path, code) in row.problems {
            #expect(root[.contents(ImagePath(path))].problem?.code == code, "\(row.name): \(path)")
        }
        #expect(root.image.disk?.mounts.map(\.mountPoint) == row.mounted, "\(row.name)")
        let remarks = root.image.remarks
        #expect(remarks.count == row.remarks.count, "\(row.name): \(remarks)")
        for (remark, expected) in zip(remarks, row.remarks) {
            #expect(remark.contains(expected), "\(row.name): \(remark)")
        }
    }
}
