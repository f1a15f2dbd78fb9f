/// What a fact asks of an image before it is opened, and the handle by which the answer is read.

/// A request for names, whole contents or beginnings of files, by a path that may hold patterns.
///
/// `*` matches any run of characters within one component; a last component `**` matches everything below, at any
/// depth. A leading dot is nothing special.
public struct Want: Hashable, Sendable {
    /// How much of what matches is asked for.
    public enum Extent: Hashable, Sendable {
        /// That it is there, its kind, and a link's target; the last component's link is not followed.
        case names
        /// Its whole content, links followed; a file of more bytes than this is answered as unreadable.
        case contents(upTo: Int)
        /// Its first bytes, links followed; a shorter file is answered with all it has.
        case head(bytes: Int)
    }

    /// The path or pattern asked for.
    public let path: ImagePath
    /// How much of it is asked for.
    public let extent: Extent

    /// Asks what stands at `path`: kinds and link targets, no contents.
    public static func names(_ path: ImagePath) -> Want { Want(path: path, extent: .names) }

    /// Asks for the whole content of files of at most `upTo` bytes.
    public static func contents(_ path: ImagePath, upTo: Int = Want.configurationFileLimit) -> Want {
        Want(path: path, extent: .contents(upTo: upTo))
    }

    /// Asks for the first `bytes` bytes.
    public static func head(_ path: ImagePath, bytes: Int) -> Want { Want(path: path, extent: .head(bytes: bytes)) }

    /// The size in bytes beyond which a configuration file is taken for something else.
    public static let configurationFileLimit = 1 << 20

    /// What of a matching file's content has to be kept.
    var kept: KeptContent {
        switch extent {
        case .names: .nothing
        case .contents(let limit): KeptContent(whole: limit)
        case .head(let bytes): KeptContent(head: bytes)
        }
    }

    /// Whether a link in the last place is followed.
    var followsLastLink: Bool { extent != .names }
}

/// Whether `name` matches `pattern`, in which `*` stands for any run of characters.
package func matches(_ name: String, pattern: [UInt8]) -> Bool {
    let name = name.utf8.span
    // Most names end otherwise.
    if let last = pattern.last, last != UInt8(ascii: "*"), name.isEmpty || name[name.count - 1] != last { return false }
    var n = 0
    var p = 0
    var star: (pattern: Int, name: Int)?
    while n < name.count {
        if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
            star = (p, n)
            p += 1
        } else if p < pattern.count, pattern[p] == name[n] {
            n += 1
            p += 1
        } else if let last = star {
            p = last.pattern + 1
            n = last.name + 1
            star = (last.pattern, n)
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}
