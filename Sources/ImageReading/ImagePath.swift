/// Absolute paths inside an image, in one spelling.

import FileSystems

/// An absolute path inside the image; never a path of this machine, and nothing here opens one.
///
/// `./etc//x`, `/etc/x` and `etc/x` are the same path. `..` and `.` are taken out by spelling alone and `..` stops at
/// the root; where a link may stand before a `..`, `RootFilesystem` walks the components itself instead. Bytes of a
/// name that are not UTF-8 are spelled `\xNN`.
public struct ImagePath: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The path, beginning with `/`, without a `/` at its end unless it is the root.
    public let text: String

    /// The root of the image.
    public static let root: ImagePath = "/"

    /// Takes any spelling of a path; there is none that is refused.
    public init(_ spelling: some StringProtocol) {
        let spelling = String(spelling)
        guard !Self.isCanonical(spelling.utf8.span) else {
            text = spelling
            return
        }
        var kept: [Substring] = []
        for component in pathComponents(spelling[...]) {
            switch component {
            case ".": continue
            case "..": _ = kept.popLast()
            default: kept.append(component)
            }
        }
        text = "/" + kept.joined(separator: "/")
    }

    /// Whether nothing has to be changed: a slash before every name, none of them empty, `.` or `..`.
    private static func isCanonical(_ path: Span<UInt8>) -> Bool {
        guard path.count > 1, path[0] == UInt8(ascii: "/") else { return false }
        var length = 0
        var dots = 0
        for index in 1...path.count {
            if index == path.count || path[index] == UInt8(ascii: "/") {
                if length == 0 || length == dots && dots <= 2 { return false }
                length = 0
                dots = 0
            } else {
                length += 1
                if path[index] == UInt8(ascii: ".") { dots += 1 }
            }
        }
        return true
    }

    /// A path written into the program; any spelling.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// A path from components that hold no `/`, none of them `.` or `..`.
    init(components: some Sequence<Substring>) {
        var text = ""
        text.reserveCapacity(64)
        for component in components {
            text += "/"
            text.append(contentsOf: component)
        }
        self.text = text.isEmpty ? "/" : text
    }

    /// The path of one name in this directory; `name` holds no `/` and is neither `.` nor `..`.
    func child(_ name: Substring) -> ImagePath {
        var path = ""
        path.reserveCapacity(text.utf8.count + 1 + name.utf8.count)
        if text.utf8.count > 1 { path += text }
        path += "/"
        path.append(contentsOf: name)
        return ImagePath(canonical: path)
    }

    private init(canonical: String) {
        text = canonical
    }

    /// The names along the path, none for the root.
    public var components: [Substring] { pathComponents(text[...]) }

    /// The last name; empty for the root.
    public var name: String { String(text[text.utf8.index(after: lastSlash)...]) }

    /// The directory this path stands in; the root's own is the root.
    public var parent: ImagePath {
        let parent = text[..<lastSlash]
        return parent.isEmpty ? .root : ImagePath(canonical: String(parent))
    }

    private var lastSlash: String.Index {
        let bytes = text.utf8.span
        var last = bytes.count - 1
        while last > 0, bytes[last] != UInt8(ascii: "/") { last -= 1 }
        return text.utf8.index(text.startIndex, offsetBy: last)
    }

    /// Whether any component holds a `*`.
    public var hasPattern: Bool { text.utf8.contains(UInt8(ascii: "*")) }

    /// The path of `spelling` below this one.
    public func appending(_ spelling: String) -> ImagePath { ImagePath(text + "/" + spelling) }

    /// The same of a part of a text.
    public func appending(_ spelling: Substring) -> ImagePath { appending(String(spelling)) }

    /// Whether `directory` is this path or one of its parents.
    public func isWithin(_ directory: ImagePath) -> Bool {
        guard directory != .root else { return true }
        let rest = text.utf8.dropFirst(directory.text.utf8.count).first
        return (rest == nil || rest == UInt8(ascii: "/")) && text.utf8.starts(with: directory.text.utf8)
    }

    /// The path's text.
    public var description: String { text }

    /// Byte by byte: a system tells names apart that Unicode holds to be equal.
    public static func == (a: ImagePath, b: ImagePath) -> Bool { hasSameBytes(a.text, b.text) }

    /// By the bytes of the text.
    public func hash(into hasher: inout Hasher) { hashBytes(of: text, into: &hasher) }

    /// By the bytes of the text.
    public static func < (a: ImagePath, b: ImagePath) -> Bool { precedes(a.text, b.text) }
}

extension ImagePath: Codable {
    /// A path from any spelling in a single string.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// The text as a single string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// The parts of `path` between slashes that are not empty. Slashes are bytes: one before a combining character is no
/// `Character` "/" of its own.
func pathComponents(_ path: Substring) -> [Substring] {
    let bytes = path.utf8.span
    var components: [Substring] = []
    // More than most paths have, in place of growing several times.
    components.reserveCapacity(8)
    var start = 0
    for end in 0...bytes.count where end == bytes.count || bytes[end] == UInt8(ascii: "/") {
        if end > start {
            let first = path.utf8.index(path.startIndex, offsetBy: start)
            let next = path.utf8.index(first, offsetBy: end - start)
            components.append(Substring(path.utf8[first..<next]))
        }
        start = end + 1
    }
    return components
}
