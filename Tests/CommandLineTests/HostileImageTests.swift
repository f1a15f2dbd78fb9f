/// Images that are odd, damaged inside or made to do harm: read all the same, to a verdict, and nothing else happens.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil && hasPython)) struct HostileImageTests {
    /// One odd image, made of the demo's good root.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Changes `root`, a copy of the good root, or makes `image` beside it.
        let script: String
        /// The rule that has to be undetermined, or nil where the image is as good as before.
        let undetermined: String?
        /// What the report has to say.
        let says: String

        var testDescription: String { name }

        init(_ name: String, _ script: String, undetermined: String? = nil, says: String = "") {
            self.name = name
            self.script = script
            self.undetermined = undetermined
            self.says = says
        }
    }

    static let rows: [Row] = [
        Row(
            "below one top folder", "mkdir top && mv root top/rootfs && tar -C top -cf image rootfs",
            says: "root below /rootfs"),
        Row("padding zeros", "tar -C root -cf image . && head -c 1000000 /dev/zero >>image"),
        Row(
            "trailing garbage", "tar -C root -b 1 -cf image . && head -c 5000 /dev/urandom >>image", says: "note: "),
        Row(
            "a second tar after the first",
            "tar -C root -b 1 -cf image . && mkdir other && tar -C other -cf - . >>image", says: "note: "),
        Row(
            "a gzip of several members",
            "tar -C root -cf all . && split -b 100000 all part. && for p in part.*; do gzip -c $p; done >image"),
        Row("cpio", "cd root && find . | cpio -o -H newc --quiet >../image"),
        Row("cpio, compressed", "cd root && find . | cpio -o -H newc --quiet | zstd -q >../image"),
        Row("bsdtar and xattrs", "bsdtar -C root --xattrs -cJf image ."),
        Row("names that are not UTF-8", "touch $'root/etc/\\xff\\xfe' $'root/usr/bin/\\xc3\\x28'"),
        Row(
            "a FIFO and devices",
            "rm root/etc/os-release; mkfifo root/etc/os-release; mknod root/etc/ecs/null c 1 3 || true",
            undetermined: "linux-distribution", says: "os-release"),
        Row(
            "a loop of links",
            "rm root/etc/os-release; ln -s b root/etc/a; ln -s a root/etc/b; ln -s a root/etc/os-release",
            undetermined: "linux-distribution", says: "os-release"),
        Row(
            "a link that leads outside",
            "echo ID=outside >outside; rm root/etc/os-release; ln -s ../../../../../../../../../$PWD/outside root/etc/os-release",
            undetermined: "linux-distribution", says: "os-release"),
        Row(
            "binary garbage as os-release", "head -c 100000 /dev/urandom >root/etc/os-release",
            undetermined: "linux-distribution"),
        Row(
            "binary garbage as dpkg's status", "head -c 100000 /dev/urandom >root/var/lib/dpkg/status",
            undetermined: "docker-version", says: "/var/lib/dpkg/status"),
        Row(
            "binary garbage as daemon.json",
            "mkdir -p root/etc/docker; head -c 1000 /dev/urandom >root/etc/docker/daemon.json"),
        Row("binary garbage as grub.cfg", "head -c 100000 /dev/urandom >root/boot/grub/grub.cfg"),
        Row("binary garbage as a unit", "head -c 100000 /dev/urandom >root/lib/systemd/system/ecs.service"),
        Row("binary garbage as ecs.config", "head -c 100000 /dev/urandom >root/etc/ecs/ecs.config"),
        Row(
            "deeply nested JSON",
            "mkdir -p root/etc/docker; head -c 1000000 /dev/zero | tr '\\0' '[' | tee root/etc/ecs/ecs.config.json >root/etc/docker/daemon.json"
        ),
        Row(
            "an alias bomb as cloud.cfg",
            "printf 'a: &a [x,x]\\n' >root/etc/cloud/cloud.cfg; for i in $(seq 1 60); do printf 'a%d: &a%d [*a%s,*a%s]\\n' $i $i $([ $i = 1 ] || echo $((i-1))) $([ $i = 1 ] || echo $((i-1))); done >>root/etc/cloud/cloud.cfg"
        ),
        Row(
            "a configuration of 1 GB", "truncate -s 1G root/etc/ecs/ecs.config", undetermined: "awslogs-driver",
            says: "/etc/ecs/ecs.config"),
        Row(
            "a status of 4 GB", "truncate -s 4G root/var/lib/dpkg/status", undetermined: "docker-version",
            says: "/var/lib/dpkg/status"),
    ]

    /// What a JSON report says of each rule.
    private struct Judged: Decodable {
        struct Finding: Decodable { let rule, verdict: String }
        let findings: [Finding]
    }

    @Test("an odd image is read to a verdict", arguments: rows)
    func judged(row: Row) throws {
        let work = try Workplace()
        let made = try work.runOnDemo("set -e; cp -a $DEMO/good root\n(\(row.script))\n")
        #expect(made.status == 0, "\(made.error)")
        for source in try work.names().contains("image") ? ["image"] : ["root", "root.tar"] {
            if source == "root.tar" { _ = try work.run("tar --sparse -C root -cf root.tar .") }
            let outcome = try work.run("timeout 60 $AMILINT check \(source) -o text -o json=report.json")
            print(
                "\(row.name), \(source): status \(outcome.status), \(outcome.output.split(separator: "\n").first ?? "")"
            )
            #expect([0, 1, 2].contains(outcome.status), "\(outcome.error)")
            #expect(outcome.error.isEmpty, "\(outcome.error)")
            let report = outcome.output
            if !row.says.isEmpty { #expect(report.contains(row.says)) }
            #expect(!report.contains("ID=outside"))
            if let rule = row.undetermined {
                let json = try Data(contentsOf: work.url.appending(path: "report.json"))
                let findings = try JSONDecoder().decode(Judged.self, from: json).findings
                #expect(findings.first { $0.rule == rule }?.verdict == "undetermined", "\(report)")
            }
        }
    }

    /// Runs the command of `$@` and says the most memory that it had at once, in MB; ends with its status.
    private static let peak = """
        import resource, subprocess, sys
        status = subprocess.run(sys.argv[1:]).returncode
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
        sys.exit(status)
        """

    @Test("a gzip of 10 GB of zeros in one wanted file is read to that file's limit, in little memory")
    func bomb() throws {
        let work = try Workplace()
        // A gzip file may have any number of members: 1,000 times the same 10 MB.
        let made = try work.run(
            """
            mkdir -p root/etc root/usr && truncate -s 10G root/etc/ecs.big && mkdir root/etc/ecs
            mv root/etc/ecs.big root/etc/ecs/ecs.config && echo ID=debian >root/etc/os-release
            head -c 10485760 /dev/zero | gzip >zeros
            tar --format=gnu -C root -cf - etc/os-release usr | head -c -9216 | head -c 1536 | gzip >image
            python3 -c '
            import sys, tarfile
            member = tarfile.TarInfo("etc/ecs/ecs.config"); member.size = 10 << 30
            sys.stdout.buffer.write(member.tobuf(tarfile.GNU_FORMAT))' | gzip >>image
            for i in $(seq 1024); do cat zeros; done >>image
            head -c 1024 /dev/zero | gzip >>image
            """)
        #expect(made.status == 0, "\(made.error)")
        let outcome = try work.run(
            "timeout 120 python3 -c \"$PEAK\" $AMILINT inspect image -o json=facts.json; grep -o tooLarge facts.json",
            environment: ["PEAK": Self.peak])
        print("gzip bomb: status \(outcome.status), \(outcome.output) \(outcome.error)")
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try #require(outcome.output.split(separator: "\n").first.flatMap { Int($0) }) < 128)
    }

    @Test("what may not be entered is unreadable, and the rest stands", .enabled(if: isInstalled("setpriv")))
    func permissionDenied() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            cp -a $DEMO/good root && chmod 000 root/etc/ecs root/etc/docker 2>/dev/null
            chmod 000 root/etc/ecs root/var/lib/dpkg
            $(type -P setpriv) --bounding-set -all --inh-caps -all $AMILINT check root
            """)
        print("permission denied: status \(outcome.status), \(outcome.output.split(separator: "\n").first ?? "")")
        #expect(outcome.status == 2)
        #expect(outcome.output.contains("\nUNDETERMINED awslogs-driver"))
        #expect(outcome.output.contains("/etc/ecs"))
        #expect(outcome.output.contains("\npass kernel-version"))
        #expect(outcome.output.contains("to decide: run amilint as a user who may read /etc/ecs,"))
        #expect(outcome.output.components(separatedBy: "\nnote: /var/lib/dpkg: ").count == 2)
    }

    @Test(
        "a million members are passed over in little memory; a million links are refused with that reason",
        arguments: [("REGTYPE", 0, ""), ("SYMTYPE", 65, "at most 500000")] as [(String, Int32, String)])
    func million(kind: String, status: Int32, says: String) throws {
        let outcome = try Workplace().run(
            """
            set -o pipefail
            python3 -c "
            import os, signal, sys, tarfile
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            def header(name, kind):
                member = tarfile.TarInfo(name)
                member.type = kind
                return member.tobuf(tarfile.GNU_FORMAT)
            out = sys.stdout.buffer
            out.write(header('etc', tarfile.DIRTYPE) + header('etc/os-release', tarfile.REGTYPE))
            block = bytearray(header('etc/0000000', tarfile.\(kind)))
            fixed = sum(block) - sum(block[4:11]) - sum(block[148:156]) + 8 * 32
            for number in range(1000000):
                name = b'%07d' % number
                block[4:11] = name
                block[148:156] = b'%06o' % (fixed + sum(name)) + bytes(1) + b' '
                out.write(block)
            out.write(bytes(1024))
            " | timeout 120 python3 -c "$PEAK" $AMILINT inspect - -o json=/dev/null
            exit ${PIPESTATUS[1]}
            """, environment: ["PEAK": Self.peak])
        print("a million of \(kind): status \(outcome.status), peak \(outcome.output) MB, \(outcome.error)")
        #expect(outcome.status == status)
        #expect(try #require(Int(outcome.output.dropLast())) < 128)
        if !says.isEmpty { #expect(outcome.error.contains(says)) }
    }
}

/// Whether python3 is there; where it is not, says so loudly.
let hasPython = isInstalled("python3")
