/// Disks that are made to do harm, given to the whole program under a limit of time and of memory: it ends with an answer
/// or an error, and opens no file but the one that was named.

import Foundation
import Testing

@Suite(.enabled(if: ["mke2fs", "debugfs", "sfdisk", "python3"].allSatisfy(isInstalledForDisks)))
struct DiskTrapTests {
    /// Makes a disk of a small root, `disk.raw` of one partition and `ext4` of none, and says how to change bytes:
    /// `put FILE OFFSET HEX...`; `place FILE PATH` is where an inode stands, `block FILE PATH` its first block, in bytes.
    private static let tools = #"""
        set -e -o pipefail
        PATH=$PATH:/usr/sbin:/sbin
        put() { f=$1 o=$2; shift 2; printf "$(printf '\\x%s' "$@")" | dd of=$f bs=1 seek=$((o)) conv=notrunc status=none; }
        place() {
          set -- $(debugfs -R "imap $2" $1 2>/dev/null | tr -d ,); while [ "$1" != at ]; do shift; done
          echo $(($3 * 1024 + $5))
        }
        block() { echo $(($(debugfs -R "blocks $2" $1 2>/dev/null | awk '{print $1}') * 1024)); }
        mkdir -p root/etc/systemd/system root/usr/bin root/var/lib root/boot root/opt root/home
        printf 'ID=amzn\nVERSION_ID="2023"\nPRETTY_NAME="Amazon Linux 2023"\n' >root/etc/os-release
        printf 'LABEL=root / ext4 defaults 0 1\n' >root/etc/fstab
        image() { rm -f ext4; mke2fs -q -F -t ext4 -b 1024 -O ^metadata_csum "$@" -L root -d root ext4 ${size:-8}M; }
        disk() {
          rm -f disk.raw; truncate -s 16M disk.raw
          echo "${table:-label: gpt}
        start=2048, size=16384, type=L" | sed 's/^ *//' | sfdisk -q disk.raw
          dd if=ext4 of=disk.raw bs=1M seek=1 conv=notrunc status=none; rm ext4
        }

        """#

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Makes `disk.raw` or `ext4`.
        let script: String
        /// 65 where the whole is refused.
        let statuses: Set<Int32>
        /// What stands in the report or the error.
        let says: String
        var testDescription: String { name }

        init(_ name: String, _ script: String, _ statuses: Set<Int32>, _ says: String) {
            self.name = name
            self.script = script
            self.statuses = statuses
            self.says = says
        }
    }

    private static let answered: Set<Int32> = [0, 1, 2]

    static let rows: [Row] = [
        Row("as it should be", "image; disk", answered, "Amazon Linux 2023"),
        Row("nothing", ": >disk.raw", [65], "an empty file"),
        Row("1 byte", "printf x >disk.raw", [65], "another kind"),
        Row("511 bytes", "head -c 511 /dev/zero >disk.raw", [65], "another kind"),
        Row(
            "a sector of a master boot record", "head -c 512 /dev/zero >disk.raw; put disk.raw 510 55 aa", [65],
            "another kind"),
        Row("terabytes of nothing", "truncate -s 8T disk.raw", [65], "zeros alone"),
        Row("terabytes behind a table", "image; disk; truncate -s 8T disk.raw", answered, "Amazon Linux 2023"),
        Row("an odd size", "image; disk; printf abc >>disk.raw", answered, "Amazon Linux 2023"),
        Row("the first header of a GPT gone", "image; disk; put disk.raw 512 00", answered, "its copy was used"),
        Row(
            "both headers gone", "image; disk; put disk.raw 512 00; put disk.raw 16777216-512 00", [65],
            "GUID partition table"),
        Row("an MBR, cut", "image; table='label: dos' disk; truncate -s 6M disk.raw", answered, "Amazon Linux 2023"),
        Row(
            "a root that is a file", "image; put ext4 $(place ext4 /)+0 a4 81", [65],
            "root of the file system"),
        Row(
            "a directory of itself, many times",
            "for i in $(seq 60); do mkdir root/etc/d$i; done; image\n"
                + "n=$(debugfs -R 'stat /etc' ext4 2>/dev/null | sed -n 's/^Inode: \\([0-9]*\\).*/\\1/p')\n"
                + "for i in $(seq 60); do echo \"rmdir /etc/d$i\"; echo \"ln <$n> /etc/d$i\"; done | debugfs -w -f - ext4 >/dev/null 2>&1",
            answered, "Amazon Linux 2023"),
        Row(
            "directories with many names, under many names", many, answered, "1000000 names"),
        Row(
            "a file of 2^62 bytes", "image; put ext4 $(place ext4 /etc/os-release)+0x6c 00 00 00 40", answered,
            "/etc/os-release"),
        Row(
            "a file whose extents are six levels deep", "image; put ext4 $(place ext4 /etc/os-release)+0x2e 06 00",
            answered,
            "6 found"),
        Row(
            "a directory whose record has no length", "image; put ext4 $(block ext4 /etc)+4 00 00", [65],
            "record of a directory"),
        Row(
            "110,000 lines in fstab", "for i in $(seq 110000); do echo 'a /b c'; done >>root/etc/fstab; image; disk",
            answered,
            "/etc/fstab"),
        Row(
            "a million lines in fstab", "seq 1000000 | sed 's:.*:LABEL=x /m/& xfs d:' >>root/etc/fstab; size=64 image",
            answered,
            "/etc/fstab"),
        Row(
            "mounts in a circle",
            "printf '/a /b none bind\\n/b /a none bind\\n/var/x /var ext4 loop\\n' >>root/etc/fstab; image",
            answered, "/var"),
        Row(
            "a volume that is not there", "echo 'UUID=0-0 /boot ext4' >>root/etc/fstab; image", answered, "--disk FILE"),
        Row(
            "links in a circle", "ln -s b root/etc/a; ln -s a root/etc/b; ln -sf a root/etc/fstab; image", answered,
            "fstab"),
    ]

    /// A directory of 20,000 names that is called by many names where those of units are looked for.
    private static let many = """
        mkdir -p root/etc/systemd/system/n.d root/etc/systemd/system/a.service.d
        (cd root/etc/systemd/system/n.d; seq -f n%g 20000 | xargs touch)
        size=64 image -N 60000
        n=$(debugfs -R "stat /etc/systemd/system/n.d" ext4 2>/dev/null | sed -n 's/^Inode: \\([0-9]*\\).*/\\1/p')
        for i in $(seq 300); do echo "ln <$n> /etc/systemd/system/b$i.d"; done | debugfs -w -f - ext4 >/dev/null 2>&1
        """

    /// Runs the command of `$@` with at most 4 GB of addresses, and says the most memory that it had, in MB.
    private static let limited = """
        import resource, subprocess, sys
        def limit(): resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        status = subprocess.run(sys.argv[1:], preexec_fn=limit).returncode
        print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
        sys.exit(status)
        """

    @Test("a hostile disk ends in an answer or an error", arguments: rows)
    func ends(row: Row) throws {
        let work = try Workplace()
        let made = try work.run(Self.tools + row.script)
        #expect(made.status == 0, "\(made.error)")
        let name = try work.names().contains("disk.raw") ? "disk.raw" : "ext4"
        let isTraced = isInstalled("strace")
        let outcome = try work.run(
            "timeout 120 python3 -c \"$LIMITED\" "
                + (isTraced ? "strace -f -qq --seccomp-bpf -e trace=open,openat,openat2 -o trace " : "")
                + "$AMILINT check \(name) --today 2026-11-28",
            environment: ["LIMITED": Self.limited])
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let peak = lines.last { $0.hasPrefix("peak ") }.flatMap { Int($0.dropFirst(5)) }
        print("\(row.name): status \(outcome.status), \(peak ?? -1) MB, \(outcome.error.prefix(200))")
        #expect(row.statuses.contains(outcome.status), "\(outcome.output)\(outcome.error)")
        #expect((outcome.output + outcome.error).contains(row.says), "\(outcome.output)\(outcome.error)")
        #expect(peak ?? .max < 300)
        if isTraced { #expect(try DiskContainerTests.openedByTrace(work) == [name]) }
    }
}

/// Whether a program for disks is installed, those of the system administrator among them.
private func isInstalledForDisks(_ tool: String) -> Bool {
    let found = ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].contains {
        FileManager.default.isExecutableFile(atPath: $0 + tool)
    }
    if !found { print("SKIPPED for want of \(tool): run 'make tools'") }
    return found
}
