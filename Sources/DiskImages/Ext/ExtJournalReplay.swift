/// What the journal of ext3 and ext4 holds, as the kernel finds it when it mounts (Linux fs/jbd2/recovery.c).

import ByteParsing

/// The committed transactions of a journal: which blocks of the file system they replace by which of the journal.
struct ExtJournalReplay {
    /// A block in the journal and where it belongs.
    private struct Copy {
        /// In the file system.
        let target: Int
        /// In the journal.
        let number: Int
        /// Whether the block begins with the journal's own mark, which is left out so that nobody takes it for that.
        let isEscaped: Bool
        let checksum: UInt32?
        let sequence: UInt32
    }

    private let file: ExtJournalFile
    private var copies: [Copy] = []
    /// The last transaction that says of a block that older copies of it are not to be used.
    private var revoked: [Int: UInt32] = [:]
    /// How many transactions were committed.
    private(set) var count = 0
    /// What of its transactions was left out although they were committed.
    private(set) var damage: String?
    /// The transaction that is written next.
    private var sequence: UInt32

    /// What is found of the transaction that is read.
    private struct Open {
        var copies: [Copy] = []
        var revoked: [Int] = []
        /// The checksum of version 1 of all its blocks so far.
        var sum: UInt32 = ~0
        /// The block that has a wrong checksum.
        var damaged: Int?
    }

    /// Reads the journal from its oldest transaction on. Throws where it is such that the kernel refuses to mount.
    init(_ file: ExtJournalFile) throws(FormatError) {
        self.file = file
        sequence = file.sequence
        guard file.start != 0 else { return }
        var open = Open()
        var lastTime: UInt64 = 0
        var number = file.start
        // What comes round to where it was read before ends nowhere.
        var rest = file.end
        while true {
            let block = try file.read(number)
            guard try block.uint32(at: 0) == ExtJournalFile.magic, try block.uint32(at: 8) == sequence else { return }
            let from = number
            let type = try block.uint32(at: 4)
            let before = open.copies.count
            number = file.next(number)
            switch type {
            case 1:
                if try !hasRightChecksum(block) { open.damaged = open.damaged ?? from }
                try addCopies(block, from: &number, to: &open)
            case 2:
                let time = try block.uint64(at: 0x30)
                // A block with an old time is one that was there before the journal was made anew.
                if let damaged = open.damaged {
                    guard time >= lastTime else { return }
                    throw Self.refusal("block \(damaged) of the journal has a wrong checksum")
                }
                guard try isRightCommit(block, open) else {
                    if time >= lastTime {
                        damage =
                            "the commit of its last transaction has a wrong checksum, so that what this changed is left out"
                    }
                    return
                }
                lastTime = time
                commit(open)
                open = Open()
            case 5:
                if try !hasRightChecksum(block) { open.damaged = open.damaged ?? from }
                try addRevokes(block, to: &open)
            default: return
            }
            rest -= 1 + open.copies.count - min(before, open.copies.count)
            guard rest > 0 else { throw Self.refusal("it has no end") }
        }
    }

    private static func refusal(_ what: String) -> FormatError {
        FormatError(
            .checksumMismatch,
            "a journal that can be replayed expected, a damaged one found (\(what)): Linux does not mount it; run "
                + "`e2fsck -f` on a copy, or make the image again with the instance stopped")
    }

    /// Adds the blocks that a descriptor names: they lie behind it.
    private mutating func addCopies(
        _ block: FieldReader, from number: inout Int, to open: inout Open
    ) throws(FormatError) {
        let features = file.features
        let size =
            features.checksums == 3 ? 16 : (features.checksums == 2 ? 10 : 8) + (features.has64Bit ? 4 : 0)
        let end = block.count - (features.checksums == nil ? 0 : 4)
        if features.hasTransactionChecksums { open.sum = Self.add(block.bytes, to: open.sum) }
        var at = 12
        while at + size <= end {
            let flags = try block.uint16(at: at + 6)
            let high = features.has64Bit ? UInt64(try block.uint32(at: at + 8)) << 32 : 0
            let checksum: UInt32? =
                switch features.checksums {
                case 3: try block.uint32(at: at + 12)
                case 2: UInt32(try block.uint16(at: at + 4))
                default: nil
                }
            guard let target = Int(exactly: high | UInt64(try block.uint32(at: at))) else {
                throw FormatError(
                    .malformed, "a block of the file system expected in the journal, a larger number found")
            }
            open.copies.append(
                Copy(
                    target: target, number: number, isEscaped: flags & 1 != 0, checksum: checksum, sequence: sequence))
            if features.hasTransactionChecksums { open.sum = Self.add(try file.read(number).bytes, to: open.sum) }
            number = file.next(number)
            guard open.copies.count <= file.end else { throw Self.refusal("a transaction is larger than it") }
            // The last one, and one behind which a UUID stands.
            if flags & 8 != 0 { return }
            at += size + (flags & 2 == 0 ? 16 : 0)
        }
    }

    private func addRevokes(_ block: FieldReader, to open: inout Open) throws(FormatError) {
        let count = Int(try block.uint32(at: 12))
        let size = file.features.has64Bit ? 8 : 4
        guard count <= block.count - (file.features.checksums == nil ? 0 : 4) else {
            // What has a wrong checksum too may be no block of this journal, which its commit tells.
            if open.damaged != nil { return }
            throw Self.refusal("a list of \(count) bytes in a block of \(block.count)")
        }
        for at in stride(from: 16, through: count - size, by: size) {
            let number = size == 8 ? try block.uint64(at: at) : UInt64(try block.uint32(at: at))
            // Larger numbers than a file system can have are nobody's.
            if let number = Int(exactly: number) { open.revoked.append(number) }
        }
    }

    private mutating func commit(_ open: Open) {
        copies += open.copies
        for block in open.revoked { revoked[block] = sequence }
        sequence &+= 1
        count += 1
    }

    /// Whether the checksum at the end of a descriptor or a list of revoked blocks is right.
    private func hasRightChecksum(_ block: FieldReader) throws(FormatError) -> Bool {
        guard file.features.checksums != nil else { return true }
        let body = try block.slice(at: 0, count: block.count - 4)
        let crc = CRC32.castagnoli
        return crc.update(crc.update(file.features.seed, body), [0, 0, 0, 0]) == (try block.uint32(at: block.count - 4))
    }

    private func isRightCommit(_ block: FieldReader, _ open: Open) throws(FormatError) -> Bool {
        let found = try block.uint32(at: 16)
        if file.features.hasTransactionChecksums {
            let (type, size) = (try block.uint8(at: 12), try block.uint8(at: 13))
            // Of CRC-32 (type 1) with 4 bytes, or none at all.
            return found == open.sum && type == 1 && size == 4 || found == 0 && type == 0 && size == 0
        }
        guard file.features.checksums != nil else { return true }
        let crc = CRC32.castagnoli
        let before = crc.update(
            crc.update(file.features.seed, try block.slice(at: 0, count: 16)), [0, 0, 0, 0])
        let rest = try block.slice(at: 20, count: block.count - 20)
        // Of a block that was not written whole, the header is enough (jbd2_commit_block_csum_verify_partial).
        let zeros = [UInt8](repeating: 0, count: block.count - 64)
        return crc.update(before, rest) == found || crc.update(crc.update(before, rest.prefix(44)), zeros) == found
    }

    /// Lays what the journal holds over the file system, which keeps none of it in memory before it is read. Where a
    /// checksum is wrong, nobody knows what the block is.
    mutating func lay(over volume: PatchedSource) throws(FormatError) {
        var wrong = 0
        for copy in copies {
            // Sequences come round to 0, so that their difference decides.
            if let last = revoked[copy.target], Int32(bitPattern: copy.sequence &- last) <= 0 { continue }
            if copy.checksum != nil {
                do throws(FormatError) {
                    _ = try Self.bytes(of: copy, file)
                } catch  where error.code == .checksumMismatch {
                    wrong += 1
                }
            }
            let file = file
            try volume.lay(over: copy.target) { () throws(FormatError) in try Self.bytes(of: copy, file) }
        }
        if wrong > 0 { damage = "\(wrong) of its blocks have wrong checksums, so that what they hold is not read" }
    }

    /// What the block is that a copy is of. Throws where its checksum is wrong: then nobody knows.
    private static func bytes(of copy: Copy, _ file: ExtJournalFile) throws(FormatError) -> [UInt8] {
        let block = try file.read(copy.number)
        if let expected = copy.checksum {
            let crc = CRC32.castagnoli
            let sequence = (0..<4).map { UInt8(truncatingIfNeeded: copy.sequence >> (24 - 8 * $0)) }
            let sum = crc.update(crc.update(file.features.seed, sequence), block.bytes)
            guard (file.features.checksums == 3 ? sum : sum & 0xFFFF) == expected else {
                throw refusal("the newest copy of block \(copy.target) has a wrong checksum")
            }
        }
        var bytes = Array(block.bytes)
        if copy.isEscaped {
            for index in 0..<4 {
                bytes[index] = UInt8(truncatingIfNeeded: ExtJournalFile.magic >> (24 - 8 * UInt32(index)))
            }
        }
        return bytes
    }

    /// The checksum of version 1: CRC-32 of ISO 3309 with the most significant bit first, not inverted.
    private static func add(_ bytes: ArraySlice<UInt8>, to sum: UInt32) -> UInt32 {
        reversed(CRC32.iso.update(reversed(sum), bytes.map { reversedBytes[Int($0)] }[...]))
    }

    /// Each byte with its bits the other way round.
    private static let reversedBytes = (0..<256).map { UInt8(truncatingIfNeeded: reversed(UInt32($0)) >> 24) }

    private static func reversed(_ bits: UInt32) -> UInt32 {
        (0..<32).reduce(0) { $0 << 1 | bits >> UInt32($1) & 1 }
    }
}

extension ExtJournalReplay {
    /// The inodes that fast commits behind the last transaction change (Linux fs/ext4/fast_commit.h).
    ///
    /// Which changes these are is not read: they name no blocks, but parts of inodes and names.
    func inodesOfFastCommits() throws(FormatError) -> Set<UInt64> {
        var inodes: Set<UInt64> = []
        // Those since the last commit that was whole.
        var unfinished: Set<UInt64> = []
        for number in file.fastCommits {
            let block = FieldReader(try file.read(number).bytes, bigEndian: false)
            var at = 0
            while at + 4 <= block.count {
                let (tag, length) = (try block.uint16(at: at), Int(try block.uint16(at: at + 2)))
                guard length <= block.count - at - 4 else { return inodes }
                let value = try block.record(at: at + 4, count: length)
                switch tag {
                case 9 where length >= 8:
                    guard try value.uint32(at: 4) == sequence else { return inodes }
                case 8 where length >= 4:
                    guard try value.uint32(at: 0) == sequence else { return inodes }
                    inodes.formUnion(unfinished)
                    unfinished = []
                case 1, 2, 6: unfinished.insert(UInt64(try value.uint32(at: 0)))
                case 3, 4, 5:
                    unfinished.insert(UInt64(try value.uint32(at: 0)))
                    unfinished.insert(UInt64(try value.uint32(at: 4)))
                case 7: break
                default: return inodes
                }
                at += 4 + length
            }
        }
        return inodes
    }
}
