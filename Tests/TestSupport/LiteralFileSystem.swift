/// A file system written down as a literal, for the tests of what reads one on demand.

import ByteParsing
import FileSystems
import ImageReading

/// The entries of a literal image as a file system answers for them, with what was asked of it.
package final class LiteralFileSystem: FileSystem {
    private struct Node {
        let entry: LiteralEntry
        var names: [FileName: NodeID] = [:]
    }

    private var nodes = [Node(entry: .directory)]
    /// How often each question was put, by its name.
    package private(set) var asked: [String: Int] = [:]
    package let root = NodeID(0)

    /// A file system of these entries; directories on the way are made.
    package init(_ entries: [String: LiteralEntry]) {
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            var at = root
            let components = ImagePath(path).components
            for (index, component) in components.enumerated() {
                let name = FileName(component)
                let known = nodes[Int(at.number)].names[name]
                let isLast = index == components.count - 1
                guard isLast || known == nil else {
                    at = known ?? at
                    continue
                }
                nodes.append(Node(entry: isLast ? entry : .directory))
                let node = NodeID(UInt64(nodes.count - 1))
                nodes[Int(at.number)].names[name] = node
                at = node
            }
        }
    }

    package func node(named name: FileName, in directory: NodeID) throws(FormatError) -> NodeID? {
        asked["lookUp \(name.text)", default: 0] += 1
        return try names(of: directory)[name]
    }

    package func status(of node: NodeID) throws(FormatError) -> NodeStatus {
        switch nodes[Int(node.number)].entry {
        case .file(let bytes, let permissions):
            NodeStatus(kind: .regular, permissions: permissions, size: bytes.count)
        case .sized(let size): NodeStatus(kind: .regular, permissions: 0o644, size: size)
        case .unreadable: NodeStatus(kind: .regular, permissions: 0o644, size: 1)
        case .unknown(let code): throw FormatError(literal: code)
        case .link: NodeStatus(kind: .link, permissions: 0o777)
        case .directory, .unreadableDirectory: NodeStatus(kind: .directory, permissions: 0o755)
        case .other: NodeStatus(kind: .other, permissions: 0o644)
        }
    }

    package func names(in directory: NodeID) throws(FormatError) -> [FileName] {
        asked["names", default: 0] += 1
        return Array(try names(of: directory).keys)
    }

    private func names(of directory: NodeID) throws(FormatError) -> [FileName: NodeID] {
        let node = nodes[Int(directory.number)]
        if case .unreadableDirectory(let code) = node.entry { throw FormatError(literal: code) }
        return node.names
    }

    package func target(ofLink node: NodeID) throws(FormatError) -> [UInt8] {
        guard case .link(let target) = nodes[Int(node.number)].entry else { throw FormatError(.malformed, "no link") }
        return Array(target.utf8)
    }

    package func content(of node: NodeID, upTo count: Int) throws(FormatError) -> [UInt8] {
        asked["content", default: 0] += 1
        switch nodes[Int(node.number)].entry {
        case .file(let bytes, _): return Array(bytes.prefix(count))
        case .sized(let size): return [UInt8](repeating: 0, count: min(size, count))
        case .unreadable(let code): throw FormatError(literal: code)
        case .link, .directory, .other, .unreadableDirectory, .unknown:
            throw FormatError(.malformed, "no regular file")
        }
    }
}

extension FormatError {
    /// The error of a file system whose files are to be unreadable for `code`.
    fileprivate init(literal code: Problem.Code) {
        let own: Code =
            switch code {
            case .permissionDenied: .permissionDenied
            case .inputOutput: .inputOutput
            case .unsupported: .unsupported
            default: .malformed
            }
        self.init(own, "\(code)")
    }
}
