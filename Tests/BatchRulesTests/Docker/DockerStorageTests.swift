import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct DockerStorageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var version = "20.10.24"
        var entries: [String: LiteralEntry] = [:]
        let verdict: Verdict.Kind
        var level: Level = .recommended
        var says: [String] = []
        var testDescription: String { name }
    }

    private static let file = "/etc/docker/daemon.json"
    private static let drivers: [String: LiteralEntry] = [
        "/var/lib/docker/overlay2/l/ABC": .link("../abc/diff"), "/var/lib/docker/aufs/diff/abc/x": "x",
    ]

    private static func baked(_ more: [String: LiteralEntry]) -> [String: LiteralEntry] {
        drivers.merging(more) { $1 }
    }

    static let cases: [Case] = [
        Case(name: "no directory yet", verdict: .pass, says: ["/var/lib/docker is there for Docker to use"]),
        Case(
            name: "moby#15651: two drivers' directories", entries: drivers, verdict: .fail, level: .required,
            says: ["data of several storage drivers (aufs, overlay2)", "20.10.24-1 does not choose"]),
        Case(
            name: "the same with a driver set", entries: baked([file: #"{"storage-driver": "overlay2"}"#]),
            verdict: .pass),
        Case(
            name: "an empty directory is none",
            entries: ["/var/lib/docker/aufs": .directory, "/var/lib/docker/overlay2/a/diff": .directory],
            verdict: .pass, says: ["data of overlay2 was baked"]),
        Case(
            name: "a Docker that has no aufs any more", version: "25.0.16", entries: drivers, verdict: .pass),
        Case(
            name: "devicemapper up to 24", version: "24.0.9",
            entries: ["/var/lib/docker/overlay2/a": .directory, "/var/lib/docker/devicemapper/devicemapper/data": "x"],
            verdict: .fail, level: .required, says: ["devicemapper, overlay2"]),
        Case(
            name: "vfs does not count",
            entries: ["/var/lib/docker/overlay2/a": .directory, "/var/lib/docker/vfs/dir": .directory], verdict: .pass),
        Case(
            name: "hidden by what is mounted there",
            entries: baked(["/etc/fstab": "LABEL=docker /var/lib/docker xfs defaults,nofail 0 2\n"]), verdict: .pass,
            says: ["/etc/fstab:1 mounts xfs at /var/lib/docker"]),
        Case(
            name: "a mount that nobody asks for hides nothing",
            entries: baked(["/etc/fstab": "LABEL=docker /var/lib/docker xfs noauto 0 2\n"]), verdict: .fail,
            level: .required),
        Case(
            name: "containerd's own snapshotters",
            entries: baked([file: #"{"features": {"containerd-snapshotter": true}}"#]), verdict: .pass),
        Case(
            name: "dokku#5523: aufs alone on a kernel without it",
            entries: [
                "/var/lib/docker/aufs/diff/abc/x": "x", "/boot/vmlinuz-6.1.0-1-amd64": "",
                "/boot/config-6.1.0-1-amd64": "CONFIG_OVERLAY_FS=y\n",
            ], verdict: .fail, level: .required, says: ["of the storage driver aufs", "has no aufs"]),
        Case(
            name: "aufs alone on a kernel that has it",
            entries: [
                "/var/lib/docker/aufs/diff/abc/x": "x", "/boot/vmlinuz-4.15.0-1-generic": "",
                "/boot/config-4.15.0-1-generic": "CONFIG_AUFS_FS=m\n",
            ], verdict: .pass),
        Case(
            name: "aufs alone on a kernel that is not known", entries: ["/var/lib/docker/aufs/diff/abc/x": "x"],
            verdict: .pass),
        Case(
            name: "btrfs' data on ext4",
            entries: [
                "/var/lib/docker/btrfs/subvolumes/a/x": "x", "/etc/fstab": "LABEL=root / ext4 defaults 0 1\n",
            ], verdict: .fail, level: .required, says: ["it lies on ext4, no btrfs file system"]),
        Case(
            name: "btrfs' data on btrfs",
            entries: [
                "/var/lib/docker/btrfs/subvolumes/a/x": "x", "/etc/fstab": "LABEL=root / btrfs defaults 0 1\n",
            ], verdict: .pass),
        Case(
            name: "a file", entries: ["/var/lib/docker": "x"], verdict: .fail, level: .required,
            says: ["/var/lib/docker, where Docker keeps its data, is a file"]),
        Case(
            name: "a file as data-root", entries: [file: #"{"data-root": "/data/docker"}"#, "/data/docker": "x"],
            verdict: .fail, level: .required, says: ["/data/docker, where Docker keeps its data, is a file"]),
        Case(
            name: "a data-root that is not there yet", entries: [file: #"{"data-root": "/data/docker"}"#],
            verdict: .pass, says: ["/data/docker is there"]),
        Case(
            name: "a file where no data-root is",
            entries: ["/var/lib/docker": "x", file: #"{"data-root": "/data/docker"}"#, "/data/docker/x": "x"],
            verdict: .pass),
        Case(
            name: "two drivers' directories in a data-root of its own",
            entries: [
                file: #"{"data-root": "/data/docker"}"#, "/data/docker/overlay2/a": .directory,
                "/data/docker/overlay/a": .directory,
            ], verdict: .fail, level: .required, says: ["/data/docker holds data of several storage drivers"]),
        Case(
            name: "a link to nowhere", entries: ["/var/lib/docker": .link("/data/docker")], verdict: .fail,
            level: .required, says: ["a link to /data/docker, which is not in the image and which nothing in it makes"]),
        Case(
            name: "a link to a directory",
            entries: ["/var/lib/docker": .link("/data/docker"), "/data/docker": .directory], verdict: .pass),
        Case(
            name: "a link to what a mount brings",
            entries: ["/var/lib/docker": .link("/data/docker"), "/etc/fstab": "LABEL=data /data xfs nofail 0 2\n"],
            verdict: .pass),
        Case(
            name: "a link to what tmpfiles.d makes",
            entries: [
                "/var/lib/docker": .link("/data/docker"), "/etc/tmpfiles.d/docker.conf": "d /data/docker 0711 root\n",
            ], verdict: .pass),
        Case(
            name: "a link to what a script may make",
            entries: [
                "/var/lib/docker": .link("/data/docker"), "/usr/lib/systemd/systemd": .executable(),
                "/etc/rc.local": .executable("#!/bin/sh\nmkdir -p /data/docker\n"),
            ], verdict: .undetermined, says: ["unless it is made before"]),
        Case(
            name: "a link below an empty file system",
            entries: [
                "/var/lib/docker": .link("/scratch/docker"), "/scratch/docker": .directory,
                "/etc/fstab": "tmpfs /scratch tmpfs defaults 0 0\n",
            ], verdict: .fail, level: .required, says: ["/etc/fstab:1 mounts over that is empty at every boot"]),
        Case(
            name: "a link to the mount point itself",
            entries: [
                "/var/lib/docker": .link("/scratch"), "/scratch": .directory,
                "/etc/fstab": "tmpfs /scratch tmpfs defaults 0 0\n",
            ], verdict: .pass),
        Case(
            name: "the directory itself in memory",
            entries: ["/etc/fstab": "tmpfs /var/lib/docker tmpfs size=8G 0 0\n"],
            verdict: .pass),
        Case(
            name: "overlay2 on a file system of the network",
            entries: ["/etc/fstab": "fs-1:/ /var/lib/docker nfs4 _netdev 0 0\n"], verdict: .fail,
            says: ["/etc/fstab:1 mounts nfs4 at /var/lib/docker", "overlay2 does not work"]),
        Case(
            name: "a share elsewhere", entries: ["/etc/fstab": "fs-1:/ /mnt/efs nfs4 _netdev 0 0\n"], verdict: .pass),
        Case(
            name: "a container that starts again",
            entries: [
                "/var/lib/docker/containers/0123/config.v2.json":
                    #"{"ID": "0123", "Name": "/monitor", "Config": {"Image": "prom/node-exporter"}}"#,
                "/var/lib/docker/containers/0123/hostconfig.json": #"{"RestartPolicy": {"Name": "always"}}"#,
            ], verdict: .pass, says: ["these containers start again on every host: monitor"]),
        Case(name: "no Docker", version: "", verdict: .notApplicable),
    ]

    @Test(arguments: cases)
    func `what dockerd does not take fails, what it takes passes`(row: Case) throws {
        var entries = row.entries
        entries["/usr/lib/systemd/system/docker.service"] = "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n"
        if !row.version.isEmpty {
            entries["/var/lib/dpkg/status"] = .text(
                "Package: docker-ce\nStatus: install ok installed\nVersion: 5:\(row.version)-1\n")
        }
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.dockerStorage.evaluate(facts, .test)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        #expect(finding.level == row.level, "\(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
    }
}
