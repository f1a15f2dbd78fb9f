/// An image written down as a literal, for the tests of everything that reads a root file system.

import ImageReading

/// What stands at one path of a literal image.
public enum LiteralEntry: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    case file([UInt8], permissions: UInt16)
    case link(String)
    case directory
    /// A device, FIFO or socket.
    case other
    /// A file, or with `directory` a directory, that answers every reading with this problem.
    case unreadable(Problem.Code)
    case unreadableDirectory(Problem.Code)
    /// A name behind which not even the kind of file can be read.
    case unknown(Problem.Code)
    /// A file of so many zeros, of which no more is held than anybody asks for.
    case sized(Int)

    /// A text file.
    public init(stringLiteral value: String) {
        self = .text(value)
    }

    /// A text file.
    public static func text(_ text: String) -> LiteralEntry { .file(Array(text.utf8), permissions: 0o644) }
    /// An executable file.
    public static func executable(_ text: String = "#!/bin/sh\n") -> LiteralEntry {
        .file(Array(text.utf8), permissions: 0o755)
    }
    /// A file of these bytes.
    public static func bytes(_ bytes: [UInt8]) -> LiteralEntry { .file(bytes, permissions: 0o644) }
}

/// A literal image as a source that, like the real ones, answers only what was wanted.
public struct LiteralSource: ImageSource, ExpressibleByDictionaryLiteral {
    /// How reports call it.
    public let name = "literal"
    /// What stands where.
    public var entries: [String: LiteralEntry]
    /// The disk that it lies on; nil where it is a directory.
    public var disk: DiskLayout?

    /// An image of these entries; directories on the way are made.
    public init(_ entries: [String: LiteralEntry], disk: DiskLayout? = nil) {
        self.entries = entries
        self.disk = disk
    }

    /// An image as a literal; a later entry of a path wins.
    public init(dictionaryLiteral elements: (String, LiteralEntry)...) {
        entries = Dictionary(elements) { $1 }
    }

    /// Answers like an archive: what nobody wanted is not there to be read, until it is read once more.
    public func load(_ wants: @autoclosure () -> [Want]) throws(ImageError) -> RootFilesystem {
        let wants = wants()
        return root(keeping: wants) { open in root(keeping: wants + open, again: nil) }
    }

    /// The whole image, everything in it kept.
    public var root: RootFilesystem { RootFilesystem(image: image, tree: tree(keeping: nil), disk: disk) }

    private func root(
        keeping wants: [Want], again: (([Want]) throws(ImageError) -> RootFilesystem)?
    ) -> RootFilesystem {
        let patterns = PatternSet(wants)
        return RootFilesystem(
            image: image, tree: tree(keeping: patterns), disk: disk, coverage: Coverage(patterns), again: again)
    }

    private var image: ImageDescription { ImageDescription(name: name, kind: "directory") }

    /// All directories, links and devices, and of files what is wanted; nil for all of them.
    private func tree(keeping patterns: PatternSet?) -> Tree {
        let tree = Tree()
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let path = ImagePath(path)
            guard path != .root else { continue }
            let state = patterns.map { patterns in
                path.components.reduce(patterns.start) { patterns.advance($0, $1) }
            }
            let kept = state.map { patterns?.kept($0) } ?? KeptContent(whole: .max)
            func regular(_ size: Int, _ permissions: UInt16, _ first: (Int) -> [UInt8]) -> Tree.Inode? {
                kept.map { kept in
                    let bytes = first(kept.bytes(ofSize: size))
                    return Tree.Inode(
                        .regular, permissions: permissions, size: size,
                        content: bytes.isEmpty && size > 0 ? .notKept : .kept(bytes))
                }
            }
            let inode: Tree.Inode? =
                switch entry {
                case .file(let bytes, let permissions): regular(bytes.count, permissions) { Array(bytes.prefix($0)) }
                case .link(let target): Tree.Inode(.link(target), permissions: 0o777)
                case .directory: Tree.Inode(.directory([:]), permissions: 0o755)
                case .other: Tree.Inode(.other)
                case .sized(let size): regular(size, 0o644) { [UInt8](repeating: 0, count: min($0, 1 << 20)) }
                case .unreadable(let code): Tree.Inode(.regular, size: 1, content: .unreadable(code, "\(code)"))
                case .unreadableDirectory: Tree.Inode(.directory([:]), permissions: 0)
                case .unknown(let code): Tree.Inode(unreadable: code, "\(code)")
                }
            var directory = tree.root
            for component in path.parent.components {
                directory =
                    tree.child(component, of: directory)
                    ?? tree.add(Tree.Inode(.directory([:]), permissions: 0o755), as: String(component), in: directory)
            }
            if case .directory = entry, tree.child(path.name[...], of: directory) != nil { continue }
            guard let inode else { continue }
            let index = tree.add(inode, as: path.name, in: directory)
            if case .unreadableDirectory(let code) = entry { tree.inodes[index].listing = (code, "\(code)") }
        }
        return tree
    }
}

extension ImageSource {
    /// The image read for `wants`, then asked for all of them and for what is `further` asked.
    public func root(_ wants: [Want], further: [Want] = []) throws(ImageError) -> RootFilesystem {
        try read(wants) { root in
            for want in wants + further { _ = root.files(want) }
        }.root
    }
}

extension RootFilesystem {
    /// A literal image of which everything is kept.
    public init(_ entries: [String: LiteralEntry]) {
        self = LiteralSource(entries).root
    }
}
