/// Looking for items in a tree of btrfs.

import ByteParsing

/// A tree: items by their keys, in order.
struct BtrfsTree {
    private let root: BtrfsNode.Expectation
    private let nodes: BtrfsNodes

    /// Levels of nodes above the items (BTRFS_MAX_LEVEL of Linux, less one).
    private static let levelLimit: UInt8 = 7

    /// The tree that begins at `root`. Throws where it is higher than any can be.
    init(_ root: BtrfsSuperblock.TreeRoot, _ nodes: BtrfsNodes) throws(FormatError) {
        guard root.level <= Self.levelLimit else {
            throw FormatError(.malformed, "a tree of at most \(Self.levelLimit) levels expected, \(root.level) found")
        }
        self.root = BtrfsNode.Expectation(
            address: root.address, level: root.level, generation: root.generation, first: nil, bound: nil)
        self.nodes = nodes
    }

    /// Gives `body` the items whose keys are in `range`, in order, until it answers false.
    func visit(
        _ range: ClosedRange<BtrfsKey>, _ body: (BtrfsKey, FieldReader) throws(FormatError) -> Bool
    ) throws(FormatError) {
        _ = try visit(range, below: root, body)
    }

    private func visit(
        _ range: ClosedRange<BtrfsKey>, below expected: BtrfsNode.Expectation,
        _ body: (BtrfsKey, FieldReader) throws(FormatError) -> Bool
    ) throws(FormatError) -> Bool {
        let node = try nodes.node(expected)
        var index = node.index(of: range.lowerBound)
        // What is looked for may lie behind the last child whose key is below it.
        if node.level > 0, index > 0, index == node.keys.count || node.keys[index] != range.lowerBound { index -= 1 }
        while index < node.keys.count, node.keys[index] <= range.upperBound {
            let goesOn =
                node.level == 0
                ? try body(node.keys[index], node.item(index))
                : try visit(range, below: node.child(index, bound: expected.bound), body)
            guard goesOn else { return false }
            index += 1
        }
        return true
    }

    /// The item of this key; nil where there is none.
    func item(_ key: BtrfsKey) throws(FormatError) -> FieldReader? {
        var found: FieldReader?
        try visit(key.only) { (_, item) throws(FormatError) in
            found = item
            return false
        }
        return found
    }
}

/// The nodes of a btrfs, each read and verified once while they are few.
final class BtrfsNodes {
    private let source: any BlockSource
    private let superblock: BtrfsSuperblock
    var chunks: BtrfsChunks
    private var known: [UInt64: BtrfsNode] = [:]

    /// How many bytes of nodes are kept.
    private static let byteLimit = 16 << 20

    init(_ source: any BlockSource, _ superblock: BtrfsSuperblock) throws(FormatError) {
        self.source = source
        self.superblock = superblock
        chunks = try BtrfsChunks(superblock)
    }

    /// The node that is expected, by the first of its copies that is whole.
    func node(_ expected: BtrfsNode.Expectation) throws(FormatError) -> BtrfsNode {
        if let node = known[expected.address] {
            try node.check(expected)
            return node
        }
        let places = try chunks.places(of: expected.address, count: superblock.nodeSize)
        var problem = FormatError(.malformed, "a node at address \(expected.address) expected, no copy of it found")
        for (index, place) in places.enumerated() {
            do throws(FormatError) {
                let bytes = try source.record(at: place, count: superblock.nodeSize, bigEndian: false)
                let node = try BtrfsNode(bytes, at: expected.address, superblock)
                try node.check(expected)
                if (known.count + 1) * superblock.nodeSize > Self.byteLimit { known.removeAll() }
                known[expected.address] = node
                return node
            } catch {
                if index == 0 { problem = error }
            }
        }
        throw problem
    }

    /// `count` bytes of content at an address.
    func content(at address: UInt64, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard let place = try chunks.places(of: address, count: count).first else {
            throw FormatError(.malformed, "content at address \(address) expected, no copy of it found")
        }
        return try source.read(at: place, count: count)
    }
}
