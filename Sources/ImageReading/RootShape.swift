/// What a root file system looks like from outside, and what is mistaken for one.

import FileSystems

extension Tree {
    /// Whether a root file system stands in `directory`: `etc` or `usr`, or what Windows has there.
    func holdsRoot(_ directory: Int) -> Bool {
        ["etc", "usr", "Windows", "bootmgr"].contains { child($0, of: directory) != nil }
    }

    /// Whether the root's own description stands below `directory`.
    private func holdsRelease(_ directory: Int) -> Bool {
        func isThere(_ path: [Substring]) -> Bool {
            var at = directory
            for name in path {
                guard let next = child(name, of: at) else { return false }
                at = next
            }
            return true
        }
        return isThere(["etc", "os-release"]) || isThere(["usr", "lib", "os-release"])
            || isThere(["Windows", "System32"]) || (isThere(["etc"]) && isThere(["usr"]))
    }

    /// The folders, the fewest names deep, that hold a root file system; none below depth 8.
    func rootFolders() -> [ImagePath] {
        var level: [(path: ImagePath, inode: Int)] = [(.root, root)]
        for _ in 0..<8 where !level.isEmpty {
            var next: [(path: ImagePath, inode: Int)] = []
            for (path, inode) in level {
                for name in names(in: inode).sorted(by: precedes).map({ $0[...] }) {
                    guard let below = child(name, of: inode), case .directory = inodes[below].kind
                    else { continue }
                    next.append((path.child(name), below))
                }
            }
            let found = next.filter { holdsRelease($0.inode) }.map(\.path)
            if !found.isEmpty { return found }
            level = next
        }
        return []
    }

    /// Whether this is what `docker save` writes or an OCI image layout.
    var isContainerImage: Bool {
        func isThere(_ name: Substring) -> Bool { child(name, of: root) != nil }
        return isThere("oci-layout") || isThere("manifest.json")
    }
}

extension ImageError {
    static func noRoot(_ image: String, found: [String], folders: [ImagePath] = []) -> ImageError {
        let names = found.sorted().prefix(5).joined(separator: ", ") + (found.count > 5 ? ", ..." : "")
        let several = folders.prefix(3).map(\.text).joined(separator: ", ")
        let advice =
            folders.isEmpty
            ? "give the directory that holds etc and usr, or a tar made by `tar -C DIRECTORY --numeric-owner -c .`"
            : "inside it a root stands in \(several): give that alone"
        return ImageError(
            .noRoot,
            image: image,
            "a root file system expected (etc or usr at its top, os-release in one of them), \(names) found; \(advice)"
        )
    }

    static func containerImage(_ image: String) -> ImageError {
        ImageError(
            .containerImage,
            image: image,
            "a root file system expected, a container image archive found (docker save or OCI layout); "
                + "amilint judges machine images: for the root of a container, "
                + "`docker create --name NAME IMAGE` and `docker export -o root.tar NAME`"
        )
    }
}
