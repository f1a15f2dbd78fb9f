/// Which disk the kernel's command line calls the root.

extension BootEntry {
    /// What the last `root=` names, as it is written; nil where the command line has none.
    public var root: String? {
        commandLine.last { $0.hasPrefix("root=") }.map { String($0.dropFirst("root=".count)) }
    }

    /// The options with which the root is mounted: those of the last `rootflags=`, which takes the place of others.
    public var rootFlags: [String] {
        let words = commandLine.last { $0.hasPrefix("rootflags=") }?.dropFirst("rootflags=".count)
        return words?.split(separator: ",").map(String.init) ?? []
    }

    /// Whether the root is a disk or partition by a name that no Nitro instance has: `/dev/xvda1`, `/dev/sda1`, and what
    /// virtio and IDE disks of other machines are called. There every disk is an NVMe device, `/dev/nvme0n1`.
    public var hasRootUnknownToNitro: Bool {
        guard let root, root.hasPrefix("/dev/") else { return false }
        let name = root.dropFirst("/dev/".count)
        guard let kind = ["xvd", "sd", "hd", "vd"].first(where: name.hasPrefix) else { return false }
        let letters = name.dropFirst(kind.count).prefix { ("a"..."z").contains($0) }
        return !letters.isEmpty && name.dropFirst(kind.count + letters.count).allSatisfy(\.isASCIIDigit)
    }
}
