/// Which packages are installed, from every package database that the image holds.

public import ImageReading
public import PackageDatabases

/// The packages of an image, as its databases record them: a list that stands beside the facts. Rules do not see it, and
/// what they want of a package is a fact.
///
/// A package found in any readable database is there; it is absent only if every database found could be read.
public struct InstalledPackages: Sendable {
    /// The databases without the packages: the fact.
    public let summary: PackageDatabaseSummary
    /// In the order of the databases.
    private let records: [PackageRecord]

    /// Reads the databases that the image's package managers would read.
    public static func observe(in root: RootFilesystem) -> InstalledPackages {
        let readings = [DpkgDatabaseReading.observe(in: root), RPMDatabaseReading.observe(in: root)]
        let summary = PackageDatabaseSummary(
            databases: readings.flatMap(\.databases).sorted { $0.path < $1.path },
            remarks: readings.flatMap(\.remarks),
            searched: readings.flatMap(\.searched),
            removed: readings.flatMap(\.removed))
        return InstalledPackages(summary: summary, records: readings.flatMap(\.records))
    }
}

extension PackageDatabaseSummary: Fact {
    /// The databases in all usual places and formats, and the macros that say where and in which rpm keeps its own.
    public static let wants: [Want] = DpkgDatabaseReading.wants + RPMDatabaseReading.wants
}

extension InstalledPackages {
    /// The newest installed package that has one of `names`; an earlier name is preferred to a later one.
    ///
    /// Present with the database as evidence. Absent only where every database that was found could be read; the
    /// places searched stand in the answer, also where there is no database at all.
    public func package(named names: String...) -> Observation<Package> {
        package(named: names)
    }

    /// The same of a list of names.
    func package(named names: [String]) -> Observation<Package> {
        for name in names {
            if let newest = records(where: { $0.name == name }).last {
                return .present(newest.package, [newest.evidence])
            }
        }
        return problem() ?? .absent(searched: summary.searched)
    }

    /// Every installed package whose name begins with `prefix`, by name, several versions of one name oldest first.
    public func packages(withPrefix prefix: String) -> Observation<[Package]> {
        packages { $0.name.hasPrefix(prefix) }
    }

    /// Every installed package that `condition` holds for, by name, several versions of one name oldest first.
    ///
    /// A list that another, unreadable database could add to is present all the same: what was found stands.
    public func packages(where condition: (Package) -> Bool) -> Observation<[Package]> {
        let found = records(where: condition)
        if found.isEmpty { return problem() ?? .absent(searched: summary.searched) }
        return .present(found.map(\.package), found.map(\.evidence))
    }

    /// All installed packages, by name, several versions of one name oldest first; none where there is no database.
    /// Unreadable where one database is, whatever others record.
    public var all: Observation<[Package]> {
        problem() ?? .present(known, summary.databases.map(\.evidence))
    }

    /// Those that the readable databases record, in the same order, whatever could not be read.
    public var known: [Package] { records.map(\.package).sorted() }

    private func records(where condition: (Package) -> Bool) -> [PackageRecord] {
        records.filter { condition($0.package) }.sorted { $0.package < $1.package }
    }

    /// The first of the databases' problems, with all that have one; nil where every one could be read.
    private func problem<T>() -> Observation<T>? {
        let damaged = summary.databases.filter { $0.problem != nil }
        return damaged.first?.problem.map { .unreadable(damaged.map(\.evidence), $0) }
    }
}

extension PackageDatabase {
    fileprivate var evidence: Evidence { Evidence(path, realPath: realPath) }
}
