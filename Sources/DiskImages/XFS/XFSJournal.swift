/// An XFS with its journal replayed in memory: what was last written may stand in the journal alone.

import ByteParsing

/// What an XFS is read from once its journal is looked at.
struct XFSJournal {
    /// The file system with what its journal holds in its place.
    let volume: any BlockSource
    let remarks: [String]
    /// Inodes of whose files the blocks were being exchanged when everything stopped.
    let unfinished: Set<UInt64>

    /// Features of a journal that are known: attributes that are changed by items of their own.
    private static let known: UInt32 = 1

    /// Replays it where it has to be. Throws where it cannot: then nobody knows what the newest state of any file is.
    init(_ geometry: XFSGeometry, _ volume: any BlockSource) throws(FormatError) {
        var log = try XFSLog(geometry, volume)
        guard let (records, isTorn) = try log.live() else {
            self.volume = volume
            remarks = []
            unfinished = []
            return
        }
        guard geometry.logFeatures & ~Self.known == 0 else {
            let bits = String(geometry.logFeatures & ~Self.known, radix: 16)
            throw FormatError(.unsupported, "a journal with features found that are not known (0x\(bits))")
        }
        let transactions = try XFSLogTransaction.committed(in: records)
        let patched = PatchedSource(volume, blockSize: 512)
        let replay = try XFSLogReplay(transactions, geometry, over: patched)
        self.volume = patched
        unfinished = replay.unfinished
        var remarks: [String] = []
        if !transactions.isEmpty { remarks.append(journalRemark(transactions: transactions.count)) }
        if isTorn {
            remarks.append("the last record of the journal was not written whole, and was left out as Linux does")
        }
        if !unfinished.isEmpty {
            remarks.append(
                "the blocks of \(unfinished.count) files were being exchanged, which is not finished here: they are not "
                    + "read; mount a copy and unmount it, or stop the instance before its image is made")
        }
        self.remarks = remarks
    }
}
