/// The names of directories that were read: a file system on a disk looks for each name among all of its directory.

import ByteParsing
import FileSystems

/// One directory: its names and the numbers behind them.
typealias DirectoryNames = [FileName: UInt64]

/// Directories by their node, read once while they are few.
struct KnownDirectories {
    private var directories: [NodeID: DirectoryNames] = [:]
    private var names = 0

    /// How many names are kept at a time.
    private static let limit = 200_000

    /// The names of `directory`, from `read` where they are not known.
    mutating func names(
        of directory: NodeID, _ read: () throws(FormatError) -> DirectoryNames
    ) throws(FormatError) -> DirectoryNames {
        if let known = directories[directory] { return known }
        let found = try read()
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

    /// Takes a name. One that no system could look for, and one that stands there twice, is an error.
    mutating func add(_ bytes: ArraySlice<UInt8>, _ number: UInt64, at offset: Int? = nil) throws(FormatError) {
        if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { return }
        guard !bytes.isEmpty, !bytes.contains(0), !bytes.contains(UInt8(ascii: "/")) else {
            throw FormatError(
                .malformed, "a name without slashes and NUL bytes expected, '\(fileName(bytes))' found", at: offset)
        }
        guard names.count < Self.nameLimit else {
            throw FormatError(.limitExceeded, "at most \(Self.nameLimit) names in a directory expected, more found")
        }
        let name = FileName(fileName(bytes))
        guard names.updateValue(number, forKey: name) == nil else {
            throw FormatError(.malformed, "each name once expected, '\(name.text)' twice found", at: offset)
        }
    }
}
