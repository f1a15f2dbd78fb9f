/// FAT12, FAT16 and FAT32: what an EFI system partition is (Microsoft, FAT32 File System Specification 1.03).

package import ByteParsing
package import FileSystems

/// A FAT file system on a volume. Its names are the same whatever their case.
package final class FATFileSystem: FileSystem {
    /// A name in a directory: as it is written, and the place of its entry in bytes.
    private struct Entry {
        let name: String
        let place: UInt64
    }

    private let geometry: FATGeometry
    private let source: any BlockSource
    private var directories = KnownDirectories<Entry>()
    /// Other nodes are the places of their entries.
    package let root = NodeID(0)

    /// The most entries that a directory can have (FAT32 specification, 6.): 2 MB of them.
    private static let directoryLimit = 65536

    /// Opens it. Throws where its boot sector is not as it must be.
    package init(_ volume: any BlockSource) throws(FormatError) {
        guard let geometry = try FATGeometry(volume) else {
            throw FormatError(.malformed, "the boot sector of a FAT file system expected", at: 0)
        }
        self.geometry = geometry
        source = volume
    }

    /// Why EFI firmware does not read it, though Linux does; nil where it does (edk2 FatPkg/EnhancedFatDxe/Init.c,
    /// FatOpenDevice: EFI_VOLUME_CORRUPTED).
    package var firmwareProblem: String? {
        guard geometry.width == .thirtyTwo, geometry.clusterCount < FATGeometry.fewestWideClusters else { return nil }
        return "a FAT32 of at least \(FATGeometry.fewestWideClusters) clusters expected by firmware, "
            + "\(geometry.clusterCount) found; make it by mkfs.fat without -F 32"
    }

    package func node(named name: FileName, in directory: NodeID) throws(FormatError) -> NodeID? {
        try entries(of: directory)[Self.folded(name.text)].map { NodeID($0.place) }
    }

    package func status(of node: NodeID) throws(FormatError) -> NodeStatus {
        let record = try record(of: node)
        // Whoever mounts it sees these permissions, unless told otherwise (mount(8), umask of vfat).
        return record.isDirectory
            ? NodeStatus(kind: .directory, permissions: 0o755)
            : NodeStatus(kind: .regular, permissions: 0o755, size: record.size)
    }

    package func names(in directory: NodeID) throws(FormatError) -> [FileName] {
        try entries(of: directory).values.map { FileName($0.name) }
    }

    package func target(ofLink node: NodeID) throws(FormatError) -> [UInt8] {
        throw FormatError(.malformed, "a link expected, which FAT has not")
    }

    package func content(of node: NodeID, upTo count: Int) throws(FormatError) -> [UInt8] {
        let record = try record(of: node)
        guard !record.isDirectory else { throw FormatError(.malformed, "a regular file expected") }
        let count = min(count, record.size)
        var runs = FileRuns()
        for (index, place) in try clusters(from: record.cluster, upTo: count).enumerated() {
            try runs.append(FileRun(offset: index * geometry.clusterSize, count: geometry.clusterSize, place: place))
        }
        guard runs.end >= count else {
            throw FormatError(.malformed, "clusters for \(count) bytes expected, for \(runs.end) found")
        }
        return try runs.read(count, from: source)
    }

    /// A name as it is compared.
    private static func folded(_ name: String) -> FileName { FileName(name.lowercased()) }

    private func record(of node: NodeID) throws(FormatError) -> FATRecord {
        guard let place = Int(exactly: node.number) else { throw FormatError(.malformed, "an entry expected") }
        return try FATRecord(try source.record(at: place, count: 32, bigEndian: false), geometry.width)
    }

    private func entries(of directory: NodeID) throws(FormatError) -> [FileName: Entry] {
        try directories.names(of: directory) { () throws(FormatError) in
            let places = try places(of: directory)
            return (try entries(in: places), places.reduce(0) { $0 + $1.count })
        }
    }

    private func entries(in places: [Range<Int>]) throws(FormatError) -> [FileName: Entry] {
        var entries: [FileName: Entry] = [:]
        var names = FATNames()
        reading: for place in places {
            for at in stride(from: place.lowerBound, to: place.upperBound, by: 32) {
                let record = try source.record(at: at, count: 32, bigEndian: false)
                if try record.uint8(at: 0) == 0 { break reading }
                guard let name = try names.next(record) else { continue }
                guard entries.count < Self.directoryLimit else {
                    throw FormatError(.limitExceeded, "at most \(Self.directoryLimit) names expected, more found")
                }
                // Of two the first is found (Linux fs/fat/dir.c, fat_search_long).
                let key = Self.folded(name)
                if entries[key] == nil { entries[key] = Entry(name: name, place: UInt64(at)) }
            }
        }
        return entries
    }

    /// Where the entries of a directory stand.
    private func places(of directory: NodeID) throws(FormatError) -> [Range<Int>] {
        let cluster: Int
        if directory == root {
            if let fixed = geometry.fixedRoot { return [fixed] }
            cluster = geometry.rootCluster
        } else {
            let record = try record(of: directory)
            guard record.isDirectory else { throw FormatError(.malformed, "a directory expected") }
            cluster = record.cluster
        }
        return try clusters(from: cluster, upTo: Self.directoryLimit * 32).map { $0..<$0 + geometry.clusterSize }
    }

    /// The places of the clusters of a chain, as many as `count` bytes need.
    private func clusters(from first: Int, upTo count: Int) throws(FormatError) -> [Int] {
        var places: [Int] = []
        guard count > 0 else { return places }
        var cluster = first
        var seen: Set<Int> = []
        while places.count <= (count - 1) / geometry.clusterSize {
            guard 2..<geometry.clusterCount + 2 ~= cluster, seen.insert(cluster).inserted else {
                throw FormatError(
                    .malformed,
                    "a chain of clusters from 2 to \(geometry.clusterCount + 1) expected, each once, \(cluster) found")
            }
            places.append(geometry.data + (cluster - 2) * geometry.clusterSize)
            guard let next = try next(cluster) else { break }
            cluster = next
        }
        return places
    }

    /// What follows a cluster in its chain; nil at the end.
    private func next(_ cluster: Int) throws(FormatError) -> Int? {
        switch geometry.width {
        case .twelve:
            let pair = try source.record(at: geometry.table + cluster * 3 / 2, count: 2, bigEndian: false)
            let number = Int(try pair.uint16(at: 0)) >> (cluster % 2 == 0 ? 0 : 4) & 0xFFF
            return number >= 0xFF8 ? nil : number
        case .sixteen:
            let number = Int(
                try source.record(at: geometry.table + cluster * 2, count: 2, bigEndian: false).uint16(at: 0))
            return number >= 0xFFF8 ? nil : number
        case .thirtyTwo:
            let entry = try source.record(at: geometry.table + cluster * 4, count: 4, bigEndian: false)
            let number = Int(try entry.uint32(at: 0) & 0x0FFF_FFFF)
            return number >= 0x0FFF_FFF8 ? nil : number
        }
    }
}

/// The entry of a file.
private struct FATRecord {
    let isDirectory: Bool
    let cluster: Int
    let size: Int

    init(_ record: FieldReader, _ width: FATGeometry.Width) throws(FormatError) {
        isDirectory = try record.uint8(at: 11) & 0x10 != 0
        let high = width == .thirtyTwo ? Int(try record.uint16(at: 20)) << 16 : 0
        cluster = high | Int(try record.uint16(at: 26))
        size = Int(try record.uint32(at: 28))
    }
}
