/// A good image in every form is 0; broken in one way, the right rule fails, says where and why, and the others stand.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil)) struct BrokenImageTests {
    @Test("the good image is 0 and the bad one 1, with the same facts and findings in every form")
    func everyForm() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            for name in good bad; do
                tar -C $DEMO/$name -cf $name.tar .
                zstd -q -k $name.tar; xz -0 -k $name.tar; bzip2 -k $name.tar; lz4 -q -k $name.tar $name.tar.lz4
                (cd $DEMO/$name && find . | cpio -o -H newc --quiet) >$name.cpio
                for source in $DEMO/$name $DEMO/$name.tar.gz $name.*; do
                    $AMILINT check $source -o json >report; echo $name $?
                    python3 -c '
            import json
            report = json.load(open("report")); del report["image"]; print(json.dumps(report))' >$(basename $source).json
                done
                $AMILINT check - <$name.tar -o json >report; echo $name $?
                for other in $name*.json; do cmp $name.json $other; done
            done
            """)
        #expect(outcome.error.isEmpty, "\(outcome.error)")
        let expected = ["good 0", "bad 1"].flatMap { Array(repeating: $0, count: 9) }
        #expect(outcome.output.split(separator: "\n").map(String.init) == expected, "\(outcome.output)")
    }

    /// The good image, broken in one way.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Changes `root`, a copy of the good root.
        let script: String
        let rule: String
        /// What the block of the failed rule has to say: place, found, expected.
        let says: [String]

        var testDescription: String { name }

        init(_ name: String, _ script: String, _ rule: String, _ says: String...) {
            self.name = name
            self.script = script
            self.rule = rule
            self.says = says
        }
    }

    static let rows: [Row] = [
        Row(
            "log drivers without awslogs",
            #"printf '# ours\nECS_AVAILABLE_LOGGING_DRIVERS=["json-file","syslog"]\n' >root/etc/ecs/ecs.config"#,
            "awslogs-driver", "/etc/ecs/ecs.config:2", "json-file", "awslogs"),
        Row(
            "a quoted value in ecs.config",
            #"echo "ECS_AVAILABLE_LOGGING_DRIVERS='[\"awslogs\"]'" >root/etc/ecs/ecs.config"#, "awslogs-driver",
            "/etc/ecs/ecs.config:1", "quote"),
        Row(
            "a masked unit", "ln -s /dev/null root/etc/systemd/system/ecs.service", "agent-at-boot",
            "/etc/systemd/system/ecs.service", "masked"),
        Row(
            "Docker masked", "ln -s /dev/null root/etc/systemd/system/docker.service", "agent-at-boot",
            "/etc/systemd/system/docker.service", "masked"),
        Row(
            "agent state baked in", "mkdir -p root/var/lib/ecs/data; echo x >root/var/lib/ecs/data/agent.db",
            "agent-state-clean", "/var/lib/ecs/data/agent.db"),
        Row(
            "Docker 1.8", "sed -i 's/^Version: 5:25.0.5.*/Version: 1.8.3-0~jessie/' root/var/lib/dpkg/status",
            "docker-version", "/var/lib/dpkg/status:", "1.8.3", "1.9"),
        Row(
            "kernel 3.9 boots while 6.1 is installed",
            """
            sed 's/6.1.0-42-cloud-[a-z0-9]*/3.9.11-2-generic/' <root/boot/grub/grub.cfg >new
            mv new root/boot/grub/grub.cfg
            cp root/boot/initrd.img-6.1* root/boot/initrd.img-3.9.11-2-generic
            for option in DEVPTS_MULTIPLE_INSTANCES NF_NAT_IPV4 NF_NAT_NEEDED; do echo CONFIG_$option=y; done |
                cat root/boot/config-6.1* - >root/boot/config-3.9.11-2-generic
            python3 -c '
            import sys
            data = bytearray(open(sys.argv[1], "rb").read())
            data[0x600:0x700] = b"3.9.11-2-generic (demo) #1 SMP".ljust(0x100, bytes(1))
            open(sys.argv[2], "wb").write(data)' root/boot/vmlinuz-6.1* root/boot/vmlinuz-3.9.11-2-generic
            """, "kernel-version", "/boot/", "3.9.11", "3.10"),
        Row(
            "a bad daemon.json", "mkdir -p root/etc/docker; echo '{\"log-level\": }' >root/etc/docker/daemon.json",
            "docker-config", "/etc/docker/daemon.json", "line 1"),
        Row(
            "cloud-init switched off", "touch root/etc/cloud/cloud-init.disabled", "cloud-init",
            "/etc/cloud/cloud-init.disabled"),
        Row(
            "an unknown log driver",
            #"echo 'ECS_AVAILABLE_LOGGING_DRIVERS=["awslogs","loki"]' >root/etc/ecs/ecs.config"#,
            "agent-config", "/etc/ecs/ecs.config:1", "loki"),
        Row(
            "Windows", "rm -rf root/*; mkdir -p root/Windows/System32", "linux-distribution", "/Windows/System32",
            "Windows"),
    ]

    @Test("broken in one way, that rule fails and says where, what was found and what was expected", arguments: rows)
    func broken(row: Row) throws {
        let work = try Workplace()
        let made = try work.runOnDemo("set -e\ncp -a $DEMO/good root\n\(row.script)\ntar -C root -cf root.tar .\n")
        #expect(made.status == 0, "\(made.error)")
        for source in ["root", "root.tar"] {
            let outcome = try work.amilint("check \(source)")
            #expect(outcome.status == 1)
            let blocks = outcome.output.components(separatedBy: "\n\n")
            let failed = blocks.filter { $0.hasPrefix("FAIL ") }.dropFirst()
            let starts = ["FAIL \(row.rule): ", "FAIL \(row.rule) ("]
            let block = failed.first { block in starts.contains { block.hasPrefix($0) } } ?? ""
            #expect(failed.count == 1, "\(failed.joined(separator: "\n\n"))")
            for word in row.says { #expect(block.contains(word), "\(word): \(block)") }
            #expect(block.contains("\n    fix: "))
            #expect(!blocks.contains { $0.hasPrefix("UNDETERMINED ") }, "\(outcome.output)")
            if source == "root" { print("\(row.name): status \(outcome.status)\n\(block)") }
        }
    }

    @Test("AMI metadata wins, and where it contradicts the image that is said before the findings")
    func metadataOfAnotherImage() throws {
        let outcome = try Workplace().runOnDemo(
            """
            echo '{"Images": [{"VirtualizationType": "hvm", "Architecture": "i386", "BootMode": "uefi"}]}' >image.json
            $AMILINT check $DEMO/good --ami-metadata image.json
            """)
        #expect(outcome.status == 0)
        let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("note: the AMI metadata says i386 and the image holds programs for "), "\(words)")
        #expect(
            words.contains("note: the AMI metadata says boot mode uefi and only a boot loader for BIOS"), "\(words)")
    }

    @Test("credentials of the image appear in no report, wherever they stand")
    func secrets() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            cp -a $DEMO/good root && cd root && mkdir -p etc/docker etc/systemd/system/ecs.service.d var/lib/ecs root/.docker
            cat >etc/ecs/ecs.config <<'END'
            ECS_ENGINE_AUTH_TYPE=docker
            ECS_ENGINE_AUTH_DATA={"https://index.docker.io/v1/":{"username":"u","password":"sEcReT-1-vAlUe"}}
            AWS_SECRET_ACCESS_KEY=sEcReT-2-vAlUe
            AWS_SESSION_TOKEN=sEcReT-3-vAlUe
            MY_PASSWORD = sEcReT-4-vAlUe
            export API_TOKEN=sEcReT-5-vAlUe
            sEcReT-6-vAlUe
            "ECS_ENGINE_AUTH_DATA"="sEcReT-7-vAlUe"
            ECS_ENGINE_AUTH_DATA=sEcReT-8-vAlUe
            HTTPS_PROXY=http://user:sEcReT-9-vAlUe@proxy:3128
            END
            printf '[Service]\\nEnvironment="AWS_SECRET_ACCESS_KEY=sEcReT-10-vAlUe"\\n' >etc/systemd/system/ecs.service.d/a.conf
            printf '{"EngineAuthData": "sEcReT-11-vAlUe", "Cluster": }' >etc/ecs/ecs.config.json
            printf '{"insecure-registries": [], "registry-mirrors" }' >etc/docker/daemon.json
            cd ..
            for format in text json; do
                $AMILINT check root -o $format; $AMILINT inspect root --packages -o $format
            done
            $AMILINT check root --only agent-config-lines
            """)
        let all = outcome.output + outcome.error
        #expect(all.utf8.count > 10_000)
        for number in 1...11 {
            let isShown = all.contains("sEcReT-\(number)-vAlUe")
            #expect(!isShown, "secret \(number)")
        }
    }
}
