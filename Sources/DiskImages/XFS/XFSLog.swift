/// The log of XFS on the disk: its records, and between which of them it has to be replayed
/// (Linux fs/xfs/xfs_log_recover.c, fs/xfs/libxfs/xfs_log_format.h).

import ByteParsing

/// A circle of blocks of 512 bytes, each of which begins with the number of the round in which it was written.
struct XFSLog {
    private let source: any BlockSource
    /// In bytes.
    private let start: Int
    /// In blocks.
    private let count: Int
    private let isVersion2: Bool
    /// Whether records without a checksum are none (version 5 of the file system).
    private let needsChecksums: Bool
    private let uuid: [UInt8]
    /// The sequence number that the superblock was written with (xfs_log_check_lsn).
    private let lastChange: UInt64
    private var known: [Int: XFSLogRecord] = [:]

    /// As many records are on their way to the disk at a time (XLOG_MAX_ICLOGS).
    private static let recordsInFlight = 8
    /// How many bytes of it may have to be replayed.
    private static let liveLimit = 256 << 20

    /// In blocks (XLOG_REC_SHIFT).
    private var recordLimit: Int { min(count, isVersion2 ? 512 : 64) }
    /// Before the head no hole may be farther away (XLOG_TOTAL_REC_SHIFT).
    private var flightLimit: Int { min(count, Self.recordsInFlight * (isVersion2 ? 512 : 64)) }

    init(_ geometry: XFSGeometry, _ source: any BlockSource) throws(FormatError) {
        guard let log = geometry.log else {
            throw FormatError(
                .unsupported,
                "a journal inside the file system expected, one on another device found, so that it is not "
                    + "known whether it has to be replayed")
        }
        self.source = source
        start = try geometry.place(ofBlock: log.block, count: log.count)
        count = log.count * (geometry.blockSize / 512)
        isVersion2 = log.isVersion2
        needsChecksums = geometry.isVersion5
        uuid = geometry.uuid
        lastChange = geometry.isVersion5 ? try source.record(at: 0, count: 512, bigEndian: true).uint64(at: 0xF0) : 0
        guard count > 1 else { throw FormatError(.malformed, "a journal of several blocks expected") }
    }

    private func blocks(_ number: Int, _ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        let number = number % self.count
        let before = min(count, self.count - number)
        let bytes = try source.read(at: start + number * 512, count: before * 512)
        return before == count ? bytes : try bytes + source.read(at: start, count: (count - before) * 512)
    }

    private func header(_ number: Int) throws(FormatError) -> FieldReader {
        FieldReader(try blocks(number, 1), bigEndian: true, offset: start + number % count * 512)
    }

    private func isHeader(_ number: Int) throws(FormatError) -> Bool {
        try header(number).uint32(at: 0) == XFSLogRecord.magic
    }

    /// The round in which a block was written: its first number, in a header the one behind the magic number.
    private func cycle(_ number: Int) throws(FormatError) -> UInt32 {
        let block = try header(number)
        let first = try block.uint32(at: 0)
        return first == XFSLogRecord.magic ? try block.uint32(at: 4) : first
    }

    /// The first of the blocks that was written in a round.
    private func first(_ range: Range<Int>, ofCycle cycle: UInt32) throws(FormatError) -> Int? {
        guard !range.isEmpty else { return nil }
        let bytes = FieldReader(try blocks(range.lowerBound, range.count), bigEndian: true)
        for number in range {
            let at = (number - range.lowerBound) * 512
            let first = try bytes.uint32(at: at)
            if (first == XFSLogRecord.magic ? try bytes.uint32(at: at + 4) : first) == cycle { return number }
        }
        return nil
    }

    /// About where a round begins, which the last block was written in (xlog_find_cycle_start).
    private func start(ofCycle cycle: UInt32) throws(FormatError) -> Int {
        var (low, high) = (0, count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if try self.cycle(middle) == cycle { high = middle } else { low = middle }
        }
        return high
    }

    /// The block behind the last record that was written whole (xlog_find_head).
    private func head() throws(FormatError) -> Int {
        let (first, last) = (try cycle(0), try cycle(count - 1))
        if last == 0 {
            // It never came round: the rest are zeros (xlog_find_zeroed).
            var head = try start(ofCycle: 0)
            let from = max(0, head - flightLimit)
            head = try self.first(from..<head, ofCycle: 0) ?? head
            guard let end = try end(ofRecordBefore: head, from: from) else { throw Self.failure("no record found") }
            return end
        }
        // Where all are of one round, a hole would be of the one before.
        var head = first == last ? count : try start(ofCycle: last)
        let hole = first == last ? last &- 1 : last
        if head >= flightLimit {
            head = try self.first(head - flightLimit..<head, ofCycle: hole) ?? head
        } else if let found = try self.first(count - (flightLimit - head)..<count, ofCycle: hole &- 1) {
            head = found
        } else {
            head = try self.first(0..<head, ofCycle: hole) ?? head
        }
        if let end = try end(ofRecordBefore: head, from: max(0, head - recordLimit)) { return end % count }
        guard head < recordLimit,
            let end = try end(ofRecordBefore: count, from: count - (recordLimit - head), more: head)
        else { throw Self.failure("no record found before block \(head)") }
        return end == count ? head : end
    }

    /// Where the last record before `end` ends, which is where it begins if it is cut short; nil where the log begins
    /// before a record does (xlog_find_verify_log_record). `more` blocks of it may stand at the beginning of the log.
    private func end(ofRecordBefore end: Int, from: Int, more: Int = 0) throws(FormatError) -> Int? {
        for number in stride(from: end - 1, through: from, by: -1) where try isHeader(number) {
            let header = try header(number)
            return end - number + more == (try XFSLogRecord.blocks(of: header, isVersion2: isVersion2)) ? end : number
        }
        guard from == 0 else { throw Self.failure("no record found before block \(end)") }
        return nil
    }

    /// The headers before `end`, back to `tail` or as many as are asked for, the first one last.
    private func headers(before end: Int, downTo tail: Int, _ limit: Int) throws(FormatError) -> [Int] {
        var found: [Int] = []
        let distance = end > tail ? end - tail : end - tail + count
        // Records are no longer than this.
        for back in 1...max(1, min(distance, limit * (flightLimit + 8))) {
            let number = (end - back + count) % count
            guard try isHeader(number) else { continue }
            found.append(number)
            if found.count == limit { break }
        }
        return found
    }

    /// Whether a record is what unmounting writes, and the last one (xlog_check_unmount_rec).
    private func isUnmount(_ number: Int, before head: Int) throws(FormatError) -> Bool {
        let header = try header(number)
        let blocks = try XFSLogRecord.blocks(of: header, isVersion2: isVersion2)
        guard (number + blocks) % count == head % count, try header.uint32(at: 0x28) == 1 else { return false }
        return try self.header(number + XFSLogRecord.headers(of: header, isVersion2: isVersion2)).uint8(at: 9) & 0x20
            != 0
    }

    /// The records that have to be replayed, and whether the last one was cut short; nil where nothing is.
    mutating func live() throws(FormatError) -> (records: [XFSLogRecord], isTorn: Bool)? {
        if try cycle(0) == 0 {
            // Nothing was ever written, unless its beginning is lost.
            guard lastChange <= 1 << 32 || lastChange == .max, try blocks(0, flightLimit).allSatisfy({ $0 == 0 }) else {
                throw Self.failure("it begins with zeros")
            }
            return nil
        }
        // Whoever unmounts waits for everything else to be written first, so that no hole can be before that record.
        let cycle = try cycle(count - 1)
        let about = try cycle == self.cycle(0) ? count : start(ofCycle: cycle)
        if let number = try headers(before: about, downTo: about, 1).first, try isUnmount(number, before: about) {
            return nil
        }
        var head = try head()
        guard var last = try headers(before: head, downTo: head, 1).first else {
            throw Self.failure("no record found")
        }
        if try isUnmount(last, before: head) { return nil }
        var tail = try header(last).uint64(at: 0x18)
        var isTorn = false
        // Of the last records any may have been cut short: the first bad one is the head (xlog_verify_head).
        if let from = try headers(before: head, downTo: block(tail), Self.recordsInFlight).last,
            let bad = try pass(from: from, to: head).bad
        {
            guard let before = try headers(before: bad.number, downTo: block(tail), 1).first else { throw bad.error }
            (head, last) = (bad.number, before)
            tail = try header(last).uint64(at: 0x18)
            isTorn = true
            if try isUnmount(last, before: head) { return nil }
        }
        var from = try block(tail)
        guard from != head else { return nil }
        // What lies at the tail may be gone already when what follows could not be written (xlog_verify_tail).
        from = try headers(from: from, before: head, 1)
        let flight = try Self.recordsInFlight * Int(header(last).uint32(at: 0x140)) / 512
        var pass = try pass(from: from, to: head)
        while let bad = pass.bad {
            let distance = head < bad.number ? bad.number - head : bad.number - head + count
            guard bad.number != 0, distance <= min(flight, flightLimit) else { throw bad.error }
            from = try headers(from: bad.number, before: head, 2)
            pass = try self.pass(from: from, to: head)
        }
        if needsChecksums, let bad = pass.records.first(where: { !$0.hasChecksum }) {
            throw Self.failure("the record at block \(bad.number) has no checksum")
        }
        return (pass.records, isTorn)
    }

    /// The block of a sequence number.
    private func block(_ sequence: UInt64) throws(FormatError) -> Int {
        let number = Int(sequence & 0xFFFF_FFFF)
        guard number < count else {
            throw Self.failure("a tail below block \(count) expected, block \(number) found")
        }
        return number
    }

    /// The first or second header from a block on.
    private func headers(from number: Int, before head: Int, _ wanted: Int) throws(FormatError) -> Int {
        let distance = head > number ? head - number : head - number + count
        var found = 0
        for step in 0..<min(distance, wanted * (flightLimit + 8)) where try isHeader(number + step) {
            found += 1
            if found == wanted { return (number + step) % count }
        }
        throw Self.failure("no record found behind its tail")
    }

    /// Reads records one behind the other. The first one says how many headers each has (xlog_do_recovery_pass).
    private mutating func pass(
        from: Int, to head: Int
    ) throws(FormatError) -> (records: [XFSLogRecord], bad: (number: Int, error: FormatError)?) {
        var records: [XFSLogRecord] = []
        let distance = (head - from + count) % count
        guard distance * 512 <= Self.liveLimit else {
            throw FormatError(
                .limitExceeded,
                "at most \(Self.liveLimit >> 20) MB of a journal expected that have to be replayed, "
                    + "\(distance / 2048) MB found")
        }
        let first = try header(from)
        let shape = try XFSLogRecord.Shape(first, isVersion2: isVersion2)
        var done = 0
        while done < distance {
            let number = (from + done) % count
            do throws(FormatError) {
                let record: XFSLogRecord
                if let known = known[number], known.shape == shape {
                    record = known
                } else {
                    let length = try shape.length(header(number))
                    record = try XFSLogRecord(
                        number: number, shape, length: length,
                        headers: blocks(number, shape.headers),
                        data: blocks(number + shape.headers, (length + 511) / 512), uuid: uuid)
                    known[number] = record
                }
                records.append(record)
                done += record.blockCount
            } catch  where error.code != .inputOutput {
                return (records, (number, error))
            }
        }
        return (records, nil)
    }

    static func failure(_ what: String) -> FormatError {
        FormatError(
            .malformed,
            "a journal that can be replayed expected, a damaged one found (\(what)): Linux does not mount it; run "
                + "xfs_repair on a copy, or make the image again with the instance stopped")
    }
}
