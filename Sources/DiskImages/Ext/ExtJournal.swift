/// An ext file system with its journal replayed in memory: what was last written may stand in the journal alone.

import ByteParsing

/// What a file system of the ext family is read from once its journal is looked at.
struct ExtJournal {
    /// The file system with what its journal holds in its place.
    let volume: any BlockSource
    let remarks: [String]
    /// Inodes that the journal changes in a way that is not replayed.
    let unreplayed: Set<UInt64>

    /// Replays it where the superblock says that it has to be. Throws where it should be and cannot: then nobody knows
    /// what the newest state of any file is.
    init(_ geometry: ExtGeometry, _ volume: any BlockSource) throws(FormatError) {
        guard geometry.needsRecovery else {
            self.volume = volume
            remarks = []
            unreplayed = []
            return
        }
        let file = try ExtJournalFile(geometry, volume)
        var replay = try ExtJournalReplay(file)
        let patched = PatchedSource(volume, blockSize: geometry.blockSize)
        try replay.lay(over: patched)
        self.volume = patched
        unreplayed = try replay.inodesOfFastCommits()
        var remarks: [String] = []
        if replay.count > 0 { remarks.append(journalRemark(transactions: replay.count)) }
        if let damage = replay.damage {
            remarks.append(
                "its journal is damaged: \(damage); Linux does not mount the file system before e2fsck was run")
        }
        if !unreplayed.isEmpty {
            remarks.append(
                "the journal ends in fast commits, which this version does not replay: the \(unreplayed.count) files and "
                    + "directories that they change are not read; mount a copy and unmount it, or stop the instance before "
                    + "its image is made")
        }
        self.remarks = remarks
    }
}

/// What a reader should know of a journal that was replayed.
func journalRemark(transactions: Int) -> String {
    "its journal with \(transactions) transaction\(transactions == 1 ? "" : "s") was replayed in memory: the file system "
        + "was in use when the image was made, and nothing was written to it"
}
