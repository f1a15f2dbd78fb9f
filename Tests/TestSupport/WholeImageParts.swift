/// What the whole images have in common: programs, kernels, and the units of the boot, of cloud-init and of Docker.

import ImageReading

extension WholeImage {
    /// The beginning of an ELF program for x86_64, enough for everything that reads one.
    public static let program = LiteralEntry.file(
        [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9) + [3, 0, 62, 0]
            + [UInt8](repeating: 0, count: 44),
        permissions: 0o755)

    /// The first sectors of a bzImage: "HdrS" at 0x202, and where 0x20E points to, past 0x200, the version.
    public static func kernelImage(_ version: String) -> [UInt8] {
        var image = [UInt8](repeating: 0, count: 0x800)
        let text = Array("\(version) (builder@example.com) #1 SMP".utf8)
        image.replaceSubrange(0x1FE..<0x200, with: [0x55, 0xAA])
        image.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
        image.replaceSubrange(0x206..<0x208, with: [0x0F, 0x02])
        image.replaceSubrange(0x20E..<0x210, with: [0x00, 0x04])
        image.replaceSubrange(0x600..<0x600 + text.count, with: text)
        return image
    }

    /// Every option that Docker and Nitro instances need of a kernel of today.
    public static let kernelConfiguration: LiteralEntry = .text(
        """
        NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_SCHED CPUSETS
        MEMCG KEYS VETH BRIDGE BRIDGE_NETFILTER IP_NF_FILTER IP_NF_MANGLE IP_NF_TARGET_MASQUERADE NF_NAT POSIX_MQUEUE
        NETFILTER_XT_MATCH_ADDRTYPE NETFILTER_XT_MATCH_CONNTRACK NETFILTER_XT_MATCH_IPVS NETFILTER_XT_MARK IP_NF_RAW
        IP_NF_NAT CGROUP_BPF OVERLAY_FS DEVPTS_MULTIPLE_INSTANCES NF_NAT_IPV4 NF_NAT_NEEDED
        BLK_DEV_NVME ENA_ETHERNET
        """.split(whereSeparator: \.isWhitespace).map { "CONFIG_\($0)=y\n" }.joined() + "# CONFIG_XEN is not set\n")

    /// Directories of a root whose /bin, /sbin and /lib are links, and the programs that every image has.
    static let root: [String: LiteralEntry] = {
        var entries: [String: LiteralEntry] = [
            "/bin": .link("usr/bin"), "/sbin": .link("usr/sbin"), "/lib": .link("usr/lib"),
            "/usr/bin/sh": .link("bash"), "/usr/sbin/init": .link("../lib/systemd/systemd"),
            "/usr/lib/systemd/systemd": program, "/var/lib/cloud": .directory, "/root": .directory,
            "/proc": .directory, "/sys": .directory, "/dev": .directory, "/run": .directory,
        ]
        for name in ["bash", "ps", "git", "xz", "containerd", "runc", "dockerd", "docker", "cloud-init"] {
            entries["/usr/bin/\(name)"] = program
        }
        entries["/usr/sbin/sysctl"] = program
        return entries
    }()

    static let targets: [String: LiteralEntry] = [
        "/usr/lib/systemd/system/multi-user.target": """
        [Unit]
        Description=Multi-User System
        Requires=basic.target
        After=basic.target
        AllowIsolate=yes

        """,
        "/usr/lib/systemd/system/basic.target": "[Unit]\nRequires=sysinit.target\nWants=sockets.target\n",
        "/usr/lib/systemd/system/sysinit.target": "[Unit]\nDescription=System Initialization\n",
        "/usr/lib/systemd/system/sockets.target": "[Unit]\nDescription=Socket Units\n",
    ]

    static func cloudInit(_ lib: String) -> [String: LiteralEntry] {
        var entries: [String: LiteralEntry] = [
            "/usr/lib/systemd/system-generators/cloud-init-generator": program,
            "/usr/lib/systemd/system/cloud-init.target": """
            [Unit]
            Description=Cloud-init target
            After=multi-user.target

            [Install]
            WantedBy=multi-user.target

            """,
            "/etc/systemd/system/multi-user.target.wants/cloud-init.target": .link(
                "\(lib)/systemd/system/cloud-init.target"),
            "/etc/cloud/cloud.cfg": """
            users:
             - default
            cloud_init_modules:
             - migrator
             - write-files
            cloud_final_modules:
             - scripts-per-boot
             - scripts-user
             - final-message

            """,
            "/etc/cloud/cloud.cfg.d/90_datasource.cfg": "datasource_list: [ Ec2, None ]\n",
        ]
        for name in ["cloud-init-local", "cloud-init", "cloud-config", "cloud-final"] {
            entries["/usr/lib/systemd/system/\(name).service"] = .text(
                """
                [Unit]
                Description=\(name)

                [Service]
                Type=oneshot
                ExecStart=/usr/bin/cloud-init init
                RemainAfterExit=yes

                [Install]
                WantedBy=cloud-init.target

                """)
            entries["/etc/systemd/system/cloud-init.target.wants/\(name).service"] = .link(
                "\(lib)/systemd/system/\(name).service")
        }
        return entries
    }

    static func docker(_ lib: String, amazon: Bool) -> [String: LiteralEntry] {
        let start =
            amazon
            ? """
            EnvironmentFile=-/etc/sysconfig/docker
            EnvironmentFile=-/etc/sysconfig/docker-storage
            EnvironmentFile=-/run/docker/runtimes.env
            ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $OPTIONS \
            $DOCKER_STORAGE_OPTIONS $DOCKER_ADD_RUNTIMES
            """ : "ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock"
        var entries: [String: LiteralEntry] = [
            "/usr/lib/systemd/system/docker.service": .text(
                """
                [Unit]
                Description=Docker Application Container Engine
                After=network-online.target docker.socket containerd.service
                Wants=containerd.service
                Requires=docker.socket

                [Service]
                Type=notify
                \(start)
                Restart=always

                [Install]
                WantedBy=multi-user.target

                """),
            "/usr/lib/systemd/system/containerd.service": """
            [Unit]
            Description=containerd container runtime
            After=network.target local-fs.target

            [Service]
            ExecStartPre=-/sbin/modprobe overlay
            ExecStart=/usr/bin/containerd
            Type=notify
            Restart=always

            [Install]
            WantedBy=multi-user.target

            """,
            "/usr/lib/systemd/system/docker.socket": """
            [Socket]
            ListenStream=/run/docker.sock

            [Install]
            WantedBy=sockets.target

            """,
            "/etc/docker/daemon.json": "{\n  \"log-driver\": \"json-file\",\n  \"live-restore\": true\n}\n",
            "/etc/systemd/system/multi-user.target.wants/docker.service": .link("\(lib)/systemd/system/docker.service"),
        ]
        if amazon {
            entries["/etc/sysconfig/docker"] =
                "DAEMON_MAXFILES=1048576\nOPTIONS=\"--default-ulimit nofile=32768:65536\"\n"
            entries["/etc/sysconfig/docker-storage"] = "DOCKER_STORAGE_OPTIONS=\n"
        }
        return entries
    }
}
