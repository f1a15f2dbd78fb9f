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
        echo '<Envelope/>' >vm.ovf && tar -cf vm.ova vm.ovf stream.vmdk
        truncate -s 8M data && mke2fs -q -L data data && qemu-img convert -f raw -O vmdk data data.vmdk && rm data
        tar -cf two.ova vm.ovf data.vmdk stream.vmdk && rm data.vmdk

        """
    static let names = ["disk.raw", "stream.vmdk", "sparse.vmdk", "dynamic.vhd", "fixed.vhd", "vm.ova", "two.ova"]

    @Test("every container holds the same image, read by check and by audit")
    func sameFindings() throws {
        guard isInstalled("qemu-img"), isInstalled("python3") else { return }
        let work = try Workplace()
        let made = try work.run(Self.containers)
        #expect(made.status == 0, "\(made.error)")
        let findings = """
            python3 -c "
            import json, sys
            report = json.load(sys.stdin); kind = report['image']; del report['image']
            # An appliance has more than the one disk, by which findings call it.
            del report['facts']['disk']
            print(kind.get('kind')); print(json.dumps(report, sort_keys=True).replace('disk 2', 'the whole disk'))"
            """
        var expected: [Substring] = []
        for name in Self.names {
            let outcome = try work.run("$AMILINT check \(name) --today 2026-11-28 -o json | \(findings)")
            let lines = outcome.output.split(separator: "\n")
            try #require(lines.count == 2, "\(name): \(outcome.error)")
            #expect(lines[0] == "disk", "\(name)")
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

    /// The same of the run that wrote `trace`.
    static func openedByTrace(_ work: Workplace) throws -> Set<String> {
        let trace = try String(contentsOf: work.url.appending(path: "trace"), encoding: .utf8)
        return Set(
            trace.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
                guard parts.count >= 3 else { return nil }
                let path = String(parts[1])
                return own.contains(where: path.hasPrefix) || path.contains(".so") ? nil : path
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
                convert qcow2 compat=1.1 disk.qcow2; convert vhdx subformat=dynamic disk.vhdx; convert vdi static=off disk.vdi
                gzip -k disk.raw
                """)
        #expect(made.status == 0, "\(made.error)")
        let refused = [
            "backing.qcow2", "data.qcow2", "flat.vmdk", "delta.vmdk", "shadow.vmdk", "up.vmdk", "disk.qcow2",
            "disk.vhdx",
            "disk.vdi", "disk.raw.gz",
        ]
        for name in Self.names + refused {
            #expect(try Self.opened(work, "check \(name)") == [name], "\(name)")
        }
    }
}
