/// One pass over an archive, from its bytes to its tree.

import DiskImages
import FileSystems
import Glibc

/// What one pass over an archive gave.
struct ArchivePass {
    private let image: OpenedImage
    private let kind: String
    private let remarks: [String]
    private let members: Int
    private let archive: ArchiveTree
    /// Where the root was taken to lie; nil where it was looked for.
    private let folder: ImagePath?

    /// What every pass asks for beside what it is asked for: what shows the kind of an archive.
    static let ownWants: [Want] = ["/bootmgr", "/manifest.json", "/oci-layout", "/*.ovf"].map { .names($0) }

    /// Reads the archive from its beginning to its end, for what lies below `folder`; nil where the root is looked for.
    init(over image: OpenedImage, _ wants: [Want], below folder: ImagePath?) throws(ImageError) {
        func below(_ wants: [Want]) -> [Want] { folder.map { folder in wants.map { $0.below(folder) } } ?? wants }
        let wanted = WantedNames(below(wants + Self.ownWants), likely: below(WantedNames.likely))
        do throws(StreamError) {
            try self.init(over: image, wanted, below: folder)
        } catch {
            throw error.imageError(image.file.name)
        }
    }

    private init(over image: OpenedImage, _ wanted: WantedNames, below folder: ImagePath?) throws(StreamError) {
        let stream = image.stream()
        let reader = LibarchiveReader(stream, .tarOrCpio)
        try reader.open()
        let archive = ArchiveTree(wanted, looksForRoot: folder == nil)
        var members = 0
        var path: [UInt8] = []
        do throws(StreamError) {
            while try reader.nextHeader() {
                members += 1
                guard reader.copyPath(into: &path) else { throw StreamError(.damaged, "a member without a name") }
                guard let wanted = try archive.place(reader.member, at: path) else { continue }
                archive.setContent(of: wanted.inode, try reader.content(upTo: wanted.bytes))
            }
        } catch {
            throw path.isEmpty ? error : StreamError(error.code, "\(error.reason) (at or behind \(fileName(path)))")
        }
        self.image = image
        kind = reader.formatName
        remarks = try reader.finish() + stream.remarks
        self.members = members
        self.archive = archive
        self.folder = folder
    }

    /// The folder below which the root lies; the root itself where it is the top. Throws where there is no root.
    func rootFolder() throws(ImageError) -> ImagePath {
        let name = image.file.name
        let tree = archive.tree
        guard members > 0 else { throw ImageError(.empty, image: name, "an archive without any member") }
        if tree.holdsRoot(tree.root) { return .root }
        if tree.isContainerImage { throw .containerImage(name) }
        if let appliance = tree.names(in: tree.root).first(where: { $0.hasSuffix(".ovf") }) {
            let way: UnreadDisk.Way =
                if let compression = image.compression {
                    .decompression(compression.command)
                } else if !image.file.isSeekable {
                    .other("a pipe cannot be read at any place: give the file itself")
                } else {
                    .other("unpack it by `tar -xf IMAGE` and give the disk in it")
                }
            throw .diskImage(UnreadDisk("OVA virtual appliance with \(appliance)", way), name)
        }
        let folders = tree.rootFolders()
        guard folders.count == 1 else { throw .noRoot(name, found: archive.namesAtTop, folders: folders) }
        return folders[0]
    }

    /// Whether what was wanted was looked for below `folder`, too, before it was known to be the root.
    func lookedBelow(_ folder: ImagePath) -> Bool {
        guard folder != .root, folder != self.folder else { return true }
        guard case .found(let inode, _) = archive.tree.walk(folder.components, followingLast: false) else {
            return false
        }
        return archive.possibleRoots.contains(inode)
    }

    /// The image whose root is `folder`; `wants` is what this pass was asked for, `again` how it is read once more.
    func root(
        _ folder: ImagePath, _ wants: [Want],
        again: (([Want]) throws(ImageError) -> RootFilesystem)?
    ) -> RootFilesystem {
        let asked = PatternSet(wants + Self.ownWants)
        let coverage =
            !lookedBelow(folder)
            ? Coverage()
            : archive.hasAllThatIsLikely ? Coverage(asked, PatternSet(WantedNames.likely)) : Coverage(asked)
        archive.tree.makeRoot(folder)
        return RootFilesystem(
            image: ImageDescription(
                name: image.file.name, kind: kind, compression: image.compression?.rawValue,
                rootFolder: folder == .root ? nil : folder, remarks: remarks),
            tree: archive.tree,
            coverage: coverage,
            isUsedUp: !image.file.isSeekable,
            again: again)
    }
}

extension Tree {
    /// Makes the directory at `folder` the root: `..` stops there, and hard links begin there.
    fileprivate func makeRoot(_ folder: ImagePath) {
        guard folder != .root, case .found(let inode, _) = walk(folder.components, followingLast: false) else { return }
        root = inode
        for index in inodes.indices {
            guard case .unknownHardLink(let target) = inodes[index].kind, target.isWithin(folder) else { continue }
            let below = ImagePath(components: target.components.dropFirst(folder.components.count))
            inodes[index].kind = .unknownHardLink(below)
        }
    }
}

extension Want {
    /// The same question of a root that lies in `folder`.
    fileprivate func below(_ folder: ImagePath) -> Want {
        Want(path: ImagePath(components: folder.components + path.components), extent: extent)
    }
}

extension LibarchiveReader {
    fileprivate var member: ArchiveTree.Member {
        let kind: ArchiveTree.Member.Kind =
            if let target = hardLinkTarget {
                .hardLink(target)
            } else {
                switch NodeStatus.Kind(mode: UInt32(fileType)) {
                case .directory: .directory
                case .regular: .regular
                case .link: .link(linkTarget ?? [])
                case .other: .other
                }
            }
        return ArchiveTree.Member(kind: kind, permissions: permissions, size: size)
    }

    /// The first `count` bytes of the member; what a sparse file leaves out is zeros.
    fileprivate func content(upTo count: Int) throws(StreamError) -> [UInt8] {
        var content: [UInt8] = []
        while content.count < count, try nextData() {
            let hole = min(dataOffset, count) - content.count
            guard hole >= 0 else { throw StreamError(.damaged, "a sparse file whose parts overlap") }
            content.append(contentsOf: repeatElement(0, count: hole))
            unsafe content.append(contentsOf: data.prefix(count - content.count))
        }
        content.append(contentsOf: repeatElement(0, count: count - content.count))
        return content
    }

    /// Sees to it that the archive is whole and reads on to the end of the file; what was odd there.
    fileprivate func finish() throws(StreamError) -> [String] {
        var remarks: [String] = []
        if formatName == "tar" {
            switch zeroBlocksAtEnd {
            case 2: break
            case 1: remarks.append("the archive ends with one block of zeros, two expected")
            default:
                throw StreamError(
                    .torn,
                    "the end-of-archive mark expected behind the last member, the end of the file found"
                )
            }
        }
        if let (offset, bytes) = try drain() {
            remarks.append(
                isTarHeader(bytes)
                    ? "a second archive follows the first at byte \(offset) and was ignored"
                    : "bytes that are not zero follow the end of the archive at byte \(offset) and were ignored"
            )
        }
        return remarks
    }
}
