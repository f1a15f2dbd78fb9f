import TestSupport
import Testing

/// What happened to people's hosts, each as the image that shows its cause: a base with what the report changed in it.
enum ReportedImages {
    /// Like the ECS-optimized AMI; Debian with the agent's deb; Debian with the agent in a unit made by hand.
    enum Base: Sendable { case amazonLinux, debian, byHand }

    struct Report: Sendable, CustomTestStringConvertible {
        /// Where it was reported.
        let source: String
        let base: Base
        let change: [String: LiteralEntry?]
        /// The rule whose word answers it.
        let rule: String
        /// What its message says.
        let says: [String]
        var testDescription: String { "\(source) (\(rule))" }

        init(_ source: String, _ base: Base, _ change: [String: LiteralEntry?], _ rule: String, says: String...) {
            self.source = source
            self.base = base
            self.change = change
            self.rule = rule
            self.says = says
        }
    }

    static let config = "/etc/ecs/ecs.config"
    static let daemon = "/etc/docker/daemon.json"
    private static let sysconfig = "/etc/sysconfig/docker"
    private static let dropIn = "/etc/systemd/system/docker.service.d/10-local.conf"
    private static let perBoot = "/var/lib/cloud/scripts/per-boot/50-start.sh"
    private static let userUnit = "/etc/systemd/system/ecs-agent.service"

    /// dpkg's status with other versions.
    private static func packages(docker: String = "5:25.0.5-1~debian.12~bookworm", agent: String = "1.106.1-1")
        -> [String: LiteralEntry?]
    {
        let status = WholeImage.status(docker: docker, kernel: "6.1.0-56-cloud-amd64")
        return ["/var/lib/dpkg/status": .text(status.replacing("Version: 1.106.1-1\n", with: "Version: \(agent)\n"))]
    }

    /// The agent's unit made by hand with other arguments of `docker run`.
    static func unit(
        _ settings: String = "--env-file=/etc/ecs/ecs.config", network: String = "--net=host",
        image: String = "amazon/amazon-ecs-agent:v1.106.1"
    ) -> LiteralEntry {
        .text(
            """
            [Unit]
            Requires=docker.service
            After=docker.service cloud-final.service

            [Service]
            Restart=always
            ExecStartPre=-/usr/bin/docker rm -f ecs-agent
            ExecStart=/usr/bin/docker run --name ecs-agent --init --volume=/var/run:/var/run \\
            --volume=/var/log/ecs/:/log --volume=/var/lib/ecs/data:/data --volume=/etc/ecs:/etc/ecs \(network) \(settings) \\
            --env=ECS_DATADIR=/data '--env=ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","awslogs"]' \\
            --env=ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true \(image)

            """)
    }

    /// A runtime by the command line and by daemon.json.
    private static let runtimeTwice: [String: LiteralEntry?] = [
        dropIn: """
        [Service]
        ExecStart=
        ExecStart=/usr/bin/dockerd -H fd:// --add-runtime=nvidia=/usr/bin/nvidia-container-runtime

        """,
        daemon: "{\"runtimes\": {\"nvidia\": {\"path\": \"/usr/bin/nvidia-container-runtime\"}}}",
    ]

    /// Hosts that took no job.
    static let failures: [Report] = [
        Report(
            "aws/amazon-ecs-agent#858, #2738", .amazonLinux, ["/var/lib/ecs/data/agent.db": "state"],
            "agent-state-clean", says: "/var/lib/ecs/data/agent.db"),
        Report(
            "aws/amazon-ecs-agent#887", .debian,
            ["/var/lib/ecs/data/ecs_agent_data.json": "{\"Data\":{\"Cluster\":\"default\"},\"Version\":5}"],
            "agent-state-clean", says: "ecs_agent_data.json"),
        Report(
            "aws/amazon-ecs-agent#4159", .amazonLinux,
            [config: "ECS_AVAILABLE_LOGGING_DRIVERS='[\"json-file\",\"awslogs\"]'\n"], "awslogs-driver", says: "quote"),
        Report(
            "aws/amazon-ecs-agent#2074", .amazonLinux,
            [config: "ECS_AVAILABLE_LOGGING_DRIVERS=[\u{201C}json-file\u{201D},\u{201C}awslogs\u{201D}]\n"],
            "awslogs-driver"),
        Report(
            "aws/amazon-ecs-agent#2074, its attributes", .amazonLinux,
            [config: "ECS_INSTANCE_ATTRIBUTES='{\"a\":\"b\"}'\n"], "agent-config", says: "ECS_INSTANCE_ATTRIBUTES"),
        Report(
            "aws/amazon-ecs-agent#238", .amazonLinux, [config: "ECS_AVAILABLE_LOGGING_DRIVERS=awslogs\n"],
            "awslogs-driver"),
        Report(
            "aws/amazon-ecs-agent#605, #240", .amazonLinux,
            [config: "HTTP_PROXY=http://proxy.example.com:3128\n"], "agent-proxy", says: "169.254.169.254"),
        Report(
            "aws/amazon-ecs-agent#4074", .debian, packages(docker: "5:25.0.0-1~debian.12~bookworm", agent: "1.80.0-1"),
            "docker-agent-api", says: "1.24"),
        Report(
            "terraform-community-modules/tf_aws_ecs#58", .amazonLinux,
            [sysconfig: "OPTIONS=\"--log-level=warn\"\nOPTIONS=\"${OPTIONS} --log-level=warn\"\n"], "docker-config",
            says: "${OPTIONS}"),
        Report(
            "nasa/cumulus#493", .amazonLinux,
            [sysconfig: "OPTIONS=\"--default-ulimit nofile=1024:4096 --storage-opt dm.basesize=20G\"\n"],
            "docker-config", says: "dm.basesize"),
        Report(
            "moby/moby#30726", .amazonLinux,
            [
                daemon: "{\"storage-opts\": [\"overlay2.size=1G\"]}",
                sysconfig: "OPTIONS=\"--storage-opt overlay2.size=1G\"\n",
            ], "docker-config", says: "storage-opt"),
        Report(
            "docker/for-linux#732", .amazonLinux, [daemon: "{\"hosts\": [\"unix:///var/run/docker.sock\"]}"],
            "docker-config", says: "hosts"),
        Report(
            "NVIDIA/nvidia-docker#751", .debian,
            packages(docker: "5:18.06.1~ce~3-0~debian").merging(runtimeTwice) { $1 }, "docker-config", says: "runtimes"),
        Report(
            "awslabs/amazon-eks-ami#351", .debian,
            packages(docker: "5:18.09.9~3-0~debian").merging([daemon: ""]) { $1 }, "docker-config"),
        Report(
            "aws/containers-roadmap#457", .amazonLinux, [daemon: "{\"default-runtime\": \"nvidia\"}"],
            "docker-config", says: "nvidia"),
        Report(
            "moby/moby#15651", .amazonLinux,
            ["/var/lib/docker/overlay2/l/A": "", "/var/lib/docker/btrfs/subvolumes/a": ""], "docker-storage",
            says: "overlay2", "btrfs"),
        Report(
            "docker/docker-ce-packaging#150", .amazonLinux,
            ["/etc/systemd/system/containerd.service": .link("/dev/null")], "agent-at-boot",
            says: "containerd.service is masked"),
        Report(
            "moby/moby#22847", .amazonLinux, ["/etc/systemd/system/docker.socket": .link("/dev/null")],
            "agent-at-boot", says: "docker.socket"),
        Report(
            "aws/amazon-ecs-agent#1707, a script at every boot", .amazonLinux,
            [perBoot: .executable("#!/bin/sh\nsystemctl start ecs\n")], "agent-at-boot"),
        Report(
            "aws/amazon-ecs-agent#1250", .amazonLinux,
            ["/etc/systemd/system/multi-user.target.wants/ecs.service": nil], "agent-at-boot"),
        Report(
            "docker/cli#2710", .amazonLinux,
            [
                "/usr/lib/systemd/system/docker.socket":
                    "[Socket]\nListenStream=/run/docker.sock\nSocketGroup=docker\n[Install]\nWantedBy=sockets.target\n",
                "/etc/systemd/system/sockets.target.wants/docker.socket": .link(
                    "/usr/lib/systemd/system/docker.socket"),
                "/etc/group": "root:x:0:\n", "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
                "/etc/nsswitch.conf": "group: files\n",
            ], "agent-at-boot", says: "SocketGroup=docker"),
        Report(
            "aws/amazon-ecs-init#24", .byHand, [userUnit: unit("")], "cluster-reachable"),
        Report(
            "coreos/docs#515", .byHand, [userUnit: unit("--env-file=/etc/default/ecs"), "/etc/default/ecs": ""],
            "cluster-reachable"),
        Report(
            "aws/amazon-ecs-agent#750", .byHand,
            [userUnit: unit("--env-file=/etc/ecs/ecs.config --env=ECS_CLUSTER=My-New-Cluster")], "cluster-reachable",
            says: "My-New-Cluster"),
        Report(
            "aws/amazon-ecs-agent#668", .byHand, [daemon: "{\"userns-remap\": \"default\"}"], "hand-run-agent",
            says: "userns"),
        Report(
            "dev-sec/ansible-collection-hardening#267", .amazonLinux,
            [
                "/etc/modprobe.d/hardening.conf": "install vfat /bin/true\n",
                "/etc/fstab": """
                UUID=9c4e4b1a-0000-4000-8000-000000000001 / xfs defaults,noatime 1 1
                UUID=1234-ABCD /boot/efi vfat defaults,noatime,uid=0,gid=0,umask=0077 0 2

                """,
            ], "fstab-mounts", says: "vfat"),
        Report(
            "ComplianceAsCode/content#12692", .amazonLinux,
            [
                "/etc/modprobe.d/cis.conf": "install overlay /bin/false\n",
                daemon: "{\"storage-driver\": \"overlay2\"}",
                "/boot/config-6.1.188-233.385.amzn2023.x86_64": .text(
                    configuration.replacing("OVERLAY_FS=y", with: "OVERLAY_FS=m")),
                "/usr/lib/modules/6.1.188-233.385.amzn2023.x86_64/modules.dep": "kernel/fs/overlayfs/overlay.ko:\n",
            ], "docker-runtime", says: "overlay"),
        Report(
            "aws/amazon-ecs-agent pull 4785", .debian,
            packages(agent: "1.98.0-1").merging([daemon: "{\"bridge\": \"none\"}"]) { $1 }, "agent-known-defects",
            says: "1.100"),
        Report(
            "aws/amazon-ecs-agent#2424", .amazonLinux, [config: "ECS_ENABLE_GPU_SUPPORT=true\n"], "gpu-ready"),
        Report(
            "docker/docker-ce-packaging#1340", .debian,
            [
                "/boot/config-6.1.0-56-cloud-amd64": .text(
                    configuration.replacing("MATCH_ADDRTYPE=y", with: "MATCH_ADDRTYPE=m")),
                "/usr/lib/modules/6.1.0-56-cloud-amd64/modules.dep": "kernel/fs/ext4/ext4.ko:\n",
            ], "docker-runtime", says: "xt_addrtype"),
        Report(
            "containerd/containerd#8123", .debian,
            packages(docker: "5:23.0.1-1~debian.12~bookworm").merging([
                "/boot/config-6.1.0-56-cloud-amd64": .text(
                    configuration + "CONFIG_SECURITY_APPARMOR=y\nCONFIG_LSM=\"apparmor\"\n")
            ]) { $1 }, "agent-known-defects", says: "AppArmor"),
        Report(
            "aws/amazon-ecs-agent#2927", .debian,
            [
                "/usr/bin/dockerd": nil, "/usr/bin/docker": .link("podman"), "/usr/bin/podman": WholeImage.program,
                "/usr/lib/systemd/system/docker.service": nil, "/usr/lib/systemd/system/docker.socket": nil,
                "/etc/systemd/system/multi-user.target.wants/docker.service": nil,
                "/var/lib/dpkg/status": .text(
                    WholeImage.status(docker: "1", kernel: "6.1.0-56-cloud-amd64")
                        .replacing("Package: docker-ce\n", with: "Package: podman-docker\n")),
            ], "docker-version"),
    ]

    private static let configuration: String =
        if case .file(let bytes, _) = WholeImage.kernelConfiguration { String(decoding: bytes, as: UTF8.self) } else {
            ""
        }

    /// Hosts of which chance, or what the image does not hold, made the difference.
    static let undecided: [Report] = [
        Report(
            "moby/moby#41767", .debian,
            packages(docker: "5:20.10.0~3-0~debian").merging([
                "/usr/lib/systemd/system/docker.service": """
                [Unit]
                After=network-online.target firewalld.service containerd.service multi-user.target
                Requires=docker.socket

                [Service]
                Type=notify
                ExecStart=/usr/bin/dockerd -H fd://

                [Install]
                WantedBy=multi-user.target

                """,
                "/etc/systemd/system/ecs.service.d/user-data.conf": nil,
                "/etc/systemd/system/cloud-init.target.wants/ecs.service": nil,
                "/etc/systemd/system/multi-user.target.wants/ecs.service": .link("/lib/systemd/system/ecs.service"),
            ]) { $1 }, "agent-at-boot", says: "multi-user.target"),
        Report(
            "awslabs/amazon-ebs-autoscale#13", .debian,
            [
                dropIn: "[Unit]\nAfter=cloud-final.service\n",
                "/usr/lib/systemd/system/cloud-final.service": """
                [Unit]
                After=network-online.target cloud-config.service multi-user.target

                [Service]
                Type=oneshot
                ExecStart=/usr/bin/cloud-init modules --mode=final
                RemainAfterExit=yes

                [Install]
                WantedBy=cloud-init.target

                """,
            ], "agent-at-boot", says: "cloud-final.service"),
        Report("a directory that docker run made of ecs.config", .byHand, [config: .directory], "cluster-reachable"),
    ]

    /// Hosts that took jobs although they look like the ones above: by the answer in the same report, or tried there.
    static let working: [Report] = [
        Report(
            "wellcomecollection/platform#855", .amazonLinux, [config: "ECS_CLUSTER=a-cluster\n"], "cluster-unset",
            says: "a-cluster"),
        Report(
            "AWS's user data that runs at every boot", .amazonLinux,
            ["/etc/cloud/cloud.cfg.d/50.cfg": "cloud_final_modules:\n- [scripts-user, always]\n"], "cloud-init-state"),
        Report(
            "aws/amazon-ecs-agent#750, its region", .amazonLinux, [config: "AWS_DEFAULT_REGION=eu-west-1\n"],
            "region-baked", says: "eu-west-1"),
        Report(
            "docker/for-linux#732, the key in the singular", .amazonLinux, [daemon: "{\"host\": \"unix:///x\"}"],
            "docker-config"),
        Report(
            "NVIDIA/nvidia-docker#751, after moby#37871", .debian,
            packages(docker: "5:18.09.9~3-0~debian").merging(runtimeTwice) { $1 }.merging([
                "/usr/bin/nvidia-container-runtime": WholeImage.program,
                // Docker 18.09 knows no control groups of version 2.
                "/usr/lib/os-release": "ID=debian\nVERSION_ID=10\nPRETTY_NAME=\"Debian GNU/Linux 10 (buster)\"\n",
            ]) { $1 }, "docker-config"),
        Report(
            "aws/amazon-ecs-agent#1707, --no-block", .amazonLinux,
            [perBoot: .executable("#!/bin/sh\nsystemctl start --no-block ecs\n")], "agent-at-boot"),
        Report("AWS's own unit by hand", .byHand, [:], "cluster-reachable"),
        Report(
            "an ecs.config that user data writes first", .byHand, [config: nil], "cluster-reachable"),
        Report(
            "docker/docker-ce-packaging#1340, with kernel-modules-extra", .debian,
            [
                "/boot/config-6.1.0-56-cloud-amd64": .text(
                    configuration.replacing("MATCH_ADDRTYPE=y", with: "MATCH_ADDRTYPE=m")),
                "/usr/lib/modules/6.1.0-56-cloud-amd64/modules.dep": "kernel/net/netfilter/xt_addrtype.ko.xz:\n",
            ], "docker-runtime"),
        Report(
            "aws/amazon-ecs-agent#1083", .amazonLinux,
            [
                "/etc/systemd/system/multi-user.target.wants/ecs.service": nil,
                "/etc/systemd/system/default.target.wants/ecs.service": .link("/usr/lib/systemd/system/ecs.service"),
            ], "agent-at-boot"),
        Report(
            "geerlingguy/internet-pi#396", .amazonLinux,
            [
                dropIn: "[Unit]\nRequires=mnt-ephemeral.mount\n",
                "/etc/systemd/system/sockets.target.wants/docker.socket": .link(
                    "/usr/lib/systemd/system/docker.socket"),
                // What docker.service alone wants is left out.
                "/etc/systemd/system/multi-user.target.wants/containerd.service": .link(
                    "/usr/lib/systemd/system/containerd.service"),
            ], "agent-at-boot"),
        Report(
            "aws/amazon-ecs-agent pull 4785, mended", .debian, [daemon: "{\"bridge\": \"none\"}"],
            "agent-known-defects"),
        Report(
            "aws/amazon-ecs-agent#2877", .amazonLinux,
            [
                "/etc/sysconfig/iptables": "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\nCOMMIT\n",
                "/usr/lib/systemd/system/iptables.service": """
                [Service]
                Type=oneshot
                ExecStart=/usr/libexec/iptables/iptables.init start

                """,
                "/usr/libexec/iptables/iptables.init": .executable(),
                "/etc/systemd/system/multi-user.target.wants/iptables.service": .link(
                    "/usr/lib/systemd/system/iptables.service"),
            ], "firewall", says: "/etc/sysconfig/iptables"),
    ]
}
