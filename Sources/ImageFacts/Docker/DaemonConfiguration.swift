/// What stands in dockerd's configuration file, for every version of Docker to make of it what it makes of it.

import ByteParsing
import GoJSON
public import ImageReading

/// /etc/docker/daemon.json, or the file that stands for it.
///
/// Versions of Docker differ in what they refuse; this is what is there. Values are kept only where a rule needs them.
public struct DaemonConfiguration: Fact {
    /// How the file's text is encoded.
    public enum Encoding: String, Codable, Sendable {
        case utf8, utf8WithByteOrderMark, utf16
    }

    /// What the text is.
    public enum Content: String, Codable, Sendable {
        /// Nothing, or nothing but blanks.
        case blank
        case object
        /// JSON, and no object.
        case otherValue
        /// No JSON.
        case malformed
        /// Deeper or larger than what is read here; Go would read it.
        case beyondLimit
    }

    /// The file, as dockerd is told to read it.
    public let path: ImagePath
    /// How its text is encoded.
    public let encoding: Encoding
    /// The first byte that is no UTF-8; nil where there is none.
    public let invalidUTF8: Evidence?
    /// What its text is.
    public let content: Content
    /// The line, and for what is no JSON the reason.
    public let contentEvidence: Evidence
    /// A blank in front of the value that JSON knows as none, and Docker from 23.0 on takes off; nil where none does.
    public let leadingBlank: Evidence?
    /// What stands behind the first value, but blanks of any kind; nil where nothing does.
    public let trailingText: Evidence?
    /// The object's members in their order.
    public let members: [DaemonValue.Member]

    /// The last member that Go stores in the field of this name, in whose place names match in any case.
    public func member(_ field: String) -> DaemonValue.Member? {
        members.last { GoValue.isField($0.name, field) }
    }

    /// Where a member stands.
    public func evidence(of member: DaemonValue.Member) -> Evidence {
        Evidence(
            path, realPath: contentEvidence.realPath, line: member.line, "\"\(member.name)\": \(member.value.label)")
    }
}

extension DaemonConfiguration {
    private static let usualPath: ImagePath = "/etc/docker/daemon.json"
    private static let snapPath: ImagePath = "/var/snap/docker/current/config/daemon.json"
    /// More keys than this are no configuration that anybody wrote.
    private static let memberLimit = 1000

    /// The file by its usual name, and by the one that the snap has.
    public static let wants: [Want] = [.contents(usualPath), .contents(snapPath)]

    private static func namedPath(_ service: Observation<DockerService>) -> ImagePath? {
        service.value?.flags(named: "config-file").last?.value.map { ImagePath($0) }
    }

    /// Reads the file that dockerd reads: the one its command line names, else the usual one.
    public static func observe(
        in root: RootFilesystem, docker: Observation<Docker>, service: Observation<DockerService>
    ) -> Observation<DaemonConfiguration> {
        let path = namedPath(service) ?? (docker.value?.installation == .snap ? snapPath : usualPath)
        guard !path.hasPattern else {
            return .unreadable([Evidence(path)], Problem(.unsupported, at: path, "a file's name without * expected"))
        }
        return root[.contents(path)].map(read)
    }

    private static func read(_ file: File) -> DaemonConfiguration {
        let (encoding, text) = decoded(file.bytes)
        func evidence(_ offset: Int, _ reason: String) -> Evidence {
            file.evidence(line: GoValue.line(of: offset, in: text), reason)
        }
        let (bytes, blank) = withoutUnicodeBlanks(text)
        func configuration(
            _ content: Content, _ place: Evidence, trailing: Evidence? = nil, _ members: [DaemonValue.Member] = []
        ) -> DaemonConfiguration {
            DaemonConfiguration(
                path: file.path, encoding: encoding,
                invalidUTF8: firstInvalidUTF8(text).map { evidence($0, "\(name(ofByte: text[$0])) at offset \($0)") },
                content: content, contentEvidence: place,
                leadingBlank: blank.map { evidence($0, name(ofByte: text[$0])) }, trailingText: trailing,
                members: members)
        }
        do throws(FormatError) {
            guard let value = try GoValue.decodeFirst(bytes) else {
                return configuration(.blank, file.evidence("\(file.size) bytes, nothing but blanks"))
            }
            let trailing = trailingText(bytes).map { evidence($0.offset ?? 0, $0.reason) }
            guard let members = DaemonValue(value, below: []).members else {
                return configuration(
                    .otherValue, file.evidence(line: value.line, value.kindName), trailing: trailing)
            }
            guard members.reduce(0, { $0 + 1 + ($1.value.members?.count ?? 0) }) <= memberLimit else {
                return configuration(.beyondLimit, file.evidence("at most \(memberLimit) keys expected"))
            }
            return configuration(.object, file.evidence(line: value.line, "{"), trailing: trailing, members)
        } catch {
            let content = error.code == .limitExceeded ? Content.beyondLimit : .malformed
            return configuration(content, evidence(error.offset ?? 0, error.reason))
        }
    }

    /// The text with the blanks that Go's bytes.TrimSpace takes off at both ends and JSON knows as none replaced or
    /// taken off, and where the first of those in front stands.
    private static func withoutUnicodeBlanks(_ text: [UInt8]) -> (text: [UInt8], firstInFront: Int?) {
        func isJSONBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
        guard let first = text.first(where: { !isJSONBlank($0) }), let last = text.last(where: { !isJSONBlank($0) }),
            first >= 0x80 || first < 0x20 || last >= 0x80 || last < 0x20
        else { return (text, nil) }
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
        let front = scalars.prefix { $0.properties.isWhitespace }.reduce(0) { $0 + UTF8.width($1) }
        var back = 0
        for scalar in scalars.reversed() {
            guard scalar.properties.isWhitespace else { break }
            back += UTF8.width(scalar)
        }
        guard front + back <= text.count else { return (text.map { isJSONBlank($0) ? $0 : 0x20 }, nil) }
        var result = Array(text.dropLast(back))
        let odd = (0..<front).first { !isJSONBlank(text[$0]) }
        for index in 0..<front where !isJSONBlank(text[index]) { result[index] = 0x20 }
        return (result, odd)
    }

    private static func name(ofByte byte: UInt8) -> String { "byte 0x\(String(byte, radix: 16, uppercase: true))" }

    private static func trailingText(_ bytes: [UInt8]) -> FormatError? {
        do throws(FormatError) {
            _ = try GoValue.unmarshal(bytes)
            return nil
        } catch {
            return error
        }
    }

    /// The text without its byte order mark, as UTF-8; of UTF-16 what Docker's own decoder makes of it.
    private static func decoded(_ bytes: [UInt8]) -> (Encoding, [UInt8]) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8WithByteOrderMark, Array(bytes.dropFirst(3))) }
        let isLittleEndian = bytes.starts(with: [0xFF, 0xFE])
        guard isLittleEndian || bytes.starts(with: [0xFE, 0xFF]) else { return (.utf8, bytes) }
        let units = stride(from: 2, to: bytes.count - 1, by: 2).map { at in
            let (first, second) = (UInt16(bytes[at]), UInt16(bytes[at + 1]))
            return isLittleEndian ? second << 8 | first : first << 8 | second
        }
        // Of a last byte without its second one Docker's decoder makes U+FFFD.
        let rest = bytes.count.isMultiple(of: 2) ? "" : "\u{FFFD}"
        return (.utf16, Array((String(decoding: units, as: UTF16.self) + rest).utf8))
    }

    private static func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
        var decoder = UTF8.ForwardParser()
        var input = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.parseScalar(from: &input) {
            case .valid(let encoded): offset += encoded.count
            case .error: return offset
            case .emptyInput: return nil
            }
        }
    }
}
