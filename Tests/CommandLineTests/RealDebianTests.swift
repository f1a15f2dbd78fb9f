/// A real Debian root in every form, made good as people do it, and broken again in one way.

import Foundation
import Testing

@Suite(
    .enabled(
        if: debianRoot != nil && isInstalled("systemctl") && isInstalled("grub-mkimage"),
        "no debian-bookworm below AMILINT_FIXTURES: the real root is NOT checked; `make fixtures` makes it"))
struct RealDebianTests {
    @Test("as it is it has no agent, in every form, and from a pipe too")
    func everyForm() throws {
        let outcome = try Workplace().run(
            """
            for source in $DEBIAN $DEBIAN.tar $DEBIAN.tar.gz $DEBIAN.tar.zst; do
                $AMILINT check $source -o json=$(basename $source).json; echo $?
            done
            for form in tar tar.gz tar.zst; do
                cat $DEBIAN.$form | $AMILINT check - -o json=pipe.$form.json; echo $?
            done
            python3 -c '
            import glob, json
            reports = [json.load(open(name)) for name in glob.glob("*.json")]
            for report in reports: del report["image"]
            print(len(reports), all(report == reports[0] for report in reports))
            for finding in reports[0]["findings"]: print(finding["rule"], finding["verdict"])'
            """, environment: ["DEBIAN": debianRoot?.path ?? ""])
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(Array(lines.prefix(8)) == Array(repeating: "1", count: 7) + ["7 True"], "\(outcome)")
        for rule in ["linux-distribution", "kernel-version", "docker-version", "docker-runtime", "cloud-init"] {
            #expect(lines.contains("\(rule) pass"), "\(rule)")
        }
        #expect(lines.contains("ecs-agent fail"))
        #expect(lines.count { $0.hasSuffix(" fail") } == 3)
        print("the real Debian root: \(lines.joined(separator: ", "))")
    }

    /// Copies the root, without what nothing asks for, and installs an agent that systemctl itself enables, a boot
    /// loader by grub-mkimage and the grub.cfg that grub-mkconfig made for this kernel.
    private static let good = """
        set -e
        for part in usr/share usr/include 'usr/lib/modules/*/kernel' 'usr/lib/x86*' 'usr/lib/python*' usr/lib/git-core \\
            var/lib/dpkg/info 'boot/initrd*' 'boot/System.map*'; do echo "./$part"; done >unneeded
        tar -C $DEBIAN -X unneeded -cf - . | { mkdir good && tar -C good -xf -; }
        find good/usr -size +1M -exec truncate -s 4K {} +
        cd good
        install -D -m 755 /bin/true usr/libexec/amazon-ecs-init
        mkdir -p etc/ecs var/lib/ecs/data boot/grub/i386-pc
        cat >usr/lib/systemd/system/ecs.service <<'END'
        [Unit]
        Description=Amazon Elastic Container Service - container agent
        Wants=docker.service
        PartOf=docker.service
        After=docker.service
        After=cloud-final.service

        [Service]
        Type=simple
        Restart=on-failure
        RestartPreventExitStatus=5
        EnvironmentFile=-/etc/ecs/ecs.config
        ExecStartPre=/usr/libexec/amazon-ecs-init pre-start
        ExecStart=/usr/libexec/amazon-ecs-init start

        [Install]
        WantedBy=cloud-init.target
        END
        systemctl --quiet --root=$PWD enable ecs.service docker.socket
        printf '# of ours\\nECS_AVAILABLE_LOGGING_DRIVERS=["json-file","awslogs"]\\n' >etc/ecs/ecs.config
        cp $TESTDATA/grub/first/grub.cfg boot/grub/grub.cfg
        echo "$(grep -o -m 1 ' root=[^ ]*' boot/grub/grub.cfg | cut -d = -f 2-) / ext4 defaults 0 1" >etc/fstab
        for kernel in boot/vmlinuz-*; do echo initramfs >boot/initrd.img-${kernel#boot/vmlinuz-}; done
        grub-mkimage -d usr/lib/grub/i386-pc -O i386-pc -p /boot/grub -o boot/grub/i386-pc/core.img biosdisk
        cd ..

        """

    /// One way to break the good root: `sh` changes it, `rule` has to fail and to say `says`.
    private static let breakages: [(sh: String, rule: String, says: [String])] = [
        (
            #"sed -i s/awslogs/syslog/ root/etc/ecs/ecs.config"#, "awslogs-driver",
            ["/etc/ecs/ecs.config:2", "does not offer awslogs", "\"json-file\", \"syslog\""]
        ),
        (
            #"sed -i "s/=\(.*\)/='\1'/" root/etc/ecs/ecs.config"#, "awslogs-driver",
            ["/etc/ecs/ecs.config:2", "does not offer awslogs", "quotes"]
        ),
        (
            "systemctl --quiet --root=$PWD/root mask ecs.service || ln -sf /dev/null root/etc/systemd/system/ecs.service",
            "agent-at-boot", ["/etc/systemd/system/ecs.service", "does not start at boot", "masked"]
        ),
        ("echo x >root/var/lib/ecs/data/agent.db", "agent-state-clean", ["/var/lib/ecs/data/agent.db is left of it"]),
        (
            "sed -i '/^Package: docker.io$/,/^$/s/^Version: .*/Version: 1.8.3~ds1-2/' root/var/lib/dpkg/status",
            "docker-version", ["/var/lib/dpkg/status:", "1.8.3~ds1-2 is older than 1.9"]
        ),
        (
            """
            cd root/boot && sed 's/6.1.0-56-cloud-amd64/3.9.11-2-generic/' grub/grub.cfg >new && mv new grub/grub.cfg
            for option in DEVPTS_MULTIPLE_INSTANCES NF_NAT_IPV4 NF_NAT_NEEDED; do echo CONFIG_$option=y; done |
                cat config-6.1* - >config-3.9.11-2-generic
            cp initrd.img-6.1* initrd.img-3.9.11-2-generic
            LC_ALL=C sed 's/6\\.1\\.0-56-cloud-amd64 /3.9.11-2-generic     /' vmlinuz-6.1* >vmlinuz-3.9.11-2-generic
            cd ../usr/lib/modules && mkdir 3.9.11-2-generic
            sed s/xt_MASQUERADE/ipt_MASQUERADE/ 6.1*/modules.dep >3.9.11-2-generic/modules.dep
            """, "kernel-version",
            ["/boot/grub/grub.cfg:99", "kernel 3.9.11-2-generic boots", "is older than 3.10"]
        ),
        (
            "mkdir -p root/etc/docker; printf '{\\n  \"log-level\": \\n}' >root/etc/docker/daemon.json",
            "docker-config",
            ["/etc/docker/daemon.json: line 3", "expected", "found"]
        ),
        (
            "rm -rf root/* && mkdir -p root/Windows/System32", "linux-distribution",
            ["/Windows/System32", "the image is Windows"]
        ),
    ]

    @Test("made good it is 0; broken in one way, that rule alone fails, with place and cause")
    func madeGood() throws {
        let work = try Workplace()
        let environment = ["DEBIAN": debianRoot?.path ?? ""]
        let made = try work.run(Self.good, environment: environment)
        #expect(made.status == 0, "\(made.error)")
        let good = try work.amilint("check good")
        #expect(good.status == 0, "\(good.output)")
        let noChain = try work.run("mv good/boot/grub/i386-pc/core.img . && exec $AMILINT check good")
        #expect(noChain.status == 2)
        #expect(noChain.output.contains("\nUNDETERMINED hvm-virtualization"))
        let metadata = try work.run(
            """
            echo '{"Images": [{"ImageId": "ami-1", "VirtualizationType": "hvm", "Architecture": "x86_64"}]}' >image.json
            $AMILINT check good --ami-metadata image.json -o json=0; status=$?
            mv core.img good/boot/grub/i386-pc; exit $status
            """)
        #expect(metadata.status == 0)
        for row in Self.breakages {
            let broken = try work.run("rm -rf root && cp -a good root && { \(row.sh)\n}")
            #expect(broken.status == 0, "\(broken.error)")
            let outcome = try work.amilint("check root")
            let failed = outcome.output.components(separatedBy: "\n\n").filter { $0.hasPrefix("FAIL ") }.dropFirst()
            let block = failed.first ?? ""
            #expect(outcome.status == 1, "\(row.rule)")
            let starts = ["FAIL \(row.rule): ", "FAIL \(row.rule) ("]
            #expect(failed.count == 1 && starts.contains { block.hasPrefix($0) }, "\(failed)")
            let words = block.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for says in row.says { #expect(words.contains(says), "\(says): \(words)") }
            #expect(!outcome.output.contains("\nUNDETERMINED "), "\(outcome.output)")
            print("\(row.rule): status \(outcome.status)\n\(block)")
        }
    }
}

/// The real Debian root of `make fixtures`; nil where it was not made.
private let debianRoot: URL? = {
    let base = ProcessInfo.processInfo.environment["AMILINT_FIXTURES"].map { URL(filePath: $0) }
    let url = (base ?? testdata.deletingLastPathComponent().appending(path: ".build/fixtures"))
        .appending(path: "debian-bookworm")
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
}()
