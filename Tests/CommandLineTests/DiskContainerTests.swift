/// The same disk in every container: the same findings, and no file opened but the one that was named.

import Foundation
import Testing

@Suite struct DiskContainerTests {
    /// Makes `disk.raw`, an ext4 with a small root, and from it each container that is read.
    static let containers = """
        set -e
        PATH=$PATH:/usr/sbin:/sbin
        mkdir -p root/etc root/usr/bin root/var/lib
        printf 'ID=amzn\\nVERSION_ID="2023"\\nPRETTY_NAME="Amazon Linux 2023"\\n' >root/etc/os-release
        printf 'LABEL=root / ext4 defaults 0 1\\n' >root/etc/fstab
        head -c 300000 /dev/urandom >root/usr/bin/program
        truncate -s 24M disk.raw && mke2fs -q -t ext4 -L root -d root disk.raw
        convert() { qemu-img convert -f raw -O $1 -o $2 disk.raw $3; }
        convert vmdk subformat=streamOptimized stream.vmdk
        convert vmdk subformat=monolithicSparse sparse.vmdk
        convert vpc subformat=dynamic,force_size=on dynamic.vhd
        convert vpc subformat=fixed,force_size=on fixed.vhd
        convert vhdx subformat=dynamic dynamic.vhdx
        convert qcow2 compat=0.10 v2.qcow2
        qemu-img convert -c -f raw -O qcow2 disk.raw deflate.qcow2
        qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,extended_l2=on disk.raw zstd.qcow2
        echo '<Envelope/>' >vm.ovf && tar -cf vm.ova vm.ovf stream.vmdk
        truncate -s 8M data && mke2fs -q -L data data && qemu-img convert -f raw -O vmdk data data.vmdk && rm data
        tar -cf two.ova vm.ovf data.vmdk stream.vmdk && rm data.vmdk

        """
    static let names = [
        "disk.raw", "stream.vmdk", "sparse.vmdk", "dynamic.vhd", "fixed.vhd", "dynamic.vhdx", "v2.qcow2",
        "deflate.qcow2",
        "zstd.qcow2", "vm.ova", "two.ova",
    ]

    /// What cannot be read at any place, made of those; one of each compression, and containers.
    static let compressing = """
        gzip -k disk.raw; xz -k -T2 --block-size=1MiB disk.raw; zstd -q disk.raw; bzip2 -k disk.raw; lz4 -q disk.raw disk.raw.lz4
        gzip -k fixed.vhd; xz -k v2.qcow2; zstd -q vm.ova; gzip -k dynamic.vhdx

        """
    static let compressed = [
        "disk.raw.gz", "disk.raw.xz", "disk.raw.zst", "disk.raw.bz2", "disk.raw.lz4", "fixed.vhd.gz", "v2.qcow2.xz",
        "vm.ova.zst", "dynamic.vhdx.gz",
    ]

    /// Prints of which kind an image is, and the rest of the report without what only some disks have.
    static let findings = """
        python3 -c "
        import json, sys
        report = json.load(sys.stdin); kind = report['image']; del report['image']
        # An appliance has more than the one disk, by which findings call it.
        del report['facts']['disk']
        print(kind.get('kind'), kind.get('compression'), (kind.get('disk') or {}).get('container'))
        print(json.dumps(report, sort_keys=True).replace('disk 2', 'the whole disk'))"
        """

    @Test("every container holds the same image, read by check and by audit")
    func sameFindings() throws {
        guard isInstalled("qemu-img"), isInstalled("python3") else { return }
        let work = try Workplace()
        let made = try work.run(Self.containers)
        #expect(made.status == 0, "\(made.error)")
        var expected: [Substring] = []
        for name in Self.names {
            let outcome = try work.run("$AMILINT check \(name) --today 2026-11-28 -o json | \(Self.findings)")
            let lines = outcome.output.split(separator: "\n")
            try #require(lines.count == 2, "\(name): \(outcome.error)")
            #expect(lines[0].hasPrefix("disk None"), "\(name)")
            if expected.isEmpty { expected = lines }
            #expect(lines[1] == expected[1], "\(name)")
            #expect(lines[1].contains("linux-distribution"))
        }
        // What is called a disk and cannot be recognized has a row too.
        let audit = try work.run(
            """
            rm -rf root vm.ovf && mkdir -p sub && echo text >sub/a.qcow2 && echo text >sub/b.VHDX && echo text >sub/c
            $AMILINT audit . -o jsonl --state state | python3 -c "
            import json, sys
            for line in sys.stdin:
                row = json.loads(line)
                if 'image' in row: print(row['image']['name'], 'error' in row)"
            """)
        let rows = Set(audit.output.split(separator: "\n").map(String.init))
        let expectedRows = Self.names.map { "\($0) False" } + ["sub/a.qcow2 True", "sub/b.VHDX True"]
        #expect(rows == Set(expectedRows), "\(audit.output)\(audit.error)")
    }

    /// What of the program's own it opens, whatever the image: libraries, what the system says, the time zone.
    private static let own = ["/proc/", "/sys/", "/etc/ld.so", "/etc/localtime", "/usr/share/zoneinfo", "/dev/null"]

    /// The files that a run of the program opens, or tries to, besides its own.
    private static func opened(_ work: Workplace, _ arguments: String) throws -> Set<String> {
        let outcome = try work.run("strace -f -qq -e trace=open,openat,openat2 -o trace $AMILINT \(arguments)")
        #expect([0, 1, 2, 65].contains(outcome.status), "\(outcome.error)")
        return try openedByTrace(work)
    }

    /// Where the program makes a file without a name for a disk that may be compressed, unless it is told otherwise.
    private static let scratch = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"

    /// The same of the run that wrote `trace`.
    static func openedByTrace(_ work: Workplace) throws -> Set<String> {
        let trace = try String(contentsOf: work.url.appending(path: "trace"), encoding: .utf8)
        return Set(
            trace.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
                guard parts.count >= 3 else { return nil }
                let path = String(parts[1])
                return own.contains(where: path.hasPrefix) || path.contains(".so") || path == scratch ? nil : path
            })
    }

    @Test("the source alone is opened, whatever its bytes name")
    func noSecondFile() throws {
        guard isInstalled("strace"), isInstalled("qemu-img") else { return }
        let work = try Workplace()
        let made = try work.run(
            Self.containers + """
                qemu-img create -q -f qcow2 -b /etc/passwd -F raw backing.qcow2 8M
                qemu-img create -q -f qcow2 -o data_file=data data.qcow2 8M
                qemu-img create -q -f vmdk -o subformat=monolithicFlat flat.vmdk 8M
                qemu-img create -q -f vmdk -b stream.vmdk -F vmdk delta.vmdk
                qemu-img create -q -f vpc parent.vhd 8M
                sed 's/"flat-flat.vmdk"/"\\/etc\\/shadow"/' flat.vmdk >shadow.vmdk
                sed 's/"flat-flat.vmdk"/"..\\/disk.raw"/' flat.vmdk >up.vmdk
                convert vdi static=off disk.vdi

                """ + Self.compressing)
        #expect(made.status == 0, "\(made.error)")
        let refused = [
            "backing.qcow2", "data.qcow2", "flat.vmdk", "delta.vmdk", "shadow.vmdk", "up.vmdk", "disk.vdi",
        ]
        for name in Self.names + refused {
            #expect(try Self.opened(work, "check \(name)") == [name], "\(name)")
        }
        _ = try work.run("mkdir scratch")
        for name in Self.compressed {
            #expect(try Self.opened(work, "check \(name) --scratch scratch") == [name, "scratch"], "\(name)")
        }
    }

    @Test("a disk that is compressed or comes by a pipe is the same image, and nothing is left of it")
    func decompressed() throws {
        guard isInstalled("qemu-img"), isInstalled("lz4"), isInstalled("zstd") else { return }
        let work = try Workplace()
        let made = try work.run(Self.containers + Self.compressing + "mkdir scratch; chmod 700 scratch")
        #expect(made.status == 0, "\(made.error)")
        let options = "--scratch scratch --today 2026-11-28 -o json | \(Self.findings)"
        let expected = try work.run("$AMILINT check disk.raw \(options)").output.split(separator: "\n")
        try #require(expected.count == 2)
        let kinds: [String: String] = [
            "fixed.vhd.gz": "vhd fixed", "v2.qcow2.xz": "qcow2", "vm.ova.zst": "ova", "dynamic.vhdx.gz": "vhdx dynamic",
        ]
        for name in Self.compressed {
            let lines = try work.run("$AMILINT check \(name) \(options)").output.split(separator: "\n")
            try #require(lines.count == 2, "\(name)")
            #expect(lines[0].hasPrefix("disk ") && !lines[0].contains(" None "), "\(lines[0])")
            #expect(lines[0].hasSuffix(kinds[name] ?? "None"), "\(lines[0])")
            #expect(lines[1] == expected[1], "\(name)")
        }
        for name in ["disk.raw", "fixed.vhd", "stream.vmdk", "dynamic.vhdx", "vm.ova", "disk.raw.xz"] {
            let lines = try work.run("cat \(name) | $AMILINT check - \(options)").output.split(separator: "\n")
            #expect(lines.last == expected[1], "\(name)")
        }
        // By TMPDIR too, and by a file that is not at its beginning.
        let other = try work.run(
            "{ head -c 0; $AMILINT check - --today 2026-11-28 -o json; } <disk.raw.gz | \(Self.findings)",
            environment: ["TMPDIR": work.url.path + "/scratch"])
        #expect(other.output.split(separator: "\n").last == expected[1])
        #expect(try work.run("ls -A scratch").output == "")
    }

    @Test("an audit decompresses a disk where it is told a directory, and reads again what it refused without")
    func audited() throws {
        guard isInstalled("qemu-img") else { return }
        let work = try Workplace()
        let made = try work.run(Self.containers + "mkdir images scratch; gzip -c disk.raw >images/disk.raw.gz")
        #expect(made.status == 0, "\(made.error)")
        let rows = """
            python3 -c "
            import json, sys
            for line in sys.stdin:
                row = json.loads(line)
                if 'image' in row: print(row['error']['code'], row['error']['reason']) if 'error' in row else print('read')"
            """
        let command = "$AMILINT audit images -o jsonl --state state"
        let refused = try work.run("\(command) | \(rows)").output
        #expect(refused.hasPrefix("noScratch a directory by --scratch DIR expected"), "\(refused)")
        #expect(try work.run("\(command) --scratch scratch | \(rows)").output == "read\n")
        #expect(try work.run("\(command) | \(rows)").output == "read\n")
        #expect(try work.run("ls -A scratch").output == "")
    }

    @Test("no room, a cut file and a process that is killed leave nothing, and are said")
    func noRoom() throws {
        guard isInstalled("qemu-img") else { return }
        let work = try Workplace()
        let made = try work.run(
            Self.containers + "mkdir scratch; gzip -k disk.raw; head -c 200000 disk.raw.gz >cut.raw.gz")
        #expect(made.status == 0, "\(made.error)")
        // 64 KiB may be written, and more is an error instead of a signal.
        let full = try work.run(
            "trap '' XFSZ; ulimit -f 64; $AMILINT check disk.raw.gz --scratch scratch | cat; exit ${PIPESTATUS[0]}")
        #expect(full.status == 65)
        #expect(full.error.contains("room for the decompressed disk in scratch expected"), "\(full.error)")
        #expect(full.error.contains("--scratch DIR"))
        let missing = try work.run("$AMILINT check disk.raw.gz --scratch nowhere")
        #expect(missing.status == 65 && missing.error.contains("nowhere expected, no such file"), "\(missing.error)")
        let cut = try work.run("$AMILINT check cut.raw.gz --scratch scratch")
        #expect(cut.status == 65 && cut.error.contains("the end of the gzip stream expected"), "\(cut.error)")
        let killed = try work.run(
            """
            mkfifo pipe; $AMILINT check - --scratch scratch <pipe & reader=$!
            exec 3>pipe; head -c 20000000 disk.raw >&3
            ls -l /proc/$reader/fd | grep -c 'scratch/.*(deleted)'
            ls -A scratch; kill -KILL $reader; ls -A scratch
            """)
        #expect(killed.output == "1\n", "\(killed.output)")
    }
}
