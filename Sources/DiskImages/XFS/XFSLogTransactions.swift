/// The transactions that stand in the records of the log of XFS, gathered from pieces that may be spread over many
/// (Linux fs/xfs/xfs_log_recover.c).

import ByteParsing

/// One thing that a transaction changed: the parts of which it was written.
struct XFSLogItem {
    /// The first says what it is, in the byte order of the machine that wrote it.
    fileprivate(set) var regions: [ArraySlice<UInt8>]

    /// How many parts one has at most (XLOG_MAX_REGIONS_IN_ITEM).
    fileprivate static let limit = 257

    /// What it is.
    var format: FieldReader { FieldReader(regions.first ?? [], bigEndian: false) }

    /// How many parts it has when it is whole.
    fileprivate func total() throws(FormatError) -> Int {
        let total = Int(try format.uint16(at: 2))
        guard 1...Self.limit ~= total else {
            throw XFSLog.failure("an item of 1 to \(Self.limit) parts expected, \(total) found")
        }
        return total
    }

    /// A part of it.
    func region(_ index: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard index < regions.count else {
            throw XFSLog.failure("part \(index + 1) of an item expected, \(regions.count) found")
        }
        return regions[index]
    }
}

/// A transaction that was committed.
struct XFSLogTransaction {
    /// The sequence number of the record in which it began.
    let sequence: UInt64
    fileprivate(set) var items: [XFSLogItem] = []
    /// How many bytes of its own header were found.
    private var headerCount = 0

    private static let headerSize = 16

    fileprivate init(sequence: UInt64) {
        self.sequence = sequence
    }

    /// Adds a part, or as much of one as had room in the record.
    fileprivate mutating func add(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        guard !bytes.isEmpty else { return }
        guard headerCount == Self.headerSize else {
            guard headerCount == 0, bytes.count <= Self.headerSize, bytes.count < 4 || bytes.starts(with: "NART".utf8)
            else { throw XFSLog.failure("the header of a transaction expected, other bytes found") }
            headerCount = bytes.count
            return
        }
        if let last = items.last, try last.regions.count < last.total() {
            items[items.count - 1].regions.append(bytes)
        } else {
            let item = XFSLogItem(regions: [bytes])
            _ = try item.total()
            items.append(item)
        }
    }

    /// Adds the rest of a part.
    fileprivate mutating func goOn(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        if headerCount < Self.headerSize {
            guard headerCount + bytes.count <= Self.headerSize else {
                throw XFSLog.failure("the rest of a transaction's header expected, \(bytes.count) bytes found")
            }
            // However much was lost before it, this is its end.
            headerCount = Self.headerSize
            return
        }
        guard let last = items.last else { throw XFSLog.failure("the rest of an item expected before any") }
        items[items.count - 1].regions[last.regions.count - 1] += bytes
    }

    /// The transactions that were committed, in that order.
    static func committed(in records: [XFSLogRecord]) throws(FormatError) -> [XFSLogTransaction] {
        var open: [UInt32: XFSLogTransaction] = [:]
        var committed: [XFSLogTransaction] = []
        for record in records {
            try record.checkWriter()
            let data = FieldReader(record.data, bigEndian: true)
            var at = 0
            for _ in 0..<record.operationCount where at < data.count {
                let (number, length) = (try data.uint32(at: at), Int(try data.uint32(at: at + 4)))
                let (client, flags) = (try data.uint8(at: at + 8), try data.uint8(at: at + 9))
                guard client == 0x69 || client == 0xAA else {
                    throw XFSLog.failure("an operation of client 0x69 expected, 0x\(String(client, radix: 16)) found")
                }
                let bytes = try data.slice(at: at + 12, count: length)
                at += 12 + length
                // What belongs to no transaction was begun before the tail.
                guard var transaction = open.removeValue(forKey: number) else {
                    if flags & 1 != 0 { open[number] = XFSLogTransaction(sequence: record.sequence) }
                    continue
                }
                // Where something ends (16) says nothing that is needed, nor that what went on goes on again (4).
                switch flags & 8 != 0 ? flags & ~20 : flags & ~16 {
                case 0, 4: try transaction.add(bytes)
                case 8: try transaction.goOn(bytes)
                case 2:
                    committed.append(transaction)
                    continue
                case 32: continue
                default: throw XFSLog.failure("an operation with flags 0x\(String(flags, radix: 16)) found")
                }
                open[number] = transaction
            }
        }
        return committed
    }
}
