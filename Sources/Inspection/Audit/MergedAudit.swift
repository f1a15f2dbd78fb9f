/// The results of many runs as if one had found them.

import FoundationEssentials
public import Reporting

/// Lines read back from files of the format jsonl.
public struct MergedAudit: Sendable {
    /// Every image once, in the order of the names.
    public private(set) var lines = AuditLines([])
    /// What a reader has to know of how the files fit together, a sentence each: duplicates, missing shards.
    public private(set) var remarks: [String] = []
    /// Whether shards are missing: what is not there could not be judged.
    public private(set) var lacksShards = false

    /// Reads and merges the files at `paths` of this machine.
    ///
    /// Throws where one cannot be read, is cut short, or holds something else than lines of an audit.
    public init(files paths: [String]) throws(MergeError) {
        var named: [String: (line: ArraySlice<UInt8>, path: String)] = [:]
        var shards: [(shard: ShardHeader.Shard, path: String)] = []
        var repeated = 0
        for path in paths {
            let file = try ResultFile(path)
            if let shard = file.shard { shards.append((shard, path)) }
            for line in file.lines {
                let name = try file.name(of: line.text, number: line.number)
                guard let first = named[name] else {
                    named[name] = (line.text, path)
                    continue
                }
                repeated += 1
                if first.line != line.text {
                    remarks.append("\(name) is in \(first.path) and differs in \(path); the first counts")
                }
            }
        }
        if repeated > 0 {
            let verb = repeated == 1 ? " is" : "s are"
            remarks.insert("\(repeated) image\(verb) there more than once, and counted once", at: 0)
        }
        lines = AuditLines(
            named.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value.line))
        look(for: shards)
    }

    /// Says which shards are missing, and whether some are of another audit.
    private mutating func look(for shards: [(shard: ShardHeader.Shard, path: String)]) {
        let counts = Set(shards.map(\.shard.count)).sorted()
        if counts.count > 1 {
            let all = counts.map(String.init).joined(separator: " and of ")
            remarks.append("shards of one audit expected, shards of \(all) found")
        }
        for count in counts {
            let there = Set(shards.filter { $0.shard.count == count }.map(\.shard.index))
            let missing = (0..<count).filter { !there.contains($0) }
            guard !missing.isEmpty else { continue }
            lacksShards = true
            let shown = missing.prefix(20).map(String.init) + (missing.count > 20 ? ["..."] : [])
            let verb = missing.count == 1 ? "is" : "are"
            remarks.append(
                "\(missing.count) of \(count) shards \(verb) missing: \(shown.joined(separator: ", "))")
        }
    }
}

/// Why results cannot be merged.
public struct MergeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `shard-3.jsonl: line 12: ...`.
    public let description: String
}

/// One file of results.
private struct ResultFile {
    let path: String
    let shard: ShardHeader.Shard?
    /// With their numbers in the file, 1-based.
    let lines: [(text: ArraySlice<UInt8>, number: Int)]

    /// In bytes; a hundred thousand images are about one gigabyte.
    private static let limit = 64 << 30

    init(_ path: String) throws(MergeError) {
        self.path = path
        let bytes: [UInt8]
        do throws(SettingsError) {
            bytes = try settingsFile(at: path, upTo: Self.limit)
        } catch {
            throw MergeError(description: "\(path): \(error)")
        }
        if let last = bytes.last, last != UInt8(ascii: "\n") {
            throw MergeError(description: "\(path): a line feed expected at the end, none found: it is cut short")
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).enumerated()
            .map { (text: $0.element, number: $0.offset + 1) }
        let header = lines.first.flatMap { try? JSONDecoder().decode(ShardHeader.self, from: Data($0.text)) }
        shard = header?.shard
        self.lines = header == nil ? lines : Array(lines.dropFirst())
        if let header, header.images != self.lines.count {
            throw MergeError(
                description: "\(path): \(header.images) images expected, \(self.lines.count) found: it is cut short")
        }
    }

    func name(of line: ArraySlice<UInt8>, number: Int) throws(MergeError) -> String {
        struct Line: Decodable {
            struct Image: Decodable { let name: String }
            let formatVersion: Int
            let image: Image
        }
        let found: Line
        do {
            found = try JSONDecoder().decode(Line.self, from: Data(line))
        } catch {
            throw MergeError(
                description: "\(path): line \(number): an image of 'amilint audit -o jsonl' expected, "
                    + "something else found")
        }
        guard found.formatVersion == Version.format else {
            throw MergeError(
                description: "\(path): line \(number): format \(Version.format) expected, "
                    + "format \(found.formatVersion) found; audit again with this version")
        }
        return found.image.name
    }
}
