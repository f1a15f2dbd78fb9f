/// Which packages are installed, from every package database that the image holds.

public import ImageReading
public import PackageDatabases

/// The formats in which package databases lie in images.
public enum PackageDatabaseFormat: String, Codable, Sendable, Hashable {
    case berkeleyDB
    case ndb
    case sqlite
    /// `/var/lib/dpkg/status`.
    case status
    /// One file for each package in `/var/lib/dpkg/status.d`, as images without dpkg itself have it.
    case statusDirectory
}

/// One package database that was found.
public struct PackageDatabase: Hashable, Sendable, Codable {
    /// Whose database it is.
    public let manager: PackageManager
    /// In which format it is stored.
    public let format: PackageDatabaseFormat
    /// Where it was looked for.
    public let path: ImagePath
    /// Where it stood, links followed; nil where that is the same.
    public let realPath: ImagePath?
    /// How many packages it records as installed; nil where it could not be read.
    public let packageCount: Int?
    /// Why it could not be read; nil where it could.
    public let problem: Problem?
}

/// The packages of an image, and the databases that record them.
///
/// A package found in any readable database is there; it is absent only if every database found could be read.
public struct InstalledPackages: Fact {
    /// Every database found that its package manager would read, sorted by path.
    public let databases: [PackageDatabase]
    /// What is to be said of them: several formats side by side and which one counts, packages half installed.
    public let remarks: [String]
    /// The places looked at, found or not.
    public let searched: [ImagePath]
    /// All installed packages, sorted by name; empty in a value that was decoded.
    public var packages: [Package] { records.map(\.package) }

    /// A package and where it was read.
    struct Record: Hashable, Sendable {
        let package: Package
        let evidence: Evidence
    }

    /// Sorted by package; not encoded.
    let records: [Record]
    /// Whether the records were dropped, because this was decoded from a report that does not hold them.
    private let isComplete: Bool

    init(databases: [PackageDatabase], remarks: [String], searched: [ImagePath], records: [Record]) {
        self.databases = databases.sorted { $0.path < $1.path }
        self.remarks = remarks
        self.searched = searched
        // By number and name: a record is many words, and each counts its users when it is moved.
        let names = records.map(\.package.name)
        let order = records.indices.sorted { a, b in
            names[a] == names[b] ? records[a].package < records[b].package : names[a] < names[b]
        }
        self.records = order.map { records[$0] }
        isComplete = true
    }
}

extension InstalledPackages {
    /// The databases in all usual places and formats, and the macros that say where and in which rpm keeps its own.
    public static let wants: [Want] = DpkgDatabaseReading.wants + RPMDatabaseReading.wants

    /// Reads the databases that the image's package managers would read.
    public static func observe(in root: RootFilesystem) -> InstalledPackages {
        let readings = [DpkgDatabaseReading.observe(in: root), RPMDatabaseReading.observe(in: root)]
        return InstalledPackages(
            databases: readings.flatMap(\.databases),
            remarks: readings.flatMap(\.remarks),
            searched: readings.flatMap(\.searched),
            records: readings.flatMap(\.records)
        )
    }
}

extension InstalledPackages {
    /// The newest installed package that has one of `names`; an earlier name is preferred to a later one.
    ///
    /// Present with the database as evidence. Absent only where every database that was found could be read; the
    /// places searched stand in the answer, also where there is no database at all.
    public func package(named names: String...) -> Observation<Package> {
        for name in names {
            if let newest = records.last(where: { $0.package.name == name }) {
                return .present(newest.package, [newest.evidence])
            }
        }
        return absence()
    }

    /// Every installed package whose name begins with `prefix`, by name, several versions of one name oldest first.
    public func packages(withPrefix prefix: String) -> Observation<[Package]> {
        packages { $0.name.hasPrefix(prefix) }
    }

    /// Every installed package that `condition` holds for, by name, several versions of one name oldest first.
    ///
    /// A list that another, unreadable database could add to is present all the same: what was found stands.
    public func packages(where condition: (Package) -> Bool) -> Observation<[Package]> {
        let found = records.filter { condition($0.package) }
        return found.isEmpty ? absence() : .present(found.map(\.package), found.map(\.evidence))
    }

    /// The answer about a package that no readable database records.
    private func absence<T>() -> Observation<T> {
        if !isComplete, let database = databases.first {
            let problem = Problem(.notReadAgain, at: database.path, "its packages are not part of this report")
            return .unreadable([Evidence(database.path)], problem)
        }
        let damaged = databases.compactMap { database in
            database.problem.map { (Evidence(database.path, realPath: database.realPath), $0) }
        }
        guard let first = damaged.first else { return .absent(searched: searched) }
        return .unreadable(damaged.map(\.0), first.1)
    }
}

extension InstalledPackages {
    private enum Key: String, CodingKey { case databases, remarks, searched }

    /// A value without packages: what it is asked for and does not know is unreadable.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        databases = try container.decode([PackageDatabase].self, forKey: .databases)
        remarks = try container.decode([String].self, forKey: .remarks)
        searched = try container.decode([ImagePath].self, forKey: .searched)
        records = []
        isComplete = false
    }

    /// The databases without the packages, which are many; reports that list them take `packages`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(databases, forKey: .databases)
        try container.encode(remarks, forKey: .remarks)
        try container.encode(searched, forKey: .searched)
    }
}

/// What the databases of one manager in one image hold, as far as they could be read.
struct PackageDatabaseReading {
    var databases: [PackageDatabase] = []
    var records: [InstalledPackages.Record] = []
    var remarks: [String] = []
    /// The places looked at.
    var searched: [ImagePath] = []
}

extension Package {
    /// `docker 25.0.16-1.amzn2023.0.4`, as evidence shows it.
    var label: String { "\(name) \(fullVersion)" }
}

extension Observation {
    /// Where the first evidence stood, links followed; nil where that is the same as its path.
    var realPath: ImagePath? { evidence.first?.realPath }
}
