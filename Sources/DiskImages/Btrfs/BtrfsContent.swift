/// The content of files of btrfs: extents on the disk or in the tree, compressed or not.
///
///     offset  size  EXTENT_DATA; its key has the place in the file
///     8       8     size in memory, decompressed
///     16      1     compression: 0 none, 1 zlib, 2 LZO, 3 Zstandard
///     17      1     encryption
///     20      1     kind: 0 inline, with the content from offset 21 on; 1 regular; 2 allocated and never written
///     21      8     address of the extent; 0 is a hole
///     29      8     its size on the disk
///     37      8     where in what it holds the part of this file begins, in bytes, decompressed
///     45      8     size of that part
///
/// Source: btrfs-progs Documentation/dev/On-disk-format.rst; Linux fs/btrfs/tree-checker.c.

import ByteParsing

/// One extent of a file.
struct BtrfsExtent {
    let item: FieldReader
    /// Where it begins in the file, in bytes.
    let start: Int
    /// What of the file it holds.
    var range: Range<Int>
    let isInline: Bool

    /// By its item and the offset in its key. Throws where the item is none of an extent.
    init(_ item: FieldReader, at offset: UInt64) throws(FormatError) {
        let kind = try item.uint8(at: 20)
        let size = kind == 0 ? try item.uint64(at: 8) : try item.uint64(at: 45)
        guard kind <= 2, let start = Int(exactly: offset), let size = Int(exactly: size), size > 0 || kind == 0,
            case let (end, overflow) = start.addingReportingOverflow(size), !overflow
        else { throw FormatError(.malformed, "an extent of kind 0 to 2 with some bytes expected, other bytes found") }
        guard kind != 0 || start == 0 else {
            throw FormatError(.malformed, "content in the tree at the beginning of a file expected, not at \(start)")
        }
        self.item = item
        self.start = start
        range = start..<end
        isInline = kind == 0
    }

    /// The extents of a file that begin in its first `count` bytes, none over another.
    static func all(_ file: UInt64, upTo count: Int, in tree: BtrfsTree) throws(FormatError) -> [BtrfsExtent] {
        var extents: [BtrfsExtent] = []
        try tree.visit(BtrfsKey.all(file, BtrfsKey.extent)) { (key, item) throws(FormatError) in
            guard key.offset < UInt64(count) else { return false }
            let extent = try BtrfsExtent(item, at: key.offset)
            if let last = extents.last, last.range.upperBound > extent.range.lowerBound {
                throw FormatError(
                    .malformed, "extents of a file beside each other expected, two found at byte \(key.offset)")
            }
            extents.append(extent)
            return true
        }
        return extents
    }

    /// The same extents with others over them: what is left of these, and the others between that.
    static func laying(_ others: [BtrfsExtent], over extents: [BtrfsExtent], sectorSize: Int) -> [BtrfsExtent] {
        var all = others
        var next = 0
        for extent in extents {
            var extent = extent
            while next < others.count, end(of: others[next], sectorSize) <= extent.range.lowerBound { next += 1 }
            var over = next
            while over < others.count, others[over].range.lowerBound < extent.range.upperBound {
                var front = extent
                front.range = extent.range.lowerBound..<max(extent.range.lowerBound, others[over].range.lowerBound)
                if !front.range.isEmpty { all.append(front) }
                let rest = min(end(of: others[over], sectorSize), extent.range.upperBound)
                extent.range = max(rest, extent.range.lowerBound)..<extent.range.upperBound
                over += 1
            }
            if !extent.range.isEmpty { all.append(extent) }
        }
        return all.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// Where what it covers ends: content in the tree has whole sectors.
    private static func end(of extent: BtrfsExtent, _ sectorSize: Int) -> Int {
        guard extent.isInline else { return extent.range.upperBound }
        let (end, overflow) = extent.range.upperBound.addingReportingOverflow(sectorSize - 1)
        return overflow ? .max : end / sectorSize * sectorSize
    }
}

/// The first bytes of a file while they are put together.
struct BtrfsContent {
    private let nodes: BtrfsNodes
    private let expansion: BtrfsExpansion
    private let count: Int
    private var bytes: [UInt8] = []
    /// What the last compressed extent holds: a file may have several parts of one.
    private var expanded: (address: UInt64, bytes: [UInt8])?

    /// The first `count` bytes of a file, which has as many, from its extents in rising order.
    static func read(
        _ extents: [BtrfsExtent], upTo count: Int, _ nodes: BtrfsNodes, _ expansion: BtrfsExpansion
    ) throws(FormatError) -> [UInt8] {
        var content = BtrfsContent(count, nodes, expansion)
        for extent in extents where extent.range.lowerBound < count { try content.add(extent) }
        content.fill(to: count)
        return content.bytes
    }

    private init(_ count: Int, _ nodes: BtrfsNodes, _ expansion: BtrfsExpansion) {
        self.count = count
        self.nodes = nodes
        self.expansion = expansion
        bytes.reserveCapacity(count)
    }

    /// Zeros where nothing was written.
    private mutating func fill(to count: Int) {
        if bytes.count < count { bytes += repeatElement(0, count: count - bytes.count) }
    }

    private mutating func append(_ part: ArraySlice<UInt8>, at offset: Int) {
        fill(to: offset)
        bytes += part
    }

    private mutating func add(_ extent: BtrfsExtent) throws(FormatError) {
        let item = extent.item
        let compression = try item.uint8(at: 16)
        guard try item.uint8(at: 17) == 0 else { throw FormatError(.unsupported, "it is encrypted (fscrypt)") }
        let range = extent.range.clamped(to: 0..<count)
        if extent.isInline {
            let content = try expansion.expand(
                item.slice(at: 21, count: item.count - 21), compression, size: item.uint64(at: 8), isInline: true)
            return append(content[range.clamped(to: content.indices)], at: range.lowerBound)
        }
        let address = try item.uint64(at: 21)
        // Holes, and what is allocated and never written, read as zeros.
        guard try item.uint8(at: 20) == 1, address != 0 else { return }
        let (start, size) = (try item.uint64(at: 37), try item.uint64(at: 8))
        let part = try item.uint64(at: 45)
        guard start <= size, part <= size - start, let start = Int(exactly: start) else {
            throw FormatError(
                .malformed, "a part of an extent of \(size) bytes expected, \(part) bytes at byte \(start) found")
        }
        let (from, overflow) = start.addingReportingOverflow(range.lowerBound - extent.start)
        guard !overflow else { throw FormatError(.malformed, "a part of an extent expected, one at \(start) found") }
        if compression == 0 {
            let (place, overflow) = address.addingReportingOverflow(UInt64(from))
            guard !overflow else { throw FormatError(.malformed, "an extent inside a chunk expected") }
            return append(try nodes.content(at: place, count: range.count), at: range.lowerBound)
        }
        let whole: [UInt8]
        if let expanded, expanded.address == address {
            whole = expanded.bytes
        } else {
            let stored = try item.uint64(at: 29)
            guard stored <= UInt64(BtrfsExpansion.limit) else {
                throw FormatError(
                    .limitExceeded, "at most \(BtrfsExpansion.limit) compressed bytes expected, \(stored) found")
            }
            whole = try expansion.expand(
                nodes.content(at: address, count: Int(stored)), compression, size: size, isInline: false)
            expanded = (address, whole)
        }
        guard from <= whole.count, range.count <= whole.count - from else {
            throw FormatError(
                .truncated, "\(range.count) bytes at byte \(from) of a compressed extent expected, \(whole.count) found"
            )
        }
        append(whole[from..<from + range.count], at: range.lowerBound)
    }
}
