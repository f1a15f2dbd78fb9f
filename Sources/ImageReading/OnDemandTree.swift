/// Names and contents of file systems, fetched when they are asked for.

import ByteParsing
package import FileSystems

/// A tree over file systems: one at its root, others mounted where they belong.
///
/// What was looked up is kept, so that each question is put to a file system once. What cannot be read is unreadable, and
/// a directory of which not all names can be had says why.
package final class OnDemandTree: Tree {
    /// Where the file behind an inode lies.
    private struct Place {
        let fileSystem: any FileSystem
        let node: NodeID
        let depth: Int
    }

    /// By inode; nil where no file system has it.
    private var places: [Place?]
    private var listings: [Int: [String]] = [:]
    /// The names that were looked for in vain, by directory: many questions lead through one that is not there.
    private var missing: [Int: Set<FileName>] = [:]
    /// The names that a directory has besides those of its file system: mount points that were made in it.
    private var made: [Int: Set<FileName>] = [:]
    private var keptBytes = 0
    /// How many names the listings hold.
    private var listedNames = 0
    private var limitExceeded: String?

    /// A tree of what `fileSystem` holds.
    package init(_ fileSystem: any FileSystem) {
        places = [Place(fileSystem: fileSystem, node: fileSystem.root, depth: 0)]
        super.init()
    }

    package override var exhaustion: String? { limitExceeded }

    package override func child(_ name: Substring, of directory: Int) -> Int? {
        if let known = super.child(name, of: directory) { return known }
        guard let place = searchable(directory) else { return nil }
        let fileName = FileName(name)
        guard missing[directory]?.contains(fileName) != true else { return nil }
        guard place.depth < Self.depthLimit else {
            let reason = "at most \(Self.depthLimit) names deep expected, more found"
            inodes[directory].listing = (.tooLarge, reason)
            return nil
        }
        do throws(FormatError) {
            guard let node = try place.fileSystem.node(named: fileName, in: place.node) else {
                missing[directory, default: []].insert(fileName)
                return nil
            }
            guard inodes.count < ReadingLimits.names else {
                limitExceeded = "at most \(ReadingLimits.names) wanted names expected, more found"
                return nil
            }
            let inode = add(inode(node, place.fileSystem), as: fileName.text, in: directory)
            places.append(Place(fileSystem: place.fileSystem, node: node, depth: place.depth + 1))
            return inode
        } catch {
            inodes[directory].listing = (Problem.Code(error), error.reason)
            return nil
        }
    }

    package override func names(in directory: Int) -> [String] {
        if let listing = listings[directory] { return listing }
        guard let place = searchable(directory) else { return super.names(in: directory) }
        do throws(FormatError) {
            // Every pattern puts them in order, which is soon done where they are.
            let more = made[directory] ?? []
            let found = try place.fileSystem.names(in: place.node).filter { !more.contains($0) } + more
            // Directories that are names of one another list the same names again and again.
            guard found.count <= ReadingLimits.listedNames - listedNames else {
                throw FormatError(
                    .limitExceeded,
                    "at most \(ReadingLimits.listedNames) names in all listed directories expected, more found")
            }
            listedNames += found.count
            let names = found.map(\.text).sorted(by: precedes)
            listings[directory] = names
            return names
        } catch {
            inodes[directory].listing = (Problem.Code(error), error.reason)
            return super.names(in: directory)
        }
    }

    /// The place of a directory whose file system is there to be asked.
    private func searchable(_ directory: Int) -> Place? {
        guard case .directory = inodes[directory].kind, inodes[directory].listing == nil else { return nil }
        return places[directory]
    }

    package override func fetch(_ inode: Int, _ kept: KeptContent) {
        guard limitExceeded == nil, case .regular = inodes[inode].kind, let place = places[inode] else { return }
        let size = inodes[inode].size
        let needed = kept.bytes(ofSize: size)
        switch inodes[inode].content {
        case .unreadable: return
        case .kept(let bytes) where bytes.count >= needed: return
        case .kept, .notKept: break
        }
        guard needed > 0 || size == 0 && kept != .nothing else { return }
        guard needed <= ReadingLimits.contentBytes - keptBytes else {
            limitExceeded = "at most \(ReadingLimits.contentBytes) bytes of wanted files expected, more found"
            return
        }
        do throws(FormatError) {
            // One byte more shows a file that has grown, as those of /proc have, which say 0: it is read to the largest
            // size that is wanted, where one byte more shows that it is even larger.
            let expected = needed < size ? needed : min(size, .max - 1) + 1
            var bytes = size > 0 ? try place.fileSystem.content(of: place.node, upTo: expected) : []
            if size == 0 || bytes.count > size {
                let largest = min(max(kept.whole ?? 0, kept.head), .max - 1) + 1
                bytes = try place.fileSystem.content(of: place.node, upTo: largest)
            }
            keptBytes += bytes.count
            if needed == size || bytes.count < needed { inodes[inode].size = bytes.count }
            inodes[inode].content = .kept(bytes)
        } catch {
            inodes[inode].content = .unreadable(Problem.Code(error), error.reason)
        }
    }

    private func inode(_ node: NodeID, _ fileSystem: any FileSystem) -> Inode {
        do throws(FormatError) {
            let status = try fileSystem.status(of: node)
            return switch status.kind {
            case .directory: Inode(.directory([:]), permissions: status.permissions)
            case .regular: Inode(.regular, permissions: status.permissions, size: status.size)
            case .other: Inode(.other, permissions: status.permissions)
            case .link:
                Inode(.link(fileName(try fileSystem.target(ofLink: node))), permissions: status.permissions)
            }
        } catch {
            return Inode(unreadable: Problem.Code(error), error.reason)
        }
    }
}

extension OnDemandTree {
    /// Puts the root of another file system in the place of the directory at `path`, as mounting it would.
    ///
    /// False where no directory stands there and none can be made.
    package func mount(_ fileSystem: any FileSystem, at path: ImagePath) -> Bool {
        guard let directory = emptied(path) else { return false }
        places[directory] = Place(
            fileSystem: fileSystem, node: fileSystem.root, depth: places[directory]?.depth ?? path.components.count)
        return true
    }

    /// Shows at `path` what stands at `source`, as a bind mount does: file systems mounted below it are not among it.
    ///
    /// False where nothing stands at `source`, and where there is no place for it.
    package func bind(_ source: ImagePath, at path: ImagePath) -> Bool {
        guard case .found(let from, _) = walk(source.components, followingLast: true) else { return false }
        let (inode, place) = (inodes[from], places[from])
        guard case .directory = inode.kind else {
            guard case .found(let to, _) = walk(path.components, followingLast: true), to != root,
                case .regular = inode.kind, case .regular = inodes[to].kind
            else { return false }
            (inodes[to], places[to]) = (inode, place)
            return true
        }
        guard let directory = emptied(path) else { return false }
        places[directory] = place
        inodes[directory].listing = place == nil ? inode.listing : nil
        return true
    }

    /// Puts an empty directory in the place of the one at `path`, as mounting a tmpfs does.
    ///
    /// False where no directory stands there and none can be made.
    package func hide(_ path: ImagePath) -> Bool {
        guard let directory = emptied(path) else { return false }
        places[directory] = nil
        return true
    }

    /// Says of the directory at `path` that another file system belongs there and cannot be read: what it holds is not
    /// known, for this reason, and it never looks empty.
    ///
    /// False where no directory stands there and none can be made.
    package func leaveUnmounted(_ path: ImagePath, because code: Problem.Code, _ reason: String) -> Bool {
        guard let directory = emptied(path) else { return false }
        places[directory] = nil
        inodes[directory].listing = (code, reason)
        return true
    }

    /// Where something mounted at `path` comes to stand: links followed, also to what is not there yet (systemd
    /// src/fstab-generator/fstab-generator.c, chase with CHASE_NONEXISTENT); nil where they lead nowhere.
    package func mountPoint(_ path: ImagePath) -> ImagePath? {
        switch walk(path.components, followingLast: true) {
        case .found(_, let real): real
        case .missing(let first, let rest, _) where !rest.contains(".."):
            ImagePath(components: first.components + rest.filter { $0 != "." })
        case .missing, .loop, .unreadable: nil
        }
    }

    /// The directory at `path`, links followed, without the names that were known in it. It is made where it is not
    /// there, as systemd makes the mount point of every mount (systemd.mount(5)).
    private func emptied(_ path: ImagePath) -> Int? {
        guard let directory = directory(at: path) else { return nil }
        inodes[directory].kind = .directory([:])
        inodes[directory].listing = nil
        listings[directory] = nil
        missing[directory] = nil
        made[directory] = nil
        return directory
    }

    private func directory(at path: ImagePath) -> Int? {
        switch walk(path.components, followingLast: true) {
        case .found(let inode, _):
            guard case .directory = inodes[inode].kind else { return nil }
            return inode
        case .missing(let first, let rest, _):
            guard !rest.contains(".."), first.components.count + rest.count <= Self.depthLimit,
                case .found(var directory, _) = walk(first.components.dropLast(), followingLast: true)
            else { return nil }
            for name in [Substring(first.name)] + rest where name != "." {
                guard case .directory = inodes[directory].kind else { return nil }
                missing[directory]?.remove(FileName(name))
                made[directory, default: []].insert(FileName(name))
                listings[directory] = nil
                directory = add(Inode(.directory([:]), permissions: 0o755), as: String(name), in: directory)
                places.append(nil)
            }
            return directory
        case .loop, .unreadable: return nil
        }
    }
}
