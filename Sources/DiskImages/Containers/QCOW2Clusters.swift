/// The bytes of a QCOW2, found cluster by cluster through its two levels of tables.

import ByteParsing
import Inflating

/// A disk of clusters, each of which stands somewhere in the file, compressed or not, or nowhere and is zeros.
///
/// Of the tables only the entries on the way to what is read are looked at.
final class QCOW2Clusters: BlockSource {
    let size: Int
    private let file: any BlockSource
    private let header: QCOW2
    /// Whose entries say alike of all their bytes where they stand, in bytes: a cluster, or one of its 32 parts.
    private let pieceSize: Int
    private let inflater: Inflater
    private var inflated: KeptPieces

    private enum Inflater {
        case deflate(DeflatePieces)
        case zstd(ZstdPieces)
    }

    /// Where a cluster is.
    private enum Place {
        case zeros
        /// From this byte of the file on, as it is.
        case stored(Int)
        /// In so many bytes of the file, compressed; maybe in fewer.
        case compressed(Int, count: Int)
    }

    /// Bits 9 to 55 of an entry.
    private static let offsetMask: UInt64 = 0x00FF_FFFF_FFFF_FE00

    init(_ file: any BlockSource, _ header: QCOW2) {
        self.file = file
        self.header = header
        size = header.size
        pieceSize = header.clusterSize / (header.hasSubclusters ? 32 : 1)
        inflater =
            switch header.compression {
            case .deflate: .deflate(DeflatePieces(size: header.clusterSize))
            case .zstd: .zstd(ZstdPieces(limit: header.clusterSize))
            }
        inflated = KeptPieces(ofSize: header.clusterSize)
    }

    func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try read(at: offset, count: count, inPiecesOf: pieceSize, part)
    }

    /// `count` bytes of a piece, from its byte `start` on.
    private func part(of piece: Int, _ start: Int, _ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        let piecesPerCluster = header.clusterSize / pieceSize
        let (cluster, subcluster) = (piece / piecesPerCluster, piece % piecesPerCluster)
        let start = start + subcluster * pieceSize
        if let known = inflated.piece(cluster) { return known[start..<start + count] }
        switch try place(of: cluster, subcluster) {
        case .zeros: return [UInt8](repeating: 0, count: count)[...]
        case .stored(let place): return try inFile(place + start, count, cluster)
        case .compressed(let place, let compressed):
            let bytes = try inflate(cluster, at: place, compressed)
            inflated.keep(bytes, cluster)
            return bytes[start..<start + count]
        }
    }

    private func place(of cluster: Int, _ subcluster: Int) throws(FormatError) -> Place {
        let (index, inTable) = (cluster / header.entriesPerTable, cluster % header.entriesPerTable)
        let first = try inFile(header.table + 8 * index, 8, cluster)
        let table = Int(Self.number(first) & Self.offsetMask)
        // Without a second table, none of its clusters was written.
        if table == 0 { return .zeros }
        try check(table, "the second table of", cluster)
        let entrySize = header.hasSubclusters ? 16 : 8
        let bytes = try inFile(table + entrySize * inTable, entrySize, cluster)
        let entry = Self.number(bytes.prefix(8))
        if entry >> 62 & 1 != 0 { return compressed(entry) }

        let place = Int(entry & Self.offsetMask)
        let isStored: Bool
        if header.hasSubclusters {
            let states = Self.number(bytes.dropFirst(8))
            let (isAllocated, isZeros) = (states >> subcluster & 1 != 0, states >> (32 + subcluster) & 1 != 0)
            guard !(isAllocated && (isZeros || place == 0)) else {
                throw FormatError(
                    .malformed,
                    "a part of cluster \(cluster) of the QCOW2 that is stored or is zeros expected, one that "
                        + "is both or stands nowhere found")
            }
            isStored = isAllocated
        } else {
            let isZeros = entry & 1 != 0
            guard !isZeros || header.hasZeroClusters else {
                throw FormatError(
                    .malformed, "cluster \(cluster) of the QCOW2 is marked as zeros, which version 2 does not know")
            }
            isStored = place != 0 && !isZeros
        }
        guard isStored else { return .zeros }
        try check(place, "", cluster)
        return .stored(place)
    }

    /// Throws where a table or a cluster cannot stand at `place`: not at the beginning of a cluster, or over the first
    /// table.
    private func check(_ place: Int, _ what: String, _ cluster: Int) throws(FormatError) {
        let tableEnd = header.table + 8 * header.tableEntries
        guard place % header.clusterSize == 0, !(header.table - header.clusterSize + 1..<tableEnd ~= place) else {
            throw FormatError(
                .malformed,
                "\(what)\(what.isEmpty ? "" : " ")cluster \(cluster) of the QCOW2 in a cluster of its own expected, byte "
                    + "\(place) found")
        }
    }

    private func compressed(_ entry: UInt64) -> Place {
        let offsetBits = 62 - (header.clusterBits - 8)
        let offset = entry & (1 << offsetBits - 1)
        let sectors = entry >> offsetBits & (1 << (header.clusterBits - 8) - 1)
        return .compressed(Int(offset), count: 512 * (Int(sectors) + 1) - Int(offset % 512))
    }

    private func inflate(_ cluster: Int, at place: Int, _ count: Int) throws(FormatError) -> [UInt8] {
        // Its size is known in sectors, and the file may end before the last one does.
        let bytes = try inFile(place, max(1, min(count, file.size - place)), cluster)
        do throws(FormatError) {
            let inflated =
                switch inflater {
                case .deflate(let pieces): try pieces.inflate(bytes)
                case .zstd(let pieces): try pieces.inflate(bytes)
                }
            guard inflated.count == header.clusterSize else {
                throw FormatError(
                    .truncated, "\(header.clusterSize) inflated bytes expected, \(inflated.count) found")
            }
            return inflated
        } catch {
            throw FormatError(error.code, "cluster \(cluster) of the QCOW2: \(error.reason)", at: place)
        }
    }

    private func inFile(_ place: Int, _ count: Int, _ cluster: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try file.checkHolds("cluster \(cluster) of the QCOW2", at: place, count: count)
        return try file.read(at: place, count: count)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
