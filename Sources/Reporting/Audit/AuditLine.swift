/// A line of an audit by what it is and whose, which is all that a merge asks of it.

import ByteParsing
import FoundationEssentials

/// What a line of `audit -o jsonl` is.
public enum AuditLine: Sendable {
    /// What the lines below it are a part of.
    case header(AuditHeader)
    /// An image, and what its audit lacked.
    case image(Image)

    /// An image's line.
    public struct Image: Sendable {
        /// How reports call the image.
        public let name: String
        /// What an incomplete audit says in each of its lines; empty in lines of others.
        public let incomplete: [MissingShards]
        /// Where it says so: what remains without these bytes of the line is what a whole audit says.
        public let mark: Range<Int>?
    }

    /// Why a line is neither.
    public enum Fault: Error, Hashable {
        /// It is none.
        case other
        /// It is of this version of the format.
        case version(Int)
    }

    /// Reads a line without its line feed. The form of all of it is checked, findings are not decoded.
    public init(_ line: ArraySlice<UInt8>) throws(Fault) {
        do {
            self = try Self.read(line)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw .other
        }
    }

    private static func read(_ line: ArraySlice<UInt8>) throws -> AuditLine {
        var reader = try JSONReader(line)
        var version: Int?
        var name: String?
        var isHeader = false
        var incomplete: [MissingShards] = []
        var mark: Range<Int>?
        var before = line.startIndex
        try reader.object { reader, key in
            switch key {
            case "formatVersion": version = try reader.number()
            case "image":
                try reader.object { reader, key in
                    if key == "name" { name = try reader.string() } else { try reader.value() }
                }
            case "images":
                isHeader = true
                try reader.value()
            case Self.markKey:
                incomplete = try JSONDecoder().decode([MissingShards].self, from: Data(try reader.value()))
                mark = before - line.startIndex..<reader.position - line.startIndex
            default: try reader.value()
            }
            before = reader.position
        }
        try reader.end()
        guard let version, name != nil || isHeader else { throw Fault.other }
        guard version == Version.format else { throw Fault.version(version) }
        guard let name else { return .header(try JSONDecoder().decode(AuditHeader.self, from: Data(line))) }
        if let found = mark { mark = whole(found, in: line) }
        return .image(Image(name: name, incomplete: incomplete, mark: mark))
    }

    /// A member with the comma that has no other use: the one before it, or behind the first member.
    private static func whole(_ mark: Range<Int>, in line: ArraySlice<UInt8>) -> Range<Int> {
        let bytes = line.dropFirst(mark.lowerBound)
        guard mark.lowerBound == 0, let brace = bytes.firstIndex(of: UInt8(ascii: "{")) else { return mark }
        let start = brace + 1 - line.startIndex
        let behind = line.dropFirst(mark.upperBound).firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") }
        guard let behind, line[behind] == UInt8(ascii: ",") else { return start..<mark.upperBound }
        return start..<behind + 1 - line.startIndex
    }

    private static let markKey = "incomplete"

    /// What lines of an audit that lacks these shards begin with, behind their brace; empty where it lacks none.
    static func mark(_ missing: [MissingShards]) throws -> String {
        missing.isEmpty ? "" : "\"\(markKey)\":" + String(try jsonLine(missing).dropLast()) + ","
    }
}
