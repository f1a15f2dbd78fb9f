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

    /// What the tree of roots may not hold, with checksums that are not verified.
    @Test func subvolumesThatLeadToNoTopLevelHaveNoPath() throws {
        let workshop = try Workshop()
        try workshop.mount(
            """
            cd "$m"; b() { btrfs -q subvolume "$@"; }
            b create aa; b create aa/bb; echo file >aa/bb/file; b set-default "$(btrfs inspect-internal rootid aa)" .
            """, making: "--csum blake2 -m single")
        let clean = try workshop.bytes("image")
        /// The subvolumes where each item of this kind in leaves of a tree was changed.
        func subvolumes(_ owner: UInt64, _ type: UInt8, _ change: (MemoryDisk, _ entry: Int, _ place: Int) -> Void)
            throws
            -> (Subvolumes, BtrfsFileSystem)
        {
            let disk = MemoryDisk(clean)
            for node in disk.nodes where node.owner == owner && node.level == 0 {
                for entry in (0..<node.count).map({ node.place + 0x65 + 25 * $0 }) where disk.bytes[entry + 8] == type {
                    change(disk, entry, node.place + 0x65 + Int(disk.number(4, at: entry + 17)))
                }
            }
            let btrfs = try BtrfsFileSystem(disk)
            return (try btrfs.subvolumes(), btrfs)
        }
        let (whole, _) = try subvolumes(1, 0) { _, _, _ in }
        #expect(whole.all.map(\.path) == ["", "aa", "aa/bb"] && whole.defaultNumber == 256)
        // The first hangs in the second, which hangs in the first (ROOT_BACKREF).
        let (cycle, _) = try subvolumes(1, 144) { disk, entry, _ in
            if disk.number(8, at: entry) == 256 { disk.write(257, 8, at: entry + 9) }
        }
        #expect(cycle.all.map(\.path) == ["", nil, nil])
        guard case .unknown = cycle.answer(to: ["subvol=aa"]) else {
            Issue.record("\(cycle.answer(to: ["subvol=aa"]))")
            return
        }
        // The name `..` in the tree of roots, and in the directory (DIR_ITEM, DIR_INDEX).
        func dots(_ disk: MemoryDisk, _ place: Int) { disk.bytes.replaceSubrange(place..<place + 2, with: "..".utf8) }
        let (named, _) = try subvolumes(1, 144) { disk, entry, place in
            if disk.number(8, at: entry) == 256 { dots(disk, place + 18) }
        }
        guard case .refused = named.answer(to: ["subvol=../bb"]) else {
            Issue.record("\(named.answer(to: ["subvol=../bb"]))")
            return
        }
        for type: UInt8 in [84, 96] {
            let (_, btrfs) = try subvolumes(5, type) { disk, _, place in
                if disk.bytes[place + 30..<place + 32].elementsEqual("aa".utf8) { dots(disk, place + 30) }
            }
            let names = (try? btrfs.showing(5).names(in: btrfs.showing(5).root)) ?? []
            #expect(!names.contains(FileName("..")), "type \(type)")
        }
        // Without an entry of that name the top level is the default (get_default_subvol_objectid of Linux).
        let (unnamed, _) = try subvolumes(1, 84) { disk, _, place in disk.bytes[place + 30] ^= 0x20 }
        #expect(unnamed.defaultNumber == 5)
        // One that names a subvolume which is not there is mounted by no Linux.
        let (absent, _) = try subvolumes(1, 84) { disk, _, place in disk.write(999, 8, at: place) }
        guard case .refused = absent.answer(to: []) else {
            Issue.record("\(absent.answer(to: []))")
            return
        }
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
