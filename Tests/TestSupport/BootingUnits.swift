/// Units that every image with systemd has, for tests that add some of their own.

/// Literal images that boot to multi-user.target.
public enum BootingUnits {
    /// The targets on the way, and a machine id, so that no preset acts.
    public static let targets: [String: LiteralEntry] = [
        "/etc/machine-id": "",
        "/lib": .link("usr/lib"),
        "/usr/lib/systemd/system/default.target": .link("graphical.target"),
        "/usr/lib/systemd/system/graphical.target": "[Unit]\nRequires=multi-user.target\n",
        "/usr/lib/systemd/system/multi-user.target": "[Unit]\nRequires=basic.target\n",
        "/usr/lib/systemd/system/basic.target": "[Unit]\nWants=sockets.target\n",
        "/usr/lib/systemd/system/sockets.target": "[Unit]\n",
        "/usr/lib/systemd/system/rescue.target": "[Unit]\n",
    ]

    /// The same with Docker's service, which nothing starts.
    public static let withDocker = targets.merging([
        "/usr/lib/systemd/system/docker.service": """
        [Unit]
        Wants=containerd.service
        [Service]
        ExecStart=/usr/bin/dockerd -H fd:// \\
        # a comment between
          --containerd=/run/containerd/containerd.sock $OPTIONS
        EnvironmentFile=-/etc/sysconfig/docker
        [Install]
        WantedBy=multi-user.target

        """,
        "/usr/lib/systemd/system/containerd.service": "[Service]\nExecStart=/usr/bin/containerd\n",
    ]) { $1 }
}
