/// One pass over an archive, from its file to its tree.

import Glibc

/// The passes over one archive's file.
struct ArchiveReading {
    private let file: ImageFile
    private let progress: Progress?

    init(_ file: ImageFile, _ progress: Progress?) {
        self.file = file
        self.progress = progress
    }

    /// What every first pass asks for beside what it is asked for: what shows the kind of an archive.
    static let ownWants: [Want] = ["/bootmgr", "/manifest.json", "/oci-layout", "/*.ovf"].map { .names($0) }

    /// Reads the archive from its beginning to its end.
    func pass(_ wanted: WantedNames, looksForRoot: Bool) throws(ImageError) -> ArchivePass {
        do throws(StreamError) {
            return try read(wanted, looksForRoot)
        } catch {
            throw error.imageError(file.name)
        }
    }

    private func read(_ wanted: WantedNames, _ looksForRoot: Bool) throws(StreamError) -> ArchivePass {
        var stream = PeekedStream(FileStream(file, progress: progress), first: Recognition.headSize)
        guard !stream.head.isEmpty else { throw StreamError(.empty, "an archive expected, an empty file found") }
        let compression = Compression(stream.head)
        if let compression {
            let decompressed: any ByteStream =
                compression == .gzip ? GzipStream(stream) : FilteredStream(stream, compression)
            stream = PeekedStream(decompressed, first: Recognition.headSize)
        }
        let tail = compression == nil ? file.tail(Recognition.tailSize) : []
        switch Recognition(head: stream.head, tail: tail) {
        case .archive: break
        case .disk(let kind): throw .diskImage(kind)
        case .unknown(let kind):
            // Damage turns an archive into something unknown: better to say that.
            if compression != nil { try stream.skipThrough(Recognition.damageSoughtIn) }
            if stream.head.isEmpty {
                throw StreamError(.empty, "an archive expected, nothing found in the compressed file")
            }
            throw .notAnImage(kind)
        }
        let reader = LibarchiveReader(stream, .tarOrCpio)
        try reader.open()
        let tree = ArchiveTree(wanted, looksForRoot: looksForRoot)
        var members = 0
        var path: [UInt8] = []
        do throws(StreamError) {
            while try reader.nextHeader() {
                members += 1
                guard reader.copyPath(into: &path) else { throw StreamError(.damaged, "a member without a name") }
                guard let wanted = try tree.place(reader.member, at: path) else { continue }
                tree.setContent(of: wanted.inode, try reader.content(upTo: wanted.bytes))
            }
        } catch {
            throw path.isEmpty ? error : StreamError(error.code, "\(error.reason) (at or behind \(fileName(path)))")
        }
        var remarks = try reader.finish()
        remarks += stream.remarks
        return ArchivePass(
            image: file.name,
            kind: reader.formatName,
            compression: compression,
            remarks: remarks,
            members: members,
            tree: tree
        )
    }
}

extension LibarchiveReader {
    fileprivate var member: ArchiveTree.Member {
        let kind: ArchiveTree.Member.Kind =
            if let target = hardLinkTarget {
                .hardLink(target)
            } else {
                switch fileType {
                case S_IFDIR: .directory
                case S_IFREG: .regular
                case S_IFLNK: .link(linkTarget ?? [])
                default: .other
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

/// What one pass over an archive gave.
struct ArchivePass {
    fileprivate let image: String
    fileprivate let kind: String
    fileprivate let compression: Compression?
    fileprivate let remarks: [String]
    fileprivate let members: Int
    fileprivate let tree: ArchiveTree

    /// The folder below which the root lies; nil where it is the top. Throws where there is no root.
    func rootFolder() throws(ImageError) -> ImagePath? {
        let found = tree.tree
        guard members > 0 else { throw ImageError(.empty, image: image, "an archive without any member") }
        if found.holdsRoot(found.root) { return nil }
        if found.isContainerImage { throw .containerImage(image) }
        if let appliance = found.names(in: found.root).first(where: { $0.hasSuffix(".ovf") }) {
            throw StreamError.diskImage("OVA virtual appliance with \(appliance)").imageError(image)
        }
        let folders = found.rootFolders()
        guard folders.count == 1 else { throw .noRoot(image, found: tree.namesAtTop, folders: folders) }
        return folders[0]
    }

    /// Whether the patterns of this pass were looked for below `folder`, too.
    func lookedBelow(_ folder: ImagePath?) -> Bool {
        guard let folder else { return true }
        guard case .found(let inode, _) = tree.walk(folder.components, followingLast: false) else { return false }
        return tree.possibleRoots.contains(inode)
    }

    /// The tree whose root is `folder`.
    func tree(_ folder: ImagePath?) -> Tree {
        var result = tree.tree
        guard let folder, case .found(let inode, _) = result.walk(folder.components, followingLast: false) else {
            return result
        }
        result.root = inode
        for index in result.inodes.indices {
            guard case .unknownHardLink(let target) = result.inodes[index].kind, target.isWithin(folder) else {
                continue
            }
            let below = ImagePath(components: target.components.dropFirst(folder.components.count))
            result.inodes[index].kind = .unknownHardLink(below)
        }
        return result
    }

    /// Whether this pass, whose tree below `folder` is `tree`, answers `want` although it was not asked for: what
    /// stands there is known, or nothing does.
    func decides(_ want: Want, _ tree: Tree, asked: PatternSet) -> Bool {
        let exact = want.path.components.prefix { !$0.utf8.contains(UInt8(ascii: "*")) }
        switch tree.walk(Array(exact), followingLast: false) {
        case .loop, .unreadable: return true
        case .missing(let missing, let rest, _):
            // Every directory is known: where one is missing, nothing stands below it.
            return !rest.isEmpty || asked.covers(missing)
                || self.tree.hasAllThatIsLikely && self.tree.wanted.isLikely(missing)
        case .found(let inode, _):
            guard want.path.hasPattern else { return tree.inodes[inode].answers(want) }
            // Below what is no directory no name matches.
            guard case .directory = tree.inodes[inode].kind else { return true }
            guard self.tree.hasAllThatIsLikely, self.tree.wanted.isLikely(want) else { return false }
            var isAnswered = true
            var leads: [Want] = []  // asked for already
            tree.expand(want, leads: &leads) { _, walk in
                if case .found(let inode, _) = walk, !tree.inodes[inode].answers(want) { isAnswered = false }
            }
            return isAnswered
        }
    }

    func root(_ folder: ImagePath?, covering wants: [Want], readOnce: Bool) -> RootFilesystem {
        RootFilesystem(
            image: ImageDescription(
                name: image,
                kind: kind,
                compression: compression?.rawValue,
                rootFolder: folder,
                remarks: remarks
            ),
            tree: tree(folder),
            coverage: PatternSet(wants),
            readOnce: readOnce
        )
    }
}

extension Want {
    /// The same question of a root that lies in `folder`.
    func below(_ folder: ImagePath) -> Want {
        Want(path: ImagePath(components: folder.components + path.components), extent: extent)
    }
}

extension Tree.Inode {
    /// Whether as much of it is kept as `want` asks for.
    fileprivate func answers(_ want: Want) -> Bool {
        switch (kind, content) {
        case (.directory, _), (.other, _), (.link, _), (.regular, .unreadable): true
        case (.unknownHardLink, _): false
        case (.regular, .kept(let bytes)): bytes.count >= want.kept.bytes(ofSize: size)
        case (.regular, .notKept): want.kept.bytes(ofSize: size) == 0
        }
    }
}
