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
    /// `writeAheadLog` is the content of SQLite's `-wal` file, where there is one. Throws for any damage that is
    /// found: there is no shorter list.
    public func packages(_ bytes: [UInt8], writeAheadLog: [UInt8]? = nil) throws(FormatError) -> [Package] {
        var packages: [Package] = []
        try forEachHeader(bytes, writeAheadLog: writeAheadLog) { header, blob throws(FormatError) in
            if let package = try header.package(in: blob) { packages.append(package) }
        }
        return packages
    }

    /// Where the last transaction of SQLite's `-wal` file is torn, so that SQLite and `packages` leave it out; nil where
    /// none is.
    public static func tornTransaction(ofWriteAheadLog log: [UInt8]) throws(FormatError) -> FormatError? {
        try SQLiteWriteAheadLog(log).torn
    }

    /// Calls `body` with each header and the bytes it is in, public keys among them.
    func forEachHeader(
        _ bytes: [UInt8], writeAheadLog: [UInt8]?,
        _ body: (RPMHeader, Span<UInt8>) throws(FormatError) -> Void
    ) throws(FormatError) {
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
                try body(try RPMHeader(value, at: offset), value)
            }
        case .ndb:
            try NDB.forEachHeader(in: bytes.span) { blob, offset throws(FormatError) in
                try body(try RPMHeader(blob, at: offset), blob)
            }
        case .sqlite:
            let file = try SQLiteFile(bytes, writeAheadLog: writeAheadLog)
            try SQLiteDatabase.forEachHeader(in: file) { blob, _ throws(FormatError) in
                let header = try RPMHeader(blob, at: nil)
                try body(header, blob)
                return try header.text(.name, in: blob) ?? ""
            }
        }
    }
}
