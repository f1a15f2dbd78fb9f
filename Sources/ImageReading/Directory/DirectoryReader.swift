/// Names and contents below one directory of this machine, fetched when they are asked for.

import Glibc

/// A directory tree that is read name by name; every file is opened from the descriptor of its directory, by one name,
/// without following a link.
final class DirectoryReader: Namespace {
    private(set) var tree = Tree()
    /// Why the reading as a whole has to stop; nil while it need not.
    private(set) var error: ImageError?

    private struct Place {
        var directory: Int
        var name: Substring
        var status: Descriptor.Status
        var depth: Int
    }

    private let image: String
    private let rootDescriptor: Descriptor
    private var descriptors: [Int: Descriptor] = [:]
    private var places: [Int: Place] = [:]
    private var listings: [Int: [String]] = [:]
    /// The names that were looked for in vain, by directory: many wants lead through one that is not there.
    private var missing: [Int: Set<FileName>] = [:]
    private var keptBytes = 0

    /// How many directories are held open at a time.
    private static let openLimit = 128

    /// Opens the directory at `path` of this machine, links in `path` followed; nil where no directory stands there.
    init?(path: String) throws(ImageError) {
        image = path
        switch Descriptor.open(path) {
        case .success(let descriptor): rootDescriptor = descriptor
        case .failure(.notDirectory): return nil
        case .failure(let failure): throw failure.imageError(path)
        }
    }

    func child(_ name: Substring, of directory: Int) -> Int? {
        if let known = tree.child(name, of: directory) { return known }
        guard case .directory = tree.inodes[directory].kind, tree.inodes[directory].listing == nil,
            missing[directory]?.contains(FileName(name)) != true, let descriptor = descriptor(of: directory)
        else { return nil }
        let depth = (places[directory]?.depth ?? 0) + 1
        guard depth <= Tree.depthLimit else {
            close(directory, .tooLarge, "at most \(Tree.depthLimit) names deep expected, more found")
            return nil
        }
        switch descriptor.status(of: name) {
        case .success(let status):
            guard tree.inodes.count < ReadingLimits.names else {
                error = ImageError(
                    .limitExceeded,
                    image: image,
                    "at most \(ReadingLimits.names) wanted names expected, more found"
                )
                return nil
            }
            let inode = tree.add(inode(status, name, descriptor), as: String(name), in: directory)
            places[inode] = Place(directory: directory, name: name, status: status, depth: depth)
            return inode
        case .failure(.missing):
            missing[directory, default: []].insert(FileName(name))
            return nil
        case .failure(let failure):
            close(directory, failure.problemCode, failure.reason)
            return nil
        }
    }

    func names(in directory: Int) -> [String] {
        if let listing = listings[directory] { return listing }
        guard case .directory = tree.inodes[directory].kind, tree.inodes[directory].listing == nil,
            let descriptor = descriptor(of: directory)
        else { return tree.names(in: directory) }
        switch descriptor.names() {
        case .success(let names):
            // Every pattern puts them in order, which is soon done where they are.
            let names = names.sorted(by: precedes)
            listings[directory] = names
            return names
        case .failure(let failure):
            close(directory, failure.problemCode, failure.reason)
            return tree.names(in: directory)
        }
    }

    /// Reads of a regular file what `kept` asks for, unless that was read before.
    func fetch(_ inode: Int, _ kept: KeptContent) {
        guard error == nil, case .regular = tree.inodes[inode].kind, let place = places[inode] else { return }
        let size = tree.inodes[inode].size
        let needed = kept.bytes(ofSize: size)
        switch tree.inodes[inode].content {
        case .unreadable: return
        case .kept(let bytes) where bytes.count >= needed: return
        case .kept, .notKept: break
        }
        // Files of /proc say 0 and hold more: those are read to the largest size that is wanted.
        // One byte more shows that it is even larger.
        let limit = size == 0 && kept != .nothing ? max(kept.whole ?? 0, kept.head) + 1 : needed
        guard limit > 0, let descriptor = descriptor(of: place.directory) else { return }
        guard keptBytes + needed <= ReadingLimits.contentBytes else {
            error = ImageError(
                .limitExceeded,
                image: image,
                "at most \(ReadingLimits.contentBytes) bytes of wanted files expected, more found"
            )
            return
        }
        switch descriptor.read(place.name, place.status, upTo: limit) {
        case .success(let content):
            keptBytes += content.bytes.count
            tree.inodes[inode].content = .kept(content.bytes)
            tree.inodes[inode].size = content.size
        case .failure(let failure):
            tree.inodes[inode].content = .unreadable(failure.problemCode, failure.reason)
        }
    }

    private func inode(_ status: Descriptor.Status, _ name: Substring, _ descriptor: Descriptor) -> Tree.Inode {
        switch status.kind {
        case .directory: return Tree.Inode(.directory([:]), permissions: status.permissions)
        case .regular: return Tree.Inode(.regular, permissions: status.permissions, size: status.size)
        case .other: return Tree.Inode(.other, permissions: status.permissions)
        case .link:
            switch descriptor.linkTarget(of: name) {
            case .success(let target): return Tree.Inode(.link(target), permissions: status.permissions)
            case .failure(let failure):
                return Tree.Inode(.regular, content: .unreadable(failure.problemCode, failure.reason))
            }
        }
    }

    private func close(_ directory: Int, _ code: Problem.Code, _ reason: String) {
        tree.inodes[directory].listing = (code, reason)
    }

    /// The open directory; nil where it cannot be opened, which its inode says then.
    private func descriptor(of directory: Int) -> Descriptor? {
        guard directory != tree.root else { return rootDescriptor }
        if let known = descriptors[directory] { return known }
        guard let place = places[directory], let parent = descriptor(of: place.directory) else { return nil }
        if descriptors.count >= Self.openLimit { descriptors.removeAll() }
        switch parent.openDirectory(place.name) {
        case .success(let descriptor):
            descriptors[directory] = descriptor
            return descriptor
        case .failure(let failure):
            close(directory, failure.problemCode, failure.reason)
            return nil
        }
    }
}
