/// By which paths the subvolumes of a btrfs are reached from its top level.

import ByteParsing
import FileSystems

extension BtrfsVolume {
    /// All subvolumes, and which is the default.
    func subvolumes() throws(FormatError) -> Subvolumes {
        if let listed { return listed }
        let found = try list()
        listed = found
        return found
    }

    private func list() throws(FormatError) -> Subvolumes {
        var paths = BtrfsPaths(self)
        var all = [Subvolumes.Subvolume(number: Self.topLevel, path: "")]
        for (number, parent, place) in try places() where try subvolume(number) != nil {
            paths.parents[number] = (parent, place)
        }
        for number in paths.parents.keys.sorted() {
            all.append(Subvolumes.Subvolume(number: number, path: paths.path(of: number)))
        }
        return Subvolumes(all: all, defaultNumber: try defaultNumber())
    }
}

/// Puts paths together from the names of subvolumes in their parents, and of the directories above these.
private struct BtrfsPaths {
    private struct Directory: Hashable {
        let subvolume: UInt64
        let inode: UInt64
    }

    private let volume: BtrfsVolume
    /// Where each subvolume hangs.
    var parents: [UInt64: (parent: UInt64, place: BtrfsPlace)] = [:]
    private var directories: [Directory: String] = [:]

    /// Those that were put together; nil of what does not lead to the top level.
    private var known: [UInt64: String?] = [:]

    /// How many names a path may have, in its subvolume and of subvolumes.
    private static let depthLimit = 256
    /// In bytes: PATH_MAX of Linux.
    private static let lengthLimit = 4096

    init(_ volume: BtrfsVolume) {
        self.volume = volume
    }

    /// The path of a subvolume; nil where it does not lead to the top level.
    mutating func path(of number: UInt64, depth: Int = 0) -> String? {
        if number == BtrfsVolume.topLevel { return "" }
        if let known = known[number] { return known }
        var path: String?
        if depth < Self.depthLimit, let (parent, place) = parents[number],
            let above = self.path(of: parent, depth: depth + 1),
            let folder = folder(Directory(subvolume: parent, inode: place.directory))
        {
            path = ([above, folder].filter { !$0.isEmpty } + [fileName(place.name)]).joined(separator: "/")
        }
        if let found = path, found.utf8.count >= Self.lengthLimit { path = nil }
        known[number] = .some(path)
        return path
    }

    /// The path of a directory in its subvolume, empty of the root directory; nil where it cannot be told.
    private mutating func folder(_ directory: Directory) -> String? {
        if let known = directories[directory] { return known }
        guard let subvolume = try? volume.subvolume(directory.subvolume) else { return nil }
        var names: [String] = []
        var inode = directory.inode
        while inode != subvolume.rootDirectory {
            guard names.count < Self.depthLimit, let (parent, name) = try? reference(of: inode, in: subvolume) else {
                return nil
            }
            names.append(fileName(name))
            inode = parent
        }
        let path = names.reversed().joined(separator: "/")
        directories[directory] = path
        return path
    }

    /// The directory above an inode, and its name there.
    private func reference(
        of inode: UInt64, in subvolume: BtrfsSubvolume
    ) throws(FormatError) -> (parent: UInt64, name: ArraySlice<UInt8>)? {
        var found: (parent: UInt64, name: ArraySlice<UInt8>)?
        try subvolume.tree.visit(
            BtrfsKey(inode, BtrfsKey.inodeReference, 0)...BtrfsKey(inode, BtrfsKey.inodeExtendedReference, .max)
        ) { (key, item) throws(FormatError) in
            found = try BtrfsReference.all(key, item).first.map { ($0.parent, $0.name) }
            return false
        }
        return found
    }
}

/// A name of an inode in a directory, as the inode itself knows it.
struct BtrfsReference {
    let parent: UInt64
    /// Its number in the directory.
    let index: UInt64
    let name: ArraySlice<UInt8>

    /// Those of an INODE_REF, one directory's: index, size of the name, name; or of an INODE_EXTREF, in which the
    /// directory stands in front.
    static func all(_ key: BtrfsKey, _ item: FieldReader) throws(FormatError) -> [BtrfsReference] {
        let isExtended = key.type == BtrfsKey.inodeExtendedReference
        let head = isExtended ? 18 : 10
        var references: [BtrfsReference] = []
        var at = 0
        while at < item.count {
            let size = Int(try item.uint16(at: at + head - 2))
            references.append(
                BtrfsReference(
                    parent: isExtended ? try item.uint64(at: at) : key.offset,
                    index: try item.uint64(at: at + head - 10),
                    name: try item.slice(at: at + head, count: size)))
            at += head + size
        }
        return references
    }
}
