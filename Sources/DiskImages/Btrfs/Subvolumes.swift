/// Which subvolumes a btrfs has, and which of them the options of a mount name.

/// The subvolumes of a btrfs.
public struct Subvolumes: Codable, Hashable, Sendable {
    /// One of them, snapshots among them.
    public struct Subvolume: Codable, Hashable, Sendable {
        /// What `subvolid=` calls it; 5 is the top level.
        public let number: UInt64
        /// What `subvol=` calls it, without a slash in front, and empty of the top level; nil where it cannot be told.
        public let path: String?

        /// The subvolume of this number at this path.
        public init(number: UInt64, path: String?) {
            self.number = number
            self.path = path
        }

        /// `subvolume root`, `the top level`.
        public var name: String {
            guard let path else { return "subvolume \(number)" }
            return path.isEmpty ? "the top level of the file system" : "subvolume \(path)"
        }
    }

    /// What the options of a mount lead to.
    public enum Answer: Hashable, Sendable {
        /// What Linux mounts.
        case subvolume(Subvolume)
        /// Why Linux mounts nothing.
        case refused(String)
        /// Why it cannot be told.
        case unknown(String)
    }

    /// By their numbers.
    public let all: [Subvolume]
    /// What is mounted where no option names one.
    public let defaultNumber: UInt64

    /// So many are listed, and where there are more none are.
    static let limit = 10_000

    /// These subvolumes.
    public init(all: [Subvolume], defaultNumber: UInt64) {
        self.all = all
        self.defaultNumber = defaultNumber
    }

    /// The subvolume of this number; nil where there is none.
    public func subvolume(_ number: UInt64) -> Subvolume? { all.first { $0.number == number } }

    /// The subvolume at this path; nil where there is none.
    public func subvolume(at path: String) -> Subvolume? {
        let path = Self.normal(path)
        return all.first { $0.path == path }
    }

    /// What a mount with these options shows: the subvolume of the last `subvol=` or `subvolid=`, both of which have to
    /// agree, else the default one (btrfs(5); Linux fs/btrfs/super.c, mount_subvol).
    public func answer(to options: [String]) -> Answer {
        func last(_ name: String) -> String? {
            options.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        let (path, text) = (last("subvol"), last("subvolid"))
        let number = text.map(Self.number)
        if let text, number == .some(nil) { return .refused("subvolid=\(text) is no number") }
        guard let path else {
            // The top level is called 0 too.
            let wanted = number.flatMap { $0 }.map { $0 == 0 ? BtrfsVolume.topLevel : $0 } ?? defaultNumber
            if let found = subvolume(wanted) { return .subvolume(found) }
            return .refused("the file system has no subvolume \(wanted)\(text == nil ? ", which is its default" : "")")
        }
        guard let found = subvolume(at: path) else {
            guard all.contains(where: { $0.path == nil }) else {
                return .refused("the file system has no subvolume \(Self.normal(path))")
            }
            return .unknown("of some subvolumes the path is not known, and none of the others is \(path)")
        }
        if let wanted = number.flatMap({ $0 }), wanted != 0, wanted != found.number {
            return .refused("\(found.name) has the number \(found.number), and subvolid=\(wanted) names another")
        }
        return .subvolume(found)
    }

    /// As C reads a number: 0x and hexadecimal digits, 0 and octal ones, else decimal ones.
    private static func number(_ text: String) -> UInt64? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt64(text.dropFirst(2), radix: 16) }
        return UInt64(text, radix: text.hasPrefix("0") && text.utf8.count > 1 ? 8 : 10)
    }

    /// A path without slashes and dots that change nothing.
    private static func normal(_ path: String) -> String {
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return names.joined(separator: "/")
    }
}
