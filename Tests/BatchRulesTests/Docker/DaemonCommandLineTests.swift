import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// What docker-config says of dockerd's command line and of what its settings name.
struct DaemonCommandLineTests {
    struct Case: Sendable {
        var version = "25.0.16"
        var flags = ""
        var entries: [String: LiteralEntry] = [:]
        let verdict: Verdict.Kind
        var says: [String] = []
    }

    private static let file = "/etc/docker/daemon.json"
    private static let options = "/etc/sysconfig/docker"
    private static let bigProgram = LiteralEntry.sized(2 << 20)

    private static func finding(_ row: Case) throws -> Finding {
        let entries: [String: LiteralEntry] = [
            "/var/lib/dpkg/status": .text(
                "Package: docker-ce\nStatus: install ok installed\nVersion: \(row.version)\n"),
            "/usr/lib/systemd/system/docker.service": .text(
                """
                [Service]
                EnvironmentFile=-/etc/sysconfig/docker
                ExecStart=/usr/bin/dockerd -H fd:// \(row.flags) $OPTIONS

                """),
        ]
        let source = LiteralSource(entries.merging(row.entries) { $1 })
        let facts = try source.read(Facts.wants) { Facts(in: $0) }.value
        return Rule.dockerConfig.evaluate(facts, Policy(today: CalendarDay(year: 2026, month: 11, day: 24)))
    }

    @Test(arguments: [
        Case(version: "20.10.25", flags: "-g /data", verdict: .pass),
        Case(flags: "-g /data", verdict: .fail, says: ["the flag -g is none that Docker 25.0.16 is known to have"]),
        Case(version: "23.0.6", flags: "--graph=/data", verdict: .fail, says: ["data-root"]),
        Case(
            version: "25.0.16", flags: "--oom-score-adjust=-500", verdict: .fail,
            says: ["(expected: 0 alone from Docker 25.0 on)"]),
        Case(version: "26.1.5", flags: "--oom-score-adjust=-500", verdict: .fail, says: ["is none that Docker 26.1.5"]),
        Case(flags: "--bogus", verdict: .fail, says: ["the flag --bogus"]),
        Case(version: "29.9.0", flags: "--bogus", verdict: .undetermined, says: ["the flag --bogus"]),
        Case(flags: "--mtu=abc", verdict: .fail, says: ["--mtu is \"abc\" (expected: a whole number)"]),
        Case(flags: "--mtu=0x5DC --icc=F --debug", verdict: .pass),
        Case(flags: "--icc=maybe", verdict: .fail, says: ["--icc is \"maybe\" (expected: true or false)"]),
        Case(flags: "--default-ulimit=nofile=4096:1024", verdict: .fail, says: ["--default-ulimit"]),
        Case(flags: "--label=a", verdict: .fail, says: ["labels written key=value"]),
        Case(flags: "--version", verdict: .fail, says: ["--version"]),
        Case(flags: "-Dl debug --dns 10.0.0.2", verdict: .pass),
        Case(
            flags: "-Dl bogus", verdict: .fail,
            says: ["--log-level is \"bogus\" (expected: debug, info, warn, error or fatal)"]),
        Case(flags: "--log-driver", entries: [options: "OPTIONS=-"], verdict: .pass),
        Case(flags: "--debug --log-driver", verdict: .fail, says: ["--log-driver has no value behind it"]),
        Case(
            entries: [options: "OPTIONS=\"${OPTIONS} --log-level=warn\"\n"], verdict: .fail,
            says: [
                "/etc/sysconfig/docker: line 1: dockerd takes flags alone and ends on any other word; \"${OPTIONS}\" found"
            ]),
        Case(entries: [options: "OPTIONS=\"--log-level=warn -\"\n"], verdict: .fail, says: ["\"-\" found"]),
        Case(
            entries: [options: "OPTIONS=\"--default-ulimit nofile=1024:4096 --storage-opt dm.basesize=20G\"\n"],
            verdict: .fail, says: ["overlay2, which dockerd chooses, has no option dm.basesize"]),
        Case(
            version: "24.0.9", flags: "-s devicemapper", entries: [options: "OPTIONS=--storage-opt=dm.basesize=20G\n"],
            verdict: .pass),
        Case(
            version: "24.0.9", flags: "--storage-opt=dm.basesize=20G", entries: ["/var/lib/docker/devicemapper/x": ""],
            verdict: .undetermined, says: ["dm.basesize"]),
        Case(version: "29.7.2", flags: "--storage-opt=dm.basesize=20G", verdict: .pass),
        Case(
            entries: [
                file: #"{"storage-driver": "overlay2", "storage-opts": ["overlay2.override_kernel_check=true"]}"#
            ],
            verdict: .fail, says: ["which Docker 24.0 removed"]),
        Case(
            version: "23.0.6",
            entries: [
                file: #"{"storage-driver": "overlay2", "storage-opts": ["overlay2.override_kernel_check=true"]}"#
            ],
            verdict: .pass),
        Case(
            flags: "--default-runtime=nvidia", verdict: .fail,
            says: ["the default runtime nvidia is none that is defined"]),
        Case(flags: "--default-runtime=nvidia --add-runtime=nvidia=/usr/bin/x", verdict: .pass),
        Case(
            entries: [
                file: #"{"default-runtime": "nvidia"}"#,
                "/etc/docker-runtimes.d/nvidia": .executable(),
            ], verdict: .pass),
        Case(entries: [file: #"{"default-runtime": "io.containerd.kata.v2"}"#], verdict: .pass),
        Case(
            version: "18.06.1", flags: "--add-runtime=nvidia=/x",
            entries: [file: #"{"runtimes": {"n": {"path": "/x"}}}"#],
            verdict: .fail, says: ["\"runtimes\" is also set by the flag --add-runtime"]),
        Case(
            version: "18.09.9", flags: "--add-runtime=nvidia=/x",
            entries: [file: #"{"runtimes": {"n": {"path": "/x"}}}"#],
            verdict: .pass),
        Case(entries: [file: #"{"runtimes": {"x": {}}}"#], verdict: .fail, says: ["neither a path nor a runtimeType"]),
        Case(
            entries: [file: #"{"log-driver": "awslogs", "log-opts": {"awslogs-region": "x"}}"#], verdict: .fail,
            says: ["needs the option awslogs-group"]),
        Case(entries: [file: #"{"log-driver": "awslogs"}"#], verdict: .pass),
        Case(
            entries: [file: #"{"log-opts": {"max-sizes": "10m"}}"#], verdict: .fail,
            says: ["the log driver json-file has no option \"max-sizes\""]),
        Case(
            entries: [file: #"{"log-driver": "my/plugin", "log-opts": {"max-sizes": "10m"}}"#], verdict: .pass),
        Case(
            entries: [file: #"{"icc": false, "iptables": false}"#], verdict: .fail,
            says: ["line 1: dockerd refuses icc off together with"]),
        Case(entries: [file: #"{"icc": false, "iptables": true}"#], verdict: .pass),
        Case(entries: [file: #"{"storage-driver": "zfs"}"#], verdict: .fail, says: ["needs the program zfs"]),
        Case(entries: [file: #"{"storage-driver": "zfs"}"#, "/usr/sbin/zfs": .executable()], verdict: .pass),
        Case(entries: ["/var/lib/docker": "x"], verdict: .pass),
        Case(
            entries: [file: #"{"storage-driver": "btrfs"}"#, "/etc/fstab": "/dev/xvda1 / ext4 defaults 0 1\n"],
            verdict: .undetermined,
            says: ["needs /var/lib/docker on a btrfs file system, ext4 (/etc/fstab line 1) found"]),
        Case(
            entries: [
                file: #"{"storage-driver": "btrfs"}"#,
                "/etc/fstab": "/dev/xvda1 / ext4 defaults 0 1\nLABEL=docker /var/lib/docker btrfs defaults 0 0\n",
            ], verdict: .pass),
        Case(
            entries: [
                file: #"{"storage-opts": ["overlay2.size=10G"]}"#,
                "/etc/fstab": "LABEL=docker /var/lib/docker xfs defaults,pquota 0 0\n",
            ], verdict: .pass),
        Case(
            entries: [
                file: #"{"storage-opts": ["overlay2.size=10G"]}"#,
                "/etc/fstab": "LABEL=docker /var/lib/docker xfs defaults 0 0\n",
            ], verdict: .undetermined, says: ["on XFS mounted with pquota, xfs (/etc/fstab line 1) found"]),
        Case(
            version: "20.10.24", entries: [file: #"{"storage-driver": "aufs"}"#], verdict: .undetermined, says: ["aufs"]
        ),
        Case(
            entries: [file: #"{"bridge": "br-jobs"}"#], verdict: .undetermined,
            says: ["nothing of the image makes the bridge br-jobs"]),
        Case(
            entries: [
                file: #"{"bridge": "br-jobs"}"#,
                "/etc/systemd/network/br.netdev": "[NetDev]\nName=br-jobs\nKind=bridge\n",
            ], verdict: .pass),
        Case(entries: [file: #"{"bridge": "docker0"}"#], verdict: .pass),
        Case(
            entries: [file: #"{"seccomp-profile": "/etc/docker/seccomp.json"}"#], verdict: .fail,
            says: ["the seccomp profile /etc/docker/seccomp.json is not in the image"]),
        Case(entries: [file: #"{"seccomp-profile": "/run/seccomp.json"}"#], verdict: .undetermined),
        Case(
            entries: [
                file: #"{"seccomp-profile": "/etc/docker/seccomp.json"}"#,
                "/etc/rc.local": .executable("#!/bin/sh\ncurl -o /etc/docker/seccomp.json https://example.com/s\n"),
                "/usr/lib/systemd/systemd": .executable(),
            ], verdict: .undetermined),
        Case(
            entries: [file: #"{"userns-remap": "jobs"}"#, "/etc/passwd": "root:x:0:0::/root:/bin/sh\n"],
            verdict: .fail, says: ["the user jobs is not in /etc/passwd"]),
        Case(
            entries: [
                file: #"{"userns-remap": "jobs"}"#, "/etc/passwd": "root:x:0:0::/root:/bin/sh\n",
                "/usr/lib/sysusers.d/jobs.conf": "u jobs -\n",
            ], verdict: .pass),
        Case(
            entries: [
                file: #"{"userns-remap": "jobs"}"#, "/etc/passwd": "root:x:0:0::/root:/bin/sh\n",
                "/etc/nsswitch.conf": "passwd: files sss\n",
            ], verdict: .undetermined),
        Case(version: "1.13.1", flags: "--add-registry registry.access.redhat.com", verdict: .pass),
        Case(entries: [file: #"{"bridge": "br0", "bip": "10.0.0.1/24"}"#], verdict: .fail, says: ["bridge together"]),
        Case(version: "26.1.5", entries: [file: #"{"ip6tables": true}"#], verdict: .fail, says: ["experimental"]),
        Case(version: "27.0.1", entries: [file: #"{"ip6tables": true}"#], verdict: .pass),
        Case(entries: [file: #"{"registry-mirrors": ["mirror.gcr.io"]}"#], verdict: .fail, says: ["https://"]),
        Case(
            version: "24.0.7", entries: [file: #"{"registry-mirrors": ["https://m.io/v2"]}"#], verdict: .fail,
            says: ["without a path before Docker 24.0.8"]),
        Case(version: "24.0.8", entries: [file: #"{"registry-mirrors": ["https://m.io/v2"]}"#], verdict: .pass),
        Case(
            entries: [file: #"{"tlsverify": false}"#], verdict: .fail,
            says: ["TLS needs the file /root/.docker/cert.pem, none found"]),
        Case(
            entries: [file: #"{"tls": true, "tlscert": "/etc/docker/c.pem", "tlskey": "/etc/docker/k.pem"}"#],
            verdict: .undetermined, says: ["/etc/docker/c.pem"]),
        Case(
            entries: [
                file: #"{"tls": true, "tlscert": "/etc/docker/c.pem", "tlskey": "/etc/docker/k.pem"}"#,
                "/etc/docker/c.pem": "c", "/etc/docker/k.pem": "k",
            ], verdict: .pass),
        Case(
            entries: ["/usr/bin/dockerd": bigProgram], verdict: .fail, says: ["no docker-proxy in /usr/bin"]),
        Case(
            entries: ["/usr/bin/dockerd": bigProgram, "/usr/libexec/docker/docker-proxy": .executable()],
            verdict: .fail, says: ["only /usr/libexec/docker/docker-proxy, where Docker 25.0.16 does not look"]),
        Case(
            version: "27.5.1",
            entries: ["/usr/bin/dockerd": bigProgram, "/usr/libexec/docker/docker-proxy": .executable()], verdict: .pass
        ),
        Case(
            entries: ["/usr/bin/dockerd": bigProgram, file: #"{"userland-proxy": false}"#], verdict: .pass),
        Case(version: "24.0.9", entries: ["/usr/bin/dockerd": bigProgram], verdict: .pass),
        Case(
            entries: [file: #"{"userland-proxy-path": "/opt/docker-proxy"}"#], verdict: .fail,
            says: ["/opt/docker-proxy is no program of the image"]),
        Case(
            entries: [
                file: #"{"userland-proxy-path": "/opt/docker-proxy"}"#, "/opt/docker-proxy": .executable(),
            ], verdict: .pass),
    ])
    func `dockerd's words, drivers and files are judged as its version does`(row: Case) throws {
        let finding = try Self.finding(row)
        #expect(finding.verdict == row.verdict, "\(row.flags) \(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
    }

    @Test func `the flags without a value are the options that are true or false`() {
        let switches = DaemonOption.all.filter { $0.shape == .boolean }.compactMap(\.flag)
        // `docker daemon` and `docker -d` of old.
        #expect(DockerService.switches == Set(switches + ["daemon"]))
    }
}
