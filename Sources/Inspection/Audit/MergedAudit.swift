/// The results of many runs as if one had found them.

public import Reporting
import Synchronization

/// Lines read back from files of the format jsonl. The lines stay in their files: of an image its name is held.
public struct MergedAudit: Sendable {
    /// Every image once, in the order of the names.
    public let lines: AuditLines
    /// What of the audit is there: shards that are missing could not be judged.
    public let scope: AuditScope
    /// What a reader has to know of how the files fit together, a sentence each: duplicates, missing shards.
    public let remarks: [String]

    /// Reads and merges the files at `paths` of this machine.
    ///
    /// What an incomplete merge says in each of its lines counts as much as the header of a shard: shards that one file
    /// lacks are there where another one has them. Throws where a file cannot be read, is cut short, or holds something
    /// else than lines of an audit.
    public init(files paths: [String]) throws(MergeError) {
        var files: [ResultFile] = []
        var entries: [Entry] = []
        var shards = ShardsThere()
        var leftOut = 0
        for (number, path) in paths.enumerated() {
            let file = try ResultFile(path)
            let header = try entries.add(file, number, &shards)
            leftOut = min(leftOut + (header?.leftOut ?? 0), .max / 2)
            files.append(file)
        }
        entries.sort { $0.precedes($1) }
        remarks = try entries.removeRepeated(files) + shards.remarks
        scope = AuditScope(missing: shards.missing, leftOut: leftOut)
        let merged = entries
        let opened = Mutex(files)
        lines = AuditLines(count: merged.count) { number in
            try opened.withLock { files in try merged[number].line(in: files) }
        }
    }
}

/// Why results cannot be merged.
public struct MergeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `shard-3.jsonl: line 12: ...`.
    public let description: String
}

/// Where the line of an image stands.
private struct Entry: Sendable {
    let name: String
    /// Which of the files, from 0.
    let file: Int
    /// In bytes, without the line feed.
    let place, count: Int
    /// What an incomplete merge put into the line; what it lacked may be there now.
    let mark: Range<Int>?

    /// By name; of those with one name the one that was given first.
    func precedes(_ other: Entry) -> Bool {
        if name.utf8.elementsEqual(other.name.utf8) { return (file, place) < (other.file, other.place) }
        return name.utf8.lexicographicallyPrecedes(other.name.utf8)
    }

    func line(in files: [ResultFile]) throws(MergeError) -> ArraySlice<UInt8> {
        let line = try files[file].line(at: place, count: count)
        guard let mark else { return line }
        return line.prefix(mark.lowerBound) + line.dropFirst(mark.upperBound)
    }
}

extension [Entry] {
    /// Adds the images of a file, and what it tells of shards; gives its header, where it has one.
    fileprivate mutating func add(
        _ file: ResultFile, _ number: Int, _ shards: inout ShardsThere
    ) throws(MergeError) -> AuditHeader? {
        var header: AuditHeader?
        let before = count
        try file.forEachLine { text, line, place throws(MergeError) in
            let read: AuditLine
            do throws(AuditLine.Fault) {
                read = try AuditLine(text)
            } catch {
                throw MergeError(description: "\(file.path): line \(line): \(error.sentence)")
            }
            switch read {
            case .header(let found) where line == 1:
                header = found
                guard shards.add(found.shard), shards.add(lacking: found.incomplete ?? []) else {
                    throw MergeError(description: "\(file.path): line \(line): \(ShardsThere.expected)")
                }
            case .header:
                throw MergeError(description: "\(file.path): line \(line): \(AuditLine.Fault.other.sentence)")
            case .image(let image):
                guard shards.add(lacking: image.incomplete) else {
                    throw MergeError(description: "\(file.path): line \(line): \(ShardsThere.expected)")
                }
                append(Entry(name: image.name, file: number, place: place, count: text.count, mark: image.mark))
            }
        }
        if let header, header.images != count - before {
            throw MergeError(
                description: "\(file.path): \(header.images) images expected, \(count - before) found: it is cut short")
        }
        return header
    }

    /// Removes all entries of a name but the first; gives what is to be said of that.
    fileprivate mutating func removeRepeated(_ files: [ResultFile]) throws(MergeError) -> [String] {
        var remarks: [String] = []
        var kept: [Entry] = []
        for entry in self {
            guard let first = kept.last, first.name.utf8.elementsEqual(entry.name.utf8) else {
                kept.append(entry)
                continue
            }
            guard try first.line(in: files) != entry.line(in: files) else { continue }
            let (path, other) = (files[first.file].path, files[entry.file].path)
            remarks.append("\(entry.name) is in \(path) and differs in \(other); the first counts")
        }
        let repeated = count - kept.count
        if repeated > 0 {
            let verb = repeated == 1 ? " is" : "s are"
            remarks.insert("\(repeated) image\(verb) there more than once, and counted once", at: 0)
        }
        self = kept
        return remarks
    }
}

/// Which shards of which audits are there.
private struct ShardsThere {
    private var there: [Int: Set<Int>] = [:]
    private var lacks: Set<MissingShards> = []

    /// So many shards an audit has at most.
    private static let most = 1_000_000
    static let expected = "an audit of at most \(most) shards expected, something else found"

    /// Adds a shard; false where there is no such shard.
    mutating func add(_ shard: AuditHeader.Shard?) -> Bool {
        guard let shard else { return true }
        guard 1...Self.most ~= shard.count, 0..<shard.count ~= shard.index else { return false }
        there[shard.count, default: []].insert(shard.index)
        return true
    }

    /// Adds all shards but these.
    mutating func add(lacking missing: [MissingShards]) -> Bool {
        for missing in missing where lacks.insert(missing).inserted {
            guard 1...Self.most ~= missing.shards, missing.missing.allSatisfy((0..<missing.shards).contains) else {
                return false
            }
            there[missing.shards, default: []].formUnion(Set(0..<missing.shards).subtracting(missing.missing))
        }
        return true
    }

    var missing: [MissingShards] {
        there.keys.sorted().compactMap { count in
            let missing = (0..<count).filter { there[count]?.contains($0) != true }
            return missing.isEmpty ? nil : MissingShards(of: count, missing)
        }
    }

    var remarks: [String] {
        let counts = there.keys.sorted()
        let all = counts.map(String.init).joined(separator: " and of ")
        return (counts.count > 1 ? ["shards of one audit expected, shards of \(all) found"] : [])
            + missing.map(\.sentence)
    }
}

extension AuditLine.Fault {
    fileprivate var sentence: String {
        switch self {
        case .other: "an image of 'amilint audit -o jsonl' expected, something else found"
        case .version(let found):
            "format \(Version.format) expected, format \(found) found; audit again with this version"
        }
    }
}
