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

    /// The packages that the database of this format in `bytes` records, in the order of the database, public keys
    /// (`gpg-pubkey`) left out.
    ///
    /// `writeAheadLog` is the content of SQLite's `-wal` file, where there is one. Throws for any damage found: there
    /// is no shorter list.
    public func packages(_ bytes: [UInt8], writeAheadLog: [UInt8]? = nil) throws(FormatError) -> [Package] {
        throw FormatError(.unsupported, "rpm databases are not read by this version")
    }
}
