/// More good images with one thing changed, for what remedies say of it: identities, credentials, lines of files, mounts.

import TestSupport

extension FailingImage {
    private static let hostKeysStay: LiteralEntry = "ssh_deletekeys: false\npreserve_hostname: true\n"
    private static let agentLine = "ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"awslogs\"]\n"

    private static func config(_ name: String, _ lines: String) -> FailingImage {
        FailingImage(name, .amazonLinux, ["/etc/ecs/ecs.config": .text(lines)], "agent-config-lines")
    }

    private static func fstab(_ name: String, _ line: String, _ change: [String: LiteralEntry?] = [:]) -> FailingImage {
        FailingImage(
            name, .debian,
            ["/etc/fstab": .text("PARTUUID=0c0ffee0-01 / ext4 defaults 0 1\n\(line)\n")].merging(change) { $1 },
            "fstab-mounts")
    }

    private static func left(_ name: String, _ path: String, _ entry: LiteralEntry = "x\n") -> FailingImage {
        FailingImage(
            name, .debian, [path: entry, "/etc/cloud/cloud.cfg.d/10_keep.cfg": hostKeysStay], "baked-identity")
    }

    private static func keys(_ name: String, _ path: String, _ text: String) -> FailingImage {
        FailingImage(name, .debian, [path: .text(text)], "credentials-baked")
    }

    private static let keyID = "AKIA" + "QWERTYUIOPASDFGH"
    private static let secret = "aws_secret_access_key = " + String(repeating: "aB3d", count: 10)

    /// What the machine that the image was made on left, and keys of accounts.
    private static let remains: [FailingImage] = [
        left("a machine id", "/etc/machine-id", "ec2e3be6e3b14a3ea3c2f4ed2a9b1f55\n"),
        left("host keys that stay", "/etc/ssh/ssh_host_rsa_key"),
        left("authorized keys", "/root/.ssh/authorized_keys"),
        left("a lease", "/var/lib/dhcp/eth0.leases"),
        left("a host name that stays", "/etc/hostname", "ip-10-0-0-7\n"),
        left("a random seed", "/var/lib/systemd/random-seed"),
        left("a hybrid registration", "/var/lib/amazon/ssm/registration", "{\"ManagedInstanceID\":\"mi-0123\"}\n"),
        left("a history", "/home/admin/.bash_history"),
        left("a log", "/var/log/cloud-init.log"),
        left("a temporary file with a blank in its name", "/tmp/my script.sh"),
        keys(
            "keys of the command line", "/root/.aws/credentials", "[default]\naws_access_key_id = \(keyID)\n\(secret)\n"
        ),
        keys("a key in a history", "/root/.bash_history", "export AWS_ACCESS_KEY_ID=\(keyID)\n"),
        keys(
            "keys in the environment", "/etc/environment", "LANG=C\nAWS_ACCESS_KEY_ID=\(keyID)\n\(secret)\nPAGER=less\n"
        ),
        keys(
            "a key in a drop-in", "/etc/systemd/system/ecs.service.d/keys.conf",
            "[Service]\nEnvironment=AWS_ACCESS_KEY_ID=\(keyID)\n"),
    ]

    private static let lines: [FailingImage] = [
        config("a line without =", "\(agentLine)ECS_CLUSTER\n"),
        config("a line without a name", "\(agentLine)=x\n"),
        config("export", "export ECS_ENABLE_TASK_IAM_ROLE=true\n"),
        config("a blank before the =", "ECS_ENABLE_TASK_IAM_ROLE =true\n"),
        config("a byte order mark", "\u{FEFF}ECS_ENABLE_TASK_IAM_ROLE=true\n"),
        config("quotes and a comment", "ECS_CLUSTER=\"default\"\nECS_CLUSTER=default # ours\n"),
        config("a comment behind a value that is not shown", "ECS_IMAGE_CLEANUP_INTERVAL=10m # ours\n"),
        config("a key twice", "ECS_CLUSTER=default\nECS_CLUSTER=default\n"),
        config("a key of nobody", "ECS_FIPS_ENABLED=true\n\(agentLine)"),
    ]

    private static func socket(_ name: String, _ change: [String: LiteralEntry?]) -> FailingImage {
        FailingImage(name, .debian, change, "docker-socket")
    }

    private static let agentHost = "DOCKER_HOST=unix:///run/other.sock\n"

    private static let sockets: [FailingImage] = [
        socket(
            "dockerd on tcp alone",
            [
                "/etc/systemd/system/docker.service.d/tcp.conf":
                    "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H tcp://127.0.0.1:2375\n"
            ]),
        socket(
            "docker.socket at another path",
            [
                "/etc/systemd/system/docker.socket.d/other.conf":
                    "[Socket]\nListenStream=\nListenStream=/run/other.sock\n"
            ]),
        socket(
            "an agent that looks elsewhere",
            [
                "/etc/ecs/ecs.config": .text(agentHost),
                "/etc/systemd/system/ecs.service.d/env.conf": "[Service]\nEnvironmentFile=-/etc/ecs/ecs.config\n",
            ]),
    ]

    private static func cloud(_ name: String, _ file: String, _ text: String, _ more: [String: LiteralEntry?] = [:])
        -> FailingImage
    {
        FailingImage(
            name, .debian, ["/etc/cloud/cloud.cfg.d/\(file)": .text(text)].merging(more) { $1 }, "cloud-init-state")
    }

    private static let clouds: [FailingImage] = [
        cloud("another data source", "90_dpkg.cfg", "datasource_list: [ NoCloud, None ]\n"),
        cloud("another data source in the file of that name", "99_datasource.cfg", "datasource_list: [ NoCloud ]\n"),
        cloud("user data refused", "50_refuse.cfg", "allow_userdata: false\n"),
        cloud(
            "a former instance that is taken for the new one", "50_manual.cfg", "manual_cache_clean: true\n",
            ["/var/lib/cloud/instance": .link("instances/i-0123"), "/var/lib/cloud/instances/i-0123/obj.pkl": "x"]),
    ]

    private static let boots: [FailingImage] = [
        FailingImage("no line of the root", .debian, ["/etc/fstab": "# none\n"], "init-and-initramfs"),
        fstab("a bind mount of what is not there", "/srv/data /mnt/data none bind 0 0"),
        fstab("EFS before the network", "fs-0123456789abcdef0:/ /efs efs tls 0 0"),
        fstab("a server that may not answer", "10.0.0.7:/export /data nfs4 rw,hard 0 0"),
        FailingImage(
            "a root that stays read-only", .debian, ["/etc/fstab": "PARTUUID=0c0ffee0-01 / ext4 ro,noatime 0 1\n"],
            "fstab-mounts"),
        FailingImage(
            "a boot for rescue", .debian,
            [
                "/etc/systemd/system/default.target": .link("/usr/lib/systemd/system/rescue.target"),
                "/usr/lib/systemd/system/rescue.target": "[Unit]\nDescription=Rescue\n",
                "/usr/lib/systemd/system/multi-user.target": "[Unit]\nDescription=Multi-User\n",
            ], "init-and-initramfs"),
    ]

    /// Each fails for the rule that it was made to break.
    static let mendable: [FailingImage] = remains + lines + sockets + clouds + boots
}
