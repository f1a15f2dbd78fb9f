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
    /// A file whose size is claimed, not held.
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

    /// An image of these entries; directories on the way are made.
    public init(_ entries: [String: LiteralEntry]) {
        self.entries = entries
    }

    /// An image as a literal; a later entry of a path wins.
    public init(dictionaryLiteral elements: (String, LiteralEntry)...) {
        entries = Dictionary(elements) { $1 }
    }

    /// Answers like an archive: what nobody wanted is not there to be read.
    public func load(
        _ wants: [Want],
        further: (RootFilesystem) -> [Want]
    ) throws(ImageError) -> RootFilesystem {
        let tree = tree
        let first = Self.root(tree, covering: PatternSet(wants), name: name)
        var all = wants + further(first)
        var leads: [Want] = []
        for want in all { tree.expand(want, leads: &leads) { _, _ in } }
        all += leads
        return Self.root(tree, covering: PatternSet(all), name: name)
    }

    /// The whole image, everything in it kept.
    public var root: RootFilesystem { Self.root(tree, covering: nil, name: name) }

    private static func root(_ tree: Tree, covering coverage: PatternSet?, name: String) -> RootFilesystem {
        RootFilesystem(image: ImageDescription(name: name, kind: "directory"), tree: tree, coverage: coverage)
    }

    private var tree: Tree {
        var tree = Tree()
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let path = ImagePath(path)
            guard path != .root else { continue }
            let inode: Tree.Inode =
                switch entry {
                case .file(let bytes, let permissions):
                    Tree.Inode(.regular, permissions: permissions, size: bytes.count, content: .kept(bytes))
                case .link(let target): Tree.Inode(.link(target), permissions: 0o777)
                case .directory: Tree.Inode(.directory([:]), permissions: 0o755)
                case .other: Tree.Inode(.other)
                case .sized(let size): Tree.Inode(.regular, size: size)
                case .unreadable(let code): Tree.Inode(.regular, size: 1, content: .unreadable(code, "\(code)"))
                case .unreadableDirectory: Tree.Inode(.directory([:]), permissions: 0)
                }
            var directory = tree.root
            for component in path.parent.components {
                directory =
                    tree.child(component, of: directory)
                    ?? tree.add(Tree.Inode(.directory([:]), permissions: 0o755), as: String(component), in: directory)
            }
            if case .directory = entry, tree.child(path.name, of: directory) != nil { continue }
            let index = tree.add(inode, as: path.name, in: directory)
            if case .unreadableDirectory(let code) = entry { tree.inodes[index].listing = (code, "\(code)") }
        }
        return tree
    }
}

extension RootFilesystem {
    /// A literal image of which everything is kept.
    public init(_ entries: [String: LiteralEntry]) {
        self = LiteralSource(entries).root
    }
}
