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

    /// How many names a path may have.
    private static let depthLimit = 256

    init(_ volume: BtrfsVolume) {
        self.volume = volume
    }

    /// The path of a subvolume; nil where it does not lead to the top level.
    mutating func path(of number: UInt64) -> String? {
        var path = ""
        var number = number
        for _ in 0..<Self.depthLimit {
            if number == BtrfsVolume.topLevel { return path }
            guard let (parent, place) = parents[number],
                let folder = folder(Directory(subvolume: parent, inode: place.directory))
            else { return nil }
            path = folder + fileName(place.name) + (path.isEmpty ? "" : "/") + path
            number = parent
        }
        return nil
    }

    /// The path of a directory in its subvolume, with a slash behind it, and empty of the root directory.
    private mutating func folder(_ directory: Directory) -> String? {
        if let known = directories[directory] { return known }
        guard let subvolume = try? volume.subvolume(directory.subvolume) else { return nil }
        var path = ""
        var inode = directory.inode
        for _ in 0..<Self.depthLimit {
            if inode == subvolume.rootDirectory {
                directories[directory] = path
                return path
            }
            guard let (parent, name) = try? reference(of: inode, in: subvolume) else { return nil }
            path = fileName(name) + "/" + path
            inode = parent
        }
        return nil
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
