/// An rpm database in any of the formats rpm has stored it in: bytes in, packages out.

public import ByteParsing

/// The formats rpm has stored its database in.
public enum RPMDatabaseFormat: String, Codable, Sendable, Hashable, CaseIterable {
    /// A Berkeley DB hash, file `Packages`: rpm up to 4.15 on Amazon Linux 1 and 2, RHEL up to 8.
    case berkeleyDB
    /// rpm's own format, file `Packages.db`: SUSE.
    case ndb
    /// File `rpmdb.sqlite`, beside it perhaps `rpmdb.sqlite-wal`: Amazon Linux 2023, Fedora, RHEL 9.
    case sqlite

    /// The name of the file that holds the headers.
    public var fileName: String {
        switch self {
        case .berkeleyDB: "Packages"
        case .ndb: "Packages.db"
        case .sqlite: "rpmdb.sqlite"
        }
    }

    /// The packages that the database of this format in `bytes` records, in the order of the database; public keys
    /// (`gpg-pubkey`) are left out.
    ///
    /// `writeAheadLog` is the content of SQLite's `-wal` file, where there is one; `torn` says where its last transaction
    /// is torn, which SQLite leaves out, and so do the packages. Throws for any damage that is found: there is no shorter
    /// list.
    public func packages(
        _ bytes: [UInt8], writeAheadLog: [UInt8]? = nil
    ) throws(FormatError) -> (packages: [Package], torn: FormatError?) {
        var packages: [Package] = []
        var torn: FormatError?
        /// Takes the package of a header that begins at `offset` of the file, and gives its name.
        func take(_ header: Span<UInt8>, at offset: Int?) throws(FormatError) -> String {
            let package = try RPMHeader(header, at: offset).package(in: header)
            if package.name != "gpg-pubkey" { packages.append(package) }
            return package.name
        }
        switch self {
        case .berkeleyDB:
            try BerkeleyDBHash.forEachRecord(in: bytes) { key, value, offset throws(FormatError) in
                guard key.count == 4 else {
                    throw FormatError(.malformed, "a header number of 4 bytes expected, \(key.count) found", at: offset)
                }
                // Number 0 is no header: it holds the highest number in use.
                guard key.littleEndian(at: 0) != 0 else {
                    guard value.count == 4 else {
                        throw FormatError(
                            .malformed, "header number 0: a number of 4 bytes expected, \(value.count) found",
                            at: offset)
                    }
                    return
                }
                _ = try take(value, at: offset)
            }
        case .ndb:
            try NDB.forEachHeader(in: bytes.span) { header, offset throws(FormatError) in
                _ = try take(header, at: offset)
            }
        case .sqlite:
            let file = try SQLiteFile(bytes, writeAheadLog: writeAheadLog)
            torn = file.torn
            try SQLiteDatabase.forEachHeader(in: file) { header, _ throws(FormatError) in try take(header, at: nil) }
        }
        return (packages, torn)
    }
}
