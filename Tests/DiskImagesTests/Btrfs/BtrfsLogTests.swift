/// What a running system waited for and btrfs did not commit yet: the same as the kernel's own replay gives.

import ByteParsing
import DiskImages
import FileSystems
import Foundation
import TestSupport
import Testing

@Suite(
    .enabled(if: Workshop.mountsBtrfs, "\(Workshop.noMount)"),
    .enabled(if: Workshop.has("python3"), "python3 is not installed"))
struct BtrfsLogTests {
    /// Does what programs do to files, waiting for some of it, and leaves the last of it uncommitted.
    static let writer = #"""
        import ctypes, os, random, sys
        random.seed(int(sys.argv[1])); os.chdir(sys.argv[2])
        libc = ctypes.CDLL(None, use_errno=True)
        sizes = [0, 10, 1500, 3000, 5000, 70000, 300000]
        def content(n): return bytes(random.choice(b"abcdefgh \n") for _ in range(min(n, 4000))) * (n // 4000 + 1)
        def write(path, n):
            with open(path, "wb") as f: f.write(content(n)[:n])
        def commit():
            # This file system alone: others are written by tests beside this one.
            fd = os.open(".", os.O_RDONLY); libc.syncfs(fd); os.close(fd)
        def wait(path):
            fd = os.open(path, os.O_RDONLY); os.fsync(fd); os.close(fd)
        for d in ["a", "b/c", "d"]: os.makedirs(d)
        for i in range(150): write(random.choice(["a", "b", "b/c", "d", "."]) + "/old-%d" % i, random.choice(sizes))
        commit()
        def everything():
            dirs, files = [], []
            for d, _, names in os.walk("."):
                dirs.append(d)
                files += [d + "/" + n for n in names if not os.path.islink(d + "/" + n)]
            return dirs, files
        for step in range(random.randint(5, 60)):
            dirs, files = everything()
            d, f, g = random.choice(dirs), random.choice(files), random.choice(files)
            new = "%s/new-%d" % (random.choice(dirs), step)
            op, touched = random.randrange(13), f
            if op == 0: write(new, random.choice(sizes)); touched = new
            elif op == 1:
                with open(f, "ab") as h: h.write(content(random.choice(sizes)))
            elif op == 2:
                with open(f, "r+b") as h: h.seek(random.randrange(100000)); h.write(content(random.choice(sizes)))
            elif op == 3: os.truncate(f, os.path.getsize(f) // 3)
            elif op == 4: os.truncate(f, os.path.getsize(f) + 20000)
            elif op == 5 and f != g: os.rename(f, g); touched = g
            elif op == 6: os.rename(f, new); touched = new
            elif op == 7: os.link(f, new)
            elif op == 8: os.unlink(f); touched = os.path.dirname(f)
            elif op == 9: os.mkdir(new); touched = random.choice([new, os.path.dirname(new)])
            elif op == 10: os.symlink("target-%d" % step, new); touched = os.path.dirname(new)
            elif op == 11 and d != ".":
                try: os.rename(d, new); touched = random.choice([new, os.path.dirname(new)])
                except OSError: pass
            elif op == 12:
                fd = os.open(f, os.O_RDWR)
                libc.fallocate(fd, 3, ctypes.c_long(4096), ctypes.c_long(8192)); os.close(fd)
            if not os.path.exists(touched): touched = "."
            if random.random() < 0.6: wait(touched)
            elif random.random() < 0.1: wait(random.choice(everything()[0]))
            elif random.random() < 0.05: commit()
        write("last", 5000); wait("last")
        """#

    /// Options of mkfs.btrfs and of the mount, by turns.
    static let options = [
        ("", "commit=300"), ("-O ^no-holes", "commit=300"), ("-n 4096", "commit=300,compress-force=zstd"),
    ]

    /// More of them with AMILINT_DIRTY_RUNS.
    static let runs = 0..<(ProcessInfo.processInfo.environment["AMILINT_DIRTY_RUNS"].flatMap(Int.init) ?? 6)

    @Test(arguments: runs) func theLogIsReplayedAsTheKernelDoes(_ run: Int) throws {
        let (making, mounting) = Self.options[run % Self.options.count]
        let workshop = try Workshop()
        try Data(Self.writer.utf8).write(to: URL(filePath: workshop.path + "/writer.py"))
        try workshop.mount(
            "python3 writer.py \(run) \"$m\"; cp --sparse=always image dirty; cp --sparse=always dirty unmounted",
            making: making, mounting: mounting)
        try workshop.run(
            "mount -o loop unmounted mounted; trap 'umount mounted' EXIT; cp -a --sparse=always mounted shown")
        let btrfs = try BtrfsFileSystem(MemoryDisk(workshop.bytes("dirty")))
        // What the kernel cannot put into a log it commits at once, with all that was written before.
        #expect(btrfs.remarks.allSatisfy { $0.contains("replayed in memory") })
        let read = try listing(of: btrfs)
        #expect(read.count > 100 && read["/last"] != nil)
        let differing = differences(read, try workshop.listing(ofDirectory: "shown"))
        #expect(differing.isEmpty, "run \(run): \(differing.count): \(differing.prefix(5))")
    }

    @Test func aLogTreeThatCannotBeReadIsRefused() throws {
        let workshop = try Workshop()
        try workshop.mount(
            "echo x >\"$m/x\"; sync -f \"$m\"; echo y >\"$m/y\"; sync \"$m/y\"; cp --sparse=always image dirty",
            mounting: "commit=300")
        let disk = try MemoryDisk(workshop.bytes("dirty"))
        let remarks = try BtrfsFileSystem(disk).remarks
        #expect(remarks.count == 1 && remarks[0].contains("replayed in memory"))
        #expect(try listing(of: BtrfsFileSystem(disk))["/y"]?.hasPrefix("f 2 ") == true)
        let root = disk.number(8, at: 0x10060)
        for node in disk.nodes where node.address == root { disk.bytes[node.place + 0x65] ^= 1 }
        let error = #expect(throws: FormatError.self) { try BtrfsFileSystem(disk) }
        #expect(error?.code == .checksumMismatch && error?.reason.contains("btrfs rescue zero-log") == true)
    }
}
