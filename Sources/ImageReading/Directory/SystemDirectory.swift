/// A directory of this machine as a file system, and the files that this machine mounts below it with it.

import ByteParsing
import FileSystems

/// The files below a directory of this machine, each opened from the descriptor of its directory, by one name, without
/// following a link.
final class SystemDirectory: FileSystem {
    /// A file that was looked up: where, and what was found.
    private struct Node {
        let directory: Int
        let name: FileName
        let found: Descriptor.Found
    }

    private let top: Descriptor
    /// By number; the directory itself has none, being number 0.
    private var nodes: [Node] = []
    private var descriptors: [Int: Descriptor] = [:]

    /// How many directories are held open at a time.
    private static let openLimit = 128

    /// The files below a directory that is open.
    init(_ file: ImageFile) {
        top = Descriptor(file)
    }

    let root = NodeID(0)

    func node(named name: FileName, in directory: NodeID) throws(FormatError) -> NodeID? {
        do throws(SystemFailure) {
            guard let found = try descriptor(of: directory).lookUp(name) else { return nil }
            nodes.append(Node(directory: Int(directory.number), name: name, found: found))
            return NodeID(UInt64(nodes.count))
        } catch {
            throw error.formatError
        }
    }

    func status(of node: NodeID) throws(FormatError) -> NodeStatus {
        do throws(SystemFailure) {
            return try self.node(node).found.status
        } catch {
            throw error.formatError
        }
    }

    func names(in directory: NodeID) throws(FormatError) -> [FileName] {
        do throws(SystemFailure) {
            return try descriptor(of: directory).names()
        } catch {
            throw error.formatError
        }
    }

    func target(ofLink node: NodeID) throws(FormatError) -> [UInt8] {
        do throws(SystemFailure) {
            let link = try self.node(node)
            return try descriptor(of: NodeID(UInt64(link.directory))).linkTarget(link.name)
        } catch {
            throw error.formatError
        }
    }

    func content(of node: NodeID, upTo count: Int) throws(FormatError) -> [UInt8] {
        do throws(SystemFailure) {
            let file = try self.node(node)
            return try descriptor(of: NodeID(UInt64(file.directory))).content(file.name, file.found, upTo: count)
        } catch {
            throw error.formatError
        }
    }

    private func node(_ id: NodeID) throws(SystemFailure) -> Node {
        guard id.number > 0, id.number <= nodes.count else { throw .changed }
        return nodes[Int(id.number) - 1]
    }

    /// The open directory.
    private func descriptor(of directory: NodeID) throws(SystemFailure) -> Descriptor {
        guard directory != root else { return top }
        if let known = descriptors[Int(directory.number)] { return known }
        let node = try node(directory)
        let parent = try descriptor(of: NodeID(UInt64(node.directory)))
        if descriptors.count >= Self.openLimit { descriptors.removeAll() }
        let opened = try parent.directory(node.name)
        descriptors[Int(directory.number)] = opened
        return opened
    }
}
