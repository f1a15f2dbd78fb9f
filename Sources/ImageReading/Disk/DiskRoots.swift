/// Which volume of a disk is the root of its system.

import ByteParsing
import DiskImages
import FileSystems

/// A volume whose file system is open.
struct OpenVolume {
    let volume: DiskVolume
    let tree: OnDemandTree

    /// What its fstab says; the tree's other answers are not asked for.
    var fstab: Observation<Fstab> {
        Fstab.observe(in: RootFilesystem(image: ImageDescription(name: "", kind: "disk"), tree: tree))
    }

    /// Whether a system was installed on it.
    fileprivate var holdsSystem: Bool {
        let signs: [[Substring]] = [["etc", "os-release"], ["usr", "lib", "os-release"], ["etc", "fstab"]]
        return signs.contains { path in
            if case .found = tree.walk(path, followingLast: false) { true } else { false }
        }
    }

    /// Whether its own fstab mounts it as the root.
    fileprivate var callsItselfRoot: Bool {
        guard let line = fstab.value?.lines.last(where: { $0.mountPoint == .root && $0.type != "swap" }) else {
            return false
        }
        return volume.isNamed(line.device)
    }
}

/// The volumes among which the root is.
struct DiskRoots {
    private let volumes: [DiskVolume]
    private let image: String

    init(_ volumes: [DiskVolume], image: String) {
        self.volumes = volumes
        self.image = image
    }

    /// The root: the volume that `choice` names, else the one that holds a system, and of several the one that its own
    /// fstab calls the root.
    func root(_ choice: String?) throws(ImageError) -> OpenVolume {
        if let choice { return try chosen(choice) }
        var found: [OpenVolume] = []
        var unread: [String] = []
        for volume in volumes where volume.signature?.format.mayHoldFiles ?? (volume.problem != nil) {
            do throws(FormatError) {
                let open = OpenVolume(volume: volume, tree: OnDemandTree(try volume.open()))
                if open.holdsSystem { found.append(open) }
            } catch {
                unread.append("\(volume.description): \(error.reason)")
            }
        }
        let named = found.filter(\.callsItselfRoot)
        if named.count == 1 { return named[0] }
        let several = named.isEmpty ? found : named
        // What cannot be read may be the root as well.
        if several.count == 1, unread.isEmpty { return several[0] }
        guard several.isEmpty else {
            let names = several.map(\.volume.description) + unread
            throw ImageError(
                .noRoot, image: image,
                "one partition with a root file system expected, \(names.joined(separator: "; ")) found; "
                    + "say with --partition NUMBER which is meant")
        }
        guard unread.isEmpty else {
            throw ImageError(
                .diskImage, image: image,
                "a root file system expected on one of the partitions, none found on those that can be read; "
                    + unread.joined(separator: "; "))
        }
        let all = volumes.isEmpty ? "no partition" : volumes.map(\.description).joined(separator: ", ")
        throw ImageError(
            .noRoot, image: image,
            "a root file system expected on one of the partitions (os-release or fstab in it), none found: \(all)")
    }

    private func chosen(_ choice: String) throws(ImageError) -> OpenVolume {
        let matching = volumes.filter { volume in
            volume.disk == 0 && volume.partition.map { String($0.number) == choice } ?? false
        }
        let named = volumes.filter { volume in
            [volume.partition?.name, volume.signature?.label, volume.signature?.uuid, volume.partition?.uuid].contains(
                choice)
        }
        let all = matching.isEmpty ? named : matching
        guard all.count == 1 else {
            let what = all.isEmpty ? volumes : all
            throw ImageError(
                .noRoot, image: image,
                "one partition expected that is '\(choice)' (--partition), \(all.isEmpty ? "none" : "several") found: "
                    + what.map(\.description).joined(separator: ", "))
        }
        let root: OpenVolume
        do throws(FormatError) {
            root = OpenVolume(volume: all[0], tree: OnDemandTree(try all[0].open()))
        } catch {
            throw ImageError(.diskImage, image: image, "\(all[0].description): \(error.reason)")
        }
        guard root.tree.holdsRoot(root.tree.root) else {
            throw ImageError.noRoot(image, found: root.tree.names(in: root.tree.root))
        }
        return root
    }
}
