/// docker-storage: a place for Docker's data that dockerd takes.

import ImageFacts
import ImageReading

extension Rule {
    static let dockerStorage = Rule(
        id: "docker-storage",
        level: .recommended,
        or: .required,
        title: "a place for Docker's data that dockerd takes",
        group: .host,
        question: "Does dockerd take what stands in the place of its data directory?",
        reason: """
            dockerd keeps images and containers in /var/lib/docker. It ends where a file or a link to nowhere has that \
            name, and where several storage drivers have left their data and none is set: it does not choose between \
            them. Without Docker the agent never starts, and jobs stay in RUNNABLE.
            """,
        consequence: "Docker does not start, and jobs stay in RUNNABLE",
        decidedBy: """
            What stands at the data directory (/var/lib/docker, data-root or graph): a directory or nothing, no file, \
            no link to what is neither in the image nor made at boot; the directories of storage drivers in it that \
            are not empty, where no storage-driver is set, as the installed Docker knows them; the file system that \
            /etc/fstab or a mount unit mounts there, since overlay2 works on none of the network. What is mounted \
            there hides what the image has. Images and containers that were baked do no harm; containers that start \
            again on every host are named.
            """,
        remedy: "stop Docker before the image is created, and empty /var/lib/docker",
        reference: "https://docs.docker.com/engine/storage/drivers/select-storage-driver/"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { docker, evidence in
            let storage = facts.dockerStorage
            if let obstacle = storage.obstacle { return obstacle.verdict(named: storage.setting) }
            let settings = DaemonSettings(
                file: facts.daemonConfiguration.value, service: facts.dockerService.value, version: docker.version)
            return facts.verdictOnFormerDrivers(docker, settings)
                ?? storage.verdictOnFileSystem(settings)
                ?? .pass(storage.pass, evidence)
        }
    }
}

extension DockerStorage.Obstacle {
    fileprivate func verdict(named setting: Evidence?) -> Verdict {
        let settings = [setting].compactMap(\.self)
        switch self {
        case .file(let place):
            return Verdict.fail(
                "\(place.path), where Docker keeps its data, is a file and no directory: dockerd ends",
                [place] + settings,
                remedy: setting == nil
                    ? [.command("rm", "\(place.path)")]
                    : [.sentence("name a directory as data-root, or remove the file \(place.path)")]
            ).counting(as: .required)
        case .danglingLink(let place, let target, let maker?):
            return .undetermined(
                """
                \(place.path), where Docker keeps its data, is a link to \(target), which is not in the image: dockerd \
                ends unless it is made before, which \(maker) may do
                """, [place] + settings,
                remedy: [.sentence("make the directory \(target) in the image")])
        case .danglingLink(let place, let target, nil):
            return Verdict.fail(
                """
                \(place.path), where Docker keeps its data, is a link to \(target), which is not in the image and which \
                nothing in it makes: dockerd ends
                """, [place] + settings,
                remedy: [.command("mkdir", "-p", "\(target)"), .sentence("or remove the link \(place.path)")]
            ).counting(as: .required)
        case .hiddenTarget(let place, let target, let mount):
            return Verdict.fail(
                """
                \(place.path), where Docker keeps its data, is a link to \(target), and what \(mount.shortPlace) mounts \
                over that is empty at every boot: the link leads nowhere, and dockerd ends
                """, [place, mount] + settings,
                remedy: [.sentence("have tmpfiles.d make \(target), or let the link lead elsewhere")]
            ).counting(as: .required)
        }
    }
}

extension Facts {
    /// Directories that earlier storage drivers left; nil where dockerd takes them, or they are hidden.
    ///
    /// moby's daemon/graphdriver (New, scanPriorDrivers) of 18.09 to 29.4: without a driver set, the one that has left
    /// its directory is taken again, and of several none; drivers that a version does not have any more do not count.
    fileprivate func verdictOnFormerDrivers(_ docker: Docker, _ settings: DaemonSettings) -> Verdict? {
        let usesContainerd =
            settings.member("features")?.value.member("containerd-snapshotter")?.value == .boolean(true)
        let isRemapped = settings.text("userns-remap") != nil
        guard settings.text("storage-driver") == nil, !usesContainerd, !isRemapped else { return nil }
        let storage = dockerStorage
        // What is mounted at the directory or above, but the root itself, hides them.
        guard storage.fileSystem.map({ $0.mountPoint == .root }) != false else { return nil }
        func isBefore(_ major: Int) -> Bool { docker.version.map { $0 < ReleaseVersion(major) } == true }
        let known = (storage.drivers ?? []).filter { driver in
            switch driver {
            case "aufs", "overlay": isBefore(24)
            case "devicemapper": isBefore(25)
            default: true
            }
        }
        let places = known.map { Evidence(storage.root.appending($0), "a directory that is not empty") }
        if known.count > 1 {
            return Verdict.fail(
                """
                \(storage.root) holds data of several storage drivers (\(known.joined(separator: ", "))) and no \
                storage-driver is set: \(docker.label) does not choose between them and ends
                """, places,
                remedy: [
                    .sentence("remove all but one of them, with Docker stopped, before the image is created"),
                    .sentence("or set storage-driver in /etc/docker/daemon.json"),
                ]
            ).counting(as: .required)
        }
        guard let only = known.first, let why = reasonAgainst(only) else { return nil }
        return Verdict.fail(
            """
            \(storage.root) holds data of the storage driver \(only), which \(docker.label) therefore takes again, and \
            \(why): it ends
            """, places + (storage.fileSystem.map { [$0.evidence] } ?? []),
            remedy: [
                .command("rm", "-r", "\(storage.root.appending(only))"),
                .sentence("with Docker stopped, before the image is created"),
            ]
        ).counting(as: .required)
    }

    /// Why a driver that left its directory does not work any more; nil where it may.
    private func reasonAgainst(_ driver: String) -> String? {
        switch driver {
        case "aufs": return hasAufs == false ? "the kernel that boots has no aufs" : nil
        case "btrfs", "zfs":
            guard let type = dockerStorage.fileSystem?.type, !type.isEmpty, type != "auto", type != driver else {
                return nil
            }
            return "it lies on \(type), no \(driver) file system"
        default: return nil
        }
    }
}

extension DockerStorage {
    /// File systems of the network, on which overlayfs has no upper directory (Linux,
    /// Documentation/filesystems/overlayfs.rst).
    private static let ofNetwork: Set<String> = ["nfs", "nfs4", "cifs", "smb3", "efs", "9p"]

    /// Advice where the image mounts for Docker's data what overlay2 does not work on.
    fileprivate func verdictOnFileSystem(_ settings: DaemonSettings) -> Verdict? {
        guard let fileSystem, Self.ofNetwork.contains(fileSystem.type) else { return nil }
        let driver = settings.text("storage-driver")?.text
        guard driver == nil || driver == "overlay2" else { return nil }
        return .fail(
            """
            \(fileSystem.evidence.shortPlace) mounts \(fileSystem.type) at \(fileSystem.mountPoint), where Docker keeps \
            its data, and overlay2 does not work on it: Docker copies every layer whole, or ends
            """, [fileSystem.evidence],
            remedy: [.sentence("keep \(root) on a disk of the instance, and share data by a volume of the jobs")])
    }

    fileprivate var pass: String {
        var text = "\(root) is there for Docker to use"
        if let fileSystem, fileSystem.mountPoint != .root {
            text += "; \(fileSystem.evidence.shortPlace) mounts \(fileSystem.type) at \(fileSystem.mountPoint)"
        }
        if let drivers, !drivers.isEmpty { text += "; data of \(drivers.joined(separator: ", ")) was baked" }
        if !restartedContainers.isEmpty {
            text += "; these containers start again on every host: \(shortened(restartedContainers))"
        }
        return text
    }
}
