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

    /// The kinds of JSON values.
    public enum Kind: String, Codable, Sendable {
        case null, boolean, number, string, array, object
    }

    /// One member of the object, or of an object inside it.
    public struct Setting: Codable, Hashable, Sendable {
        /// The key, as it is written.
        public let name: String
        /// The key of the object it stands in; nil at the top.
        public let section: String?
        /// What its value is.
        public let kind: Kind
        /// The kinds of the elements or members of its value, each once.
        public let elementKinds: [Kind]
        /// A number or boolean as it is written; a string only of keys whose value a rule needs.
        public let value: String?
        /// The line that the key stands on.
        public let evidence: Evidence
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
    /// What stands behind the first value; nil where nothing does.
    public let trailingText: Evidence?
    /// The object's members in their order, those of an object inside it directly behind that object.
    public let settings: [Setting]
}

extension DaemonConfiguration {
    private static let usualPath: ImagePath = "/etc/docker/daemon.json"
    private static let snapPath: ImagePath = "/var/snap/docker/current/config/daemon.json"
    /// Strings that are kept: none of them can hold a credential.
    private static let shownValues: Set<String> = [
        "api-cors-header", "default-runtime", "log-level", "min-api-version", "storage-driver",
    ]

    /// More keys than this are no configuration that anybody wrote.
    private static let settingLimit = 1000

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
        let (encoding, bytes) = decoded(file.bytes)
        func evidence(_ offset: Int, _ text: String) -> Evidence {
            file.evidence(line: GoValue.line(of: offset, in: bytes), text)
        }
        func configuration(
            _ content: Content, _ place: Evidence, trailing: Evidence? = nil, _ settings: [Setting] = []
        ) -> DaemonConfiguration {
            let invalid = firstInvalidUTF8(bytes).map { offset in
                evidence(offset, "byte 0x\(String(bytes[offset], radix: 16, uppercase: true)) at offset \(offset)")
            }
            return DaemonConfiguration(
                path: file.path, encoding: encoding, invalidUTF8: invalid, content: content, contentEvidence: place,
                trailingText: trailing, settings: settings
            )
        }
        do throws(FormatError) {
            guard let value = try GoValue.decodeFirst(bytes) else {
                return configuration(.blank, file.evidence("\(file.size) bytes, nothing but blanks"))
            }
            let trailing = trailingText(bytes).map { evidence($0.offset ?? 0, $0.reason) }
            guard let members = value.members else {
                return configuration(
                    .otherValue, file.evidence(line: value.line, value.kindName), trailing: trailing)
            }
            let settings = members.flatMap { member in
                [setting(member, nil, file)] + (member.value.members ?? []).map { setting($0, member.name, file) }
            }
            guard settings.count <= settingLimit else {
                return configuration(.beyondLimit, file.evidence("at most \(settingLimit) keys expected"))
            }
            return configuration(.object, file.evidence(line: value.line, "{"), trailing: trailing, settings)
        } catch {
            let content = error.code == .limitExceeded ? Content.beyondLimit : .malformed
            return configuration(content, evidence(error.offset ?? 0, error.reason))
        }
    }

    private static func trailingText(_ bytes: [UInt8]) -> FormatError? {
        do throws(FormatError) {
            _ = try GoValue.unmarshal(bytes)
            return nil
        } catch {
            return error
        }
    }

    private static func setting(_ member: GoValue.Member, _ section: String?, _ file: File) -> Setting {
        let value = member.value
        let parts = value.elements ?? value.members?.map(\.value) ?? []
        var elementKinds: [Kind] = []
        for part in parts.map({ Kind($0.kind) }) where !elementKinds.contains(part) { elementKinds.append(part) }
        let text: String? =
            switch value.kind {
            case .bool(let value): String(value)
            case .number(let text): text
            case .string(let text) where shownValues.contains(member.name): text
            default: nil
            }
        let shown = text.map { value.string == nil ? $0 : "\"\($0)\"" } ?? value.kindName
        return Setting(
            name: member.name, section: section, kind: Kind(value.kind), elementKinds: elementKinds, value: text,
            evidence: file.evidence(line: member.line, "\"\(member.name)\": \(shown)")
        )
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
        return (.utf16, Array(String(decoding: units, as: UTF16.self).utf8))
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

extension DaemonConfiguration.Kind {
    fileprivate init(_ kind: GoValue.Kind) {
        self =
            switch kind {
            case .null: .null
            case .bool: .boolean
            case .number: .number
            case .string: .string
            case .array: .array
            case .object: .object
            }
    }
}
