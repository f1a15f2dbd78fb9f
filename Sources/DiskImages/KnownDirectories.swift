/// The names of directories that were read: a file system on a disk looks for each name among all of its directory.

import ByteParsing
import FileSystems

/// One directory: its names and the numbers behind them.
typealias DirectoryNames = [FileName: UInt64]

/// Directories by their node, read once while they are few.
struct KnownDirectories<Entry> {
    private var directories: [NodeID: [FileName: Entry]] = [:]
    private var names = 0
    private var bytes = 0

    /// How many names are kept at a time.
    private static var limit: Int { 200_000 }
    /// How many bytes of entries are read of one file system, those that are read again among them: beyond what any image
    /// needs, and little enough that directories with many names for each other are read to an end.
    private static var byteLimit: Int { 256 << 20 }

    /// The names of `directory`, from `read` where they are not known, with the bytes that were read for them.
    mutating func names(
        of directory: NodeID, _ read: () throws(FormatError) -> (names: [FileName: Entry], bytes: Int)
    ) throws(FormatError) -> [FileName: Entry] {
        if let known = directories[directory] { return known }
        guard bytes < Self.byteLimit else {
            throw FormatError(
                .limitExceeded,
                "at most \(Self.byteLimit >> 20) MB of directories expected to be read of one file system, more found")
        }
        let (found, count) = try read()
        bytes += count
        if names + found.count > Self.limit {
            directories = [:]
            names = 0
        }
        directories[directory] = found
        names += found.count
        return found
    }
}

/// The names of one directory while it is read.
struct DirectoryReading {
    private(set) var names: DirectoryNames = [:]

    /// How many bytes of entries one directory may have: some million names, more than software installs.
    static let byteLimit = 128 << 20
    /// How many names.
    private static let nameLimit = 1_000_000

    /// Takes a name. One that no path can hold is kept with escapes, by which no system looks for anything: the others
    /// stand. One that stands there twice is an error.
    mutating func add(_ bytes: ArraySlice<UInt8>, _ number: UInt64, at offset: Int? = nil) throws(FormatError) {
        if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { return }
        guard !bytes.isEmpty else { throw FormatError(.malformed, "a name expected, an empty one found", at: offset) }
        guard names.count < Self.nameLimit else {
            throw FormatError(.limitExceeded, "at most \(Self.nameLimit) names in a directory expected, more found")
        }
        var text = fileName(bytes)
        if bytes.contains(0) || bytes.contains(UInt8(ascii: "/")) {
            text = text.replacing("/", with: "\\x2F").replacing("\0", with: "\\x00")
        }
        let name = FileName(text)
        guard names.updateValue(number, forKey: name) == nil else {
            throw FormatError(.malformed, "each name once expected, '\(name.text)' twice found", at: offset)
        }
    }
}

/// The target of a symbolic link as its bytes are; throws where they hold what no path does (Linux fs/ext4/inode.c,
/// "invalid fast symlink length"; fs/xfs/libxfs/xfs_symlink_remote.c, xfs_symlink_shortform_verify).
func linkTarget(_ bytes: [UInt8]) throws(FormatError) -> [UInt8] {
    guard !bytes.contains(0) else {
        throw FormatError(
            .malformed, "a target without NUL bytes expected, '\(fileName(bytes.prefix { $0 != 0 }))' and more found")
    }
    return bytes
}
