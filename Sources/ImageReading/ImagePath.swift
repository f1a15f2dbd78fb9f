/// Absolute paths inside an image, in one spelling.

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
        var kept: [Substring] = []
        for component in Substring(spelling).split(separator: "/") {
            switch component {
            case ".": continue
            case "..": _ = kept.popLast()
            default: kept.append(component)
            }
        }
        text = "/" + kept.joined(separator: "/")
    }

    /// A path written into the program; any spelling.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// A path from components that hold no `/`, none of them `.` or `..`.
    init(components: some Sequence<some StringProtocol>) {
        text = "/" + components.joined(separator: "/")
    }

    /// The path of one name in this directory; `name` holds no `/` and is neither `.` nor `..`.
    func child(_ name: some StringProtocol) -> ImagePath {
        ImagePath(canonical: self == .root ? "/" + name : text + "/" + name)
    }

    private init(canonical: String) {
        text = canonical
    }

    /// The names along the path, none for the root.
    public var components: [Substring] { text.split(separator: "/") }

    /// The last name; empty for the root.
    public var name: String { components.last.map(String.init) ?? "" }

    /// The directory this path stands in; the root's own is the root.
    public var parent: ImagePath { ImagePath(components: components.dropLast()) }

    /// Whether any component holds a `*`.
    public var hasPattern: Bool { text.utf8.contains(UInt8(ascii: "*")) }

    /// The path of `spelling` below this one.
    public func appending(_ spelling: some StringProtocol) -> ImagePath {
        ImagePath(text + "/" + spelling)
    }

    /// Whether `directory` is this path or one of its parents.
    public func isWithin(_ directory: ImagePath) -> Bool {
        directory == .root || self == directory || text.hasPrefix(directory.text + "/")
    }

    /// The path's text.
    public var description: String { text }

    /// By the characters of the text.
    public static func < (a: ImagePath, b: ImagePath) -> Bool { a.text < b.text }
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
