/// Where on the disk the addresses lie that a btrfs uses inside.

import ByteParsing

/// The chunks of a btrfs: each maps a part of its address space to stripes on devices.
struct BtrfsChunks {
    private struct Chunk {
        let start: UInt64
        let size: UInt64
        /// Where copies of it begin on this device, in bytes.
        let copies: [Int]
        /// Why it cannot be read here.
        let problem: FormatError?
    }

    /// In the order of their addresses.
    private var chunks: [Chunk] = []
    private let deviceID: UInt64

    /// How many there may be: some terabytes' worth.
    private static let limit = 100_000

    /// Profiles that spread data over devices, by their bit in the type (Linux include/uapi/linux/btrfs_tree.h).
    private static let spread: [(bit: UInt64, name: String)] = [
        (1 << 3, "RAID0"), (1 << 6, "RAID10"), (1 << 7, "RAID5"), (1 << 8, "RAID6"),
    ]

    /// The chunks that stand in the superblock, by which the others are found.
    init(_ superblock: BtrfsSuperblock) throws(FormatError) {
        deviceID = superblock.deviceID
        let list = superblock.systemChunks
        var at = 0
        while at < list.count {
            let head = try list.record(at: at, count: 17 + 48)
            let key = head.bytes.span.key(at: 0)
            let size = 48 + 32 * Int(try head.uint16(at: 17 + 44))
            guard key.type == BtrfsKey.chunk else {
                throw FormatError(.malformed, "a chunk in the superblock expected, an item of type \(key.type) found")
            }
            try add(key, list.record(at: at + 17, count: size))
            at += 17 + size
        }
    }

    /// Adds one. One that is known already is left as it is: by it the tree of chunks was found.
    mutating func add(_ key: BtrfsKey, _ item: FieldReader) throws(FormatError) {
        let (start, size) = (key.offset, try item.uint64(at: 0))
        guard size > 0, !start.addingReportingOverflow(size).overflow, Int(exactly: size) != nil else {
            throw FormatError(.malformed, "a chunk of some bytes expected, \(size) at address \(start) found")
        }
        let index = self.index(behind: start)
        if index > 0, chunks[index - 1].start == start { return }
        guard chunks.count < Self.limit else {
            throw FormatError(.limitExceeded, "at most \(Self.limit) chunks expected, more found")
        }
        guard index == 0 || chunks[index - 1].start + chunks[index - 1].size <= start,
            index == chunks.count || start + size <= chunks[index].start
        else { throw FormatError(.malformed, "chunks beside each other expected, two found at address \(start)") }
        let type = try item.uint64(at: 24)
        let stripes = Int(try item.uint16(at: 44))
        var copies: [Int] = []
        var others: [UInt64] = []
        for index in 0..<stripes {
            let stripe = try item.record(at: 48 + 32 * index, count: 32)
            let (device, place) = (try stripe.uint64(at: 0), try stripe.uint64(at: 8))
            guard device == deviceID else {
                others.append(device)
                continue
            }
            guard let place = Int(exactly: place) else {
                throw FormatError(.malformed, "a stripe inside the device expected, one at byte \(place) found")
            }
            copies.append(place)
        }
        var problem: FormatError?
        if let profile = Self.spread.first(where: { type & $0.bit != 0 }) {
            problem = FormatError(
                .unsupported,
                "data on one device expected, \(profile.name) over \(stripes) found, which this version does not read")
        } else if copies.isEmpty {
            problem = FormatError(
                .unsupported,
                "data on this device expected, they lie on device \(others.first ?? 0) of the file system, which was not "
                    + "given")
        }
        chunks.insert(Chunk(start: start, size: size, copies: copies, problem: problem), at: index)
    }

    /// The place of the first chunk that begins behind `address`.
    private func index(behind address: UInt64) -> Int {
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Where `count` bytes at `address` lie, the first copy first.
    func places(of address: UInt64, count: Int) throws(FormatError) -> [Int] {
        let index = index(behind: address)
        guard index > 0, case let chunk = chunks[index - 1], case let offset = address - chunk.start,
            offset < chunk.size, UInt64(count) <= chunk.size - offset
        else {
            throw FormatError(.malformed, "an address inside a chunk expected, \(count) bytes at \(address) found")
        }
        if let problem = chunk.problem { throw problem }
        var places: [Int] = []
        for copy in chunk.copies {
            let (place, overflow) = copy.addingReportingOverflow(Int(offset))
            guard !overflow else {
                throw FormatError(.malformed, "a stripe inside the device expected, one at byte \(copy) found")
            }
            places.append(place)
        }
        return places
    }
}
