/// btrfs as the kernel writes it: compression, subvolumes, snapshots, several devices.

import ByteParsing
import DiskImages
import FileSystems
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.mountsBtrfs, "\(Workshop.noMount)"))
struct BtrfsMountedTests {
    /// Options of mkfs.btrfs and of the mount.
    static let options = [
        ("", "compress-force=zlib"), ("", "compress-force=lzo"), ("", "compress-force=zstd:15"), ("", "compress=zstd"),
        ("-n 4096", "compress-force=lzo"), ("-O ^no-holes", "compress-force=zlib:9"), ("--mixed", "compress-force=lzo"),
        ("--csum xxhash", "max_inline=0"), ("--csum sha256", "max_inline=2048"),
    ]

    /// Files of which parts were written anew, allocated, punched out, cut and shared.
    static let corners = """
        cd "$m"
        for i in $(seq 3000); do echo "line $i of text that packs"; done >text
        cp text over; sync -f .
        for i in 3 17 40; do echo OVER | dd of=over bs=1 seek=$((i * 1000)) conv=notrunc status=none; sync -f .; done
        cp --reflink=always over shared; truncate -s 50000 shared; truncate -s 90000 shared
        fallocate -l 300000 allocated; echo some | dd of=allocated bs=1 seek=100000 conv=notrunc status=none
        fallocate -n -l 500000 text
        cp over punched; sync -f .; fallocate -p -o 8192 -l 16384 punched
        head -c 700 over >small; truncate -s 2000 small; head -c 200 text >inline
        yes | head -c 5000000 >large || true; dd if=/dev/urandom of=random bs=1000 count=300 status=none
        ln text hard; mkdir names; for i in $(seq 2000); do : >names/$i; done; rm names/1*
        setfattr -n user.x -v y text 2>/dev/null || true
        """

    @Test(arguments: options.indices) func everyFileIsAsTheKernelShowsIt(_ index: Int) throws {
        let (making, mounting) = Self.options[index]
        let workshop = try Workshop()
        try workshop.makeContent()
        try workshop.mount(
            "cp -a content/. \"$m\"; \(Self.corners)\ncd ..; sync -f mounted; cp -a --sparse=always mounted shown",
            making: making, mounting: mounting)
        let read = try listing(of: BtrfsFileSystem(MemoryDisk(workshop.bytes("image"))))
        #expect(read.count > 1200)
        #expect(differences(read, try workshop.listing(ofDirectory: "shown")).isEmpty)
    }

    @Test func subvolumesAreMountedByPathAndNumberAndNestedOnesAreDirectories() throws {
        let workshop = try Workshop()
        let numbers = try workshop.mount(
            """
            cd "$m"; b() { btrfs -q subvolume "$@"; }
            b create @; b create @/var; mkdir -p @/usr/share/a; b create @/usr/share/a/deep; echo top >top
            echo root >@/name; echo var >@/var/name; echo deep >@/usr/share/a/deep/name
            mkdir .snapshots; b snapshot -r @ .snapshots/1; b snapshot .snapshots/1 .snapshots/2; echo two >.snapshots/2/name
            b create gone; b delete -c gone; b set-default "$(btrfs inspect-internal rootid .snapshots/2)" .
            for s in @ @/var @/usr/share/a/deep .snapshots/1 .snapshots/2; do
              echo "$(btrfs inspect-internal rootid $s) $s"
            done
            """)
        let btrfs = try BtrfsFileSystem(MemoryDisk(workshop.bytes("image")))
        let expected = numbers.split(separator: "\n").reduce(into: ["5": ""]) { all, line in
            let words = line.split(separator: " ")
            all[String(words[0])] = String(words[1])
        }
        let subvolumes = try btrfs.subvolumes()
        #expect(subvolumes.all.reduce(into: [:]) { $0[String($1.number)] = $1.path } == expected)
        #expect(subvolumes.subvolume(subvolumes.defaultNumber)?.path == ".snapshots/2")
        #expect(try read("name", btrfs) == "two\n" && btrfs.subvolume == subvolumes.defaultNumber)
        func shown(_ options: String...) throws -> BtrfsFileSystem? {
            guard case .subvolume(let found) = subvolumes.answer(to: options) else { return nil }
            return try btrfs.showing(found.number)
        }
        #expect(try shown("subvol=@").map { try read("name", $0) } == "root\n")
        #expect(try shown("noatime", "subvol=home", "subvol=/@/var/").map { try read("name", $0) } == "var\n")
        let top = try #require(try shown("subvolid=5"))
        let files = try listing(of: top)
        #expect(files["/@/var/name"] != nil && files["/@/usr/share/a/deep/name"] != nil)
        // A snapshot has the names of nested subvolumes, and nothing in them.
        #expect(files["/.snapshots/1/var"] == "d" && files["/.snapshots/1/var/name"] == nil)
        #expect(files["/.snapshots/1/usr/share/a/deep"] == "d" && files["/.snapshots/2/name"] != files["/@/name"])
    }

    @Test func aDefaultSubvolumeThatIsNotThereIsSaid() throws {
        let workshop = try Workshop()
        try workshop.mount(
            "cd \"$m\"; btrfs -q subvolume create a; echo top >top; btrfs -q subvolume set-default 256 .",
            making: "--csum blake2 -m single")
        let disk = try MemoryDisk(workshop.bytes("image"))
        #expect(try read("top", BtrfsFileSystem(disk)) == nil)
        // The entry `default` of the root tree names another.
        let root = try #require(disk.root(at: 0x50))
        let entry = try #require(disk.item(84, in: root))
        disk.write(300, 8, at: entry.place)
        let btrfs = try BtrfsFileSystem(disk)
        #expect(try read("top", btrfs) == "top\n")
        #expect(btrfs.remarks.contains { $0.contains("default subvolume 300 is not there") })
        guard case .refused(let reason) = try btrfs.subvolumes().answer(to: []) else {
            Issue.record("a default that is not there is mounted")
            return
        }
        #expect(reason.contains("no subvolume 300, which is its default"))
    }

    /// Profiles, and whether one device is enough to read every file.
    static let profiles = [("-d raid1 -m raid1", true), ("-d single -m raid1", false), ("-d raid0 -m raid1", false)]

    @Test(arguments: profiles.indices) func ofTwoDevicesOneIsReadAsFarAsItGoes(_ index: Int) throws {
        let (profile, isEnough) = Self.profiles[index]
        let workshop = try Workshop()
        try workshop.makeContent(names: 20)
        try workshop.run(
            """
            truncate -s 300M one two; a=$(losetup -f --show one); trap 'losetup -d $a' EXIT
            b=$(losetup -f --show two); trap 'losetup -d $a $b' EXIT
            mkfs.btrfs -q -f \(profile) $a $b >/dev/null; mkdir m; mount -o device=$b $a m
            cp -a content/. m; dd if=/dev/urandom of=m/large bs=1M count=100 status=none; cp m/large content; umount m
            """)
        for name in ["one", "two"] {
            let btrfs = try BtrfsFileSystem(MemoryDisk(workshop.bytes(name)))
            #expect(btrfs.remarks.contains { $0.contains("2 devices") })
            let read = try listing(of: btrfs, undetermined: .unsupported)
            let open = Set(read.filter { $0.value == "?" }.keys)
            let differing = differences(read, try workshop.listing(ofDirectory: "content"))
            #expect(open.isEmpty == isEnough && differing.count == open.count, "\(name): \(differing)")
            if profile.contains("raid0") {
                let error = #expect(throws: FormatError.self) { try listing(of: btrfs) }
                #expect(error?.reason.contains("RAID0 over 2") == true)
            }
        }
    }

    private func read(_ name: String, _ btrfs: BtrfsFileSystem) throws -> String? {
        try btrfs.node(named: FileName(name), in: btrfs.root).map { fileName(try btrfs.content(of: $0, upTo: 100)) }
    }
}
