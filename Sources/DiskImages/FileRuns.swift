/// Where the content of a file lies: what extents, block maps and cluster chains come to.

import ByteParsing

/// Bytes of a file that lie one behind the other on the disk.
struct FileRun {
    /// Where in the file they begin, in bytes.
    let offset: Int
    let count: Int
    /// Where on the disk they begin, in bytes; nil where nothing was written, so that they are zeros.
    let place: Int?
}

/// The runs of a file in order, none over another, those that follow each other on the disk as one.
struct FileRuns {
    private(set) var runs: [FileRun] = []
    /// Where the last run ends in the file, in bytes.
    private(set) var end = 0

    /// Adds a run behind the others. What lies between them is a hole.
    mutating func append(_ run: FileRun) throws(FormatError) {
        guard run.count > 0, run.offset >= end, !run.offset.addingReportingOverflow(run.count).overflow else {
            throw FormatError(
                .malformed,
                "blocks of a file in rising order expected, \(run.count) bytes at \(run.offset) found behind "
                    + "byte \(end)")
        }
        if let last = runs.last, last.offset + last.count == run.offset, let place = last.place,
            let next = run.place, place + last.count == next
        {
            runs[runs.count - 1] = FileRun(offset: last.offset, count: last.count + run.count, place: place)
        } else {
            runs.append(run)
        }
        end = run.offset + run.count
    }

    /// The first `count` bytes of the file; zeros where there is no run.
    func read(_ count: Int, from source: some BlockSource) throws(FormatError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for run in runs where run.offset < count {
            guard let place = run.place else { continue }
            let part = try source.read(at: place, count: min(run.count, count - run.offset))
            if run.offset > bytes.count { bytes += repeatElement(0, count: run.offset - bytes.count) }
            bytes += part
        }
        if bytes.count < count { bytes += repeatElement(0, count: count - bytes.count) }
        return bytes
    }
}
