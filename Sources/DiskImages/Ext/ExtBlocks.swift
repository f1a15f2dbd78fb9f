/// Where the blocks of an ext file lie: by its extents, or by a map that names each.

import ByteParsing

enum ExtBlocks {
    /// Levels of an extent tree below its root: what EXT4_MAX_EXTENT_DEPTH allows.
    private static let depthLimit = 5

    /// The runs of the first `count` bytes of a file.
    static func runs(
        of inode: ExtInode, upTo count: Int, _ geometry: ExtGeometry, _ source: some BlockSource
    ) throws(FormatError) -> FileRuns {
        var reading = Reading(
            geometry: geometry, source: source,
            end: count / geometry.blockSize + (count % geometry.blockSize > 0 ? 1 : 0))
        if inode.hasExtents {
            let depth = Int(try inode.area.uint16(at: 6))
            guard depth <= depthLimit else {
                throw FormatError(.malformed, "at most \(depthLimit) levels of extents expected, \(depth) found")
            }
            try reading.addExtents(inode.area, depth: depth, isRoot: true)
        } else {
            try reading.addMap(inode.area)
        }
        return reading.runs
    }

    private struct Reading {
        let geometry: ExtGeometry
        let source: any BlockSource
        /// The first block of the file that is not wanted any more.
        let end: Int
        var runs = FileRuns()

        init(geometry: ExtGeometry, source: any BlockSource, end: Int) {
            self.geometry = geometry
            self.source = source
            self.end = end
        }

        private mutating func add(_ block: Int, _ count: Int, at number: UInt64?) throws(FormatError) {
            // The last extent may reach farther than is wanted; what begins behind is left out.
            let count = min(count, end - block)
            guard count > 0 else { return }
            let place: Int? = if let number { try geometry.place(ofBlock: number, count: count) } else { nil }
            try runs.append(
                FileRun(offset: block * geometry.blockSize, count: count * geometry.blockSize, place: place))
        }

        /// Adds the extents of a node and of those below it. Each adds a block at least, so that there cannot be more
        /// nodes than blocks that are wanted.
        mutating func addExtents(_ node: FieldReader, depth: Int, isRoot: Bool = false) throws(FormatError) {
            let count = Int(try node.uint16(at: 2))
            guard try node.uint16(at: 0) == 0xF30A, try node.uint16(at: 6) == depth, count <= (node.count - 12) / 12,
                count > 0 || isRoot
            else {
                throw FormatError(.malformed, "a node of extents at level \(depth) expected, other bytes found")
            }
            var last = -1
            for index in 0..<count {
                let entry = try node.record(at: 12 + 12 * index, count: 12)
                let block = Int(try entry.uint32(at: 0))
                // Or what stands behind one that is not wanted would be read as zeros.
                guard block > last else {
                    throw FormatError(.malformed, "extents in rising order expected, \(block) behind \(last) found")
                }
                last = block
                guard block < end else { continue }
                guard depth > 0 else {
                    let length = Int(try entry.uint16(at: 4))
                    let number = UInt64(try entry.uint16(at: 6)) << 32 | UInt64(try entry.uint32(at: 8))
                    guard length > 0 else { throw FormatError(.malformed, "an extent of no blocks found") }
                    // Longer than any extent can be: allocated, and never written.
                    let isWritten = length <= 0x8000
                    try add(block, isWritten ? length : length - 0x8000, at: isWritten ? number : nil)
                    continue
                }
                let number = UInt64(try entry.uint16(at: 8)) << 32 | UInt64(try entry.uint32(at: 4))
                let before = runs.end
                let child = try source.record(
                    at: geometry.place(ofBlock: number), count: geometry.blockSize, bigEndian: false)
                try addExtents(child, depth: depth - 1)
                guard runs.end > before else {
                    throw FormatError(.malformed, "extents in rising order expected, none below an index found")
                }
            }
        }

        /// Adds 12 blocks that the area names, and those of its three trees of numbers.
        mutating func addMap(_ area: FieldReader) throws(FormatError) {
            var block = 0
            try addNumbers(area, 12, &block)
            for depth in 1...3 where block < end {
                try addTree(UInt64(try area.uint32(at: 44 + 4 * depth)), depth: depth, &block)
            }
        }

        private mutating func addNumbers(_ list: FieldReader, _ count: Int, _ block: inout Int) throws(FormatError) {
            for index in 0..<count where block < end {
                let number = UInt64(try list.uint32(at: 4 * index))
                if number != 0 { try add(block, 1, at: number) }
                block += 1
            }
        }

        private mutating func addTree(_ number: UInt64, depth: Int, _ block: inout Int) throws(FormatError) {
            let numbers = geometry.blockSize / 4
            guard number != 0 else {
                block += (0..<depth).reduce(1) { count, _ in count * numbers }
                return
            }
            let list = try source.record(
                at: geometry.place(ofBlock: number), count: geometry.blockSize, bigEndian: false)
            guard depth > 1 else { return try addNumbers(list, numbers, &block) }
            for index in 0..<numbers where block < end {
                try addTree(UInt64(try list.uint32(at: 4 * index)), depth: depth - 1, &block)
            }
        }
    }
}
