/// Where rpm's database lies in an image, which of several counts, and what it holds.

import ByteParsing
import ImageReading
import PackageDatabases

/// rpm's database in an image.
///
/// rpm reads one directory, `%_dbpath`, and in it the file of its configured backend, `%_db_backend`; where that is
/// not there, the first of SQLite, NDB and Berkeley DB (rpm 4.18 lib/rpmdb.c). The same is read here. What else lies
/// about is named in the remarks and not read: it would be what was installed at another time.
struct RPMDatabaseReading {
    /// In bytes; the largest databases seen have 300 MB.
    static let databaseLimit = 1 << 30

    /// rpm's built-in default, Fedora's and SUSE's, rpm-ostree's.
    private static let usualDirectories: [ImagePath] = ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"]

    static let wants: [Want] = usualDirectories.flatMap(databaseWants) + RPMMacros.wants

    static func observe(in root: RootFilesystem) -> PackageDatabaseReading {
        var reading = RPMDatabaseReading(root)
        reading.read()
        return reading.result
    }

    private let root: RootFilesystem
    private let macros: RPMMacros
    private let configuredDirectory: ImagePath?
    private let configuredFormat: RPMDatabaseFormat?
    private var result = PackageDatabaseReading()

    private init(_ root: RootFilesystem) {
        self.root = root
        macros = RPMMacros(in: root)
        let path = macros.expansion(of: "_dbpath")?.text
        configuredDirectory = path.flatMap { $0.hasPrefix("/") ? ImagePath($0) : nil }
        configuredFormat = macros.backend
    }

    private static func file(_ format: RPMDatabaseFormat, in directory: ImagePath) -> Want {
        .contents(directory.appending(format.fileName), upTo: databaseLimit)
    }

    private static func writeAheadLog(of database: ImagePath) -> Want {
        .contents(ImagePath(database.text + "-wal"), upTo: databaseLimit)
    }

    private static func rollbackJournal(of database: ImagePath) -> Want {
        .head(ImagePath(database.text + "-journal"), bytes: 8)
    }

    private static func databaseWants(_ directory: ImagePath) -> [Want] {
        let database = directory.appending(RPMDatabaseFormat.sqlite.fileName)
        return RPMDatabaseFormat.allCases.map { file($0, in: directory) }
            + [writeAheadLog(of: database), rollbackJournal(of: database)]
    }
}

extension RPMDatabaseReading {
    /// A database file and where it leads; two directories may be one.
    private struct Found {
        let format: RPMDatabaseFormat
        let directory: ImagePath
        let answer: Observation<File>
        /// What SQLite looks for beside its file.
        private(set) var log: Observation<File>?
        private(set) var journal: Observation<File>?

        /// Asks for the file of a format and for what belongs to it, before it is known to be read: what an archive is
        /// read again for, it has to know at once.
        init(_ format: RPMDatabaseFormat, in directory: ImagePath, of root: RootFilesystem) {
            self.format = format
            self.directory = directory
            answer = root[RPMDatabaseReading.file(format, in: directory)]
            guard format == .sqlite, !answer.isAbsent else { return }
            // Beside the file itself, wherever a link to it stands.
            let database = answer.problem?.path ?? realPath
            log = root[RPMDatabaseReading.writeAheadLog(of: database)]
            journal = root[RPMDatabaseReading.rollbackJournal(of: database)]
        }

        var path: ImagePath { directory.appending(format.fileName) }
        var realPath: ImagePath { answer.evidence.first?.realPath ?? path }

        /// The problem of a rollback journal: what it would undo stands in the database.
        var unfinishedTransaction: Problem? {
            // A finished transaction leaves none, an empty one, or one that begins with zeros.
            guard let file = journal?.value, file.bytes.starts(with: [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])
            else { return journal?.problem }
            return Problem(
                .unsupported, at: file.path,
                "a rollback journal of a transaction that was not finished; open the database once with rpm or sqlite3")
        }
    }

    private mutating func read() {
        var directories = Self.usualDirectories
        if let configuredDirectory {
            directories.removeAll { $0 == configuredDirectory }
            directories.insert(configuredDirectory, at: 0)
        }
        result.searched = directories
        var all: [Found] = []
        for directory in directories {
            for format in RPMDatabaseFormat.preferred(configuredFormat) {
                let found = Found(format, in: directory, of: root)
                guard !found.answer.isAbsent, !all.contains(where: { $0.realPath == found.realPath }) else { continue }
                all.append(found)
            }
        }
        guard let chosen = all.first else { return }
        let others = all.dropFirst().map(\.path)
        let content = content(of: chosen).withoutStandIn(others)
        result.databases.append(
            PackageDatabase(
                manager: .rpm, format: PackageDatabaseFormat(chosen.format), path: chosen.path,
                realPath: chosen.answer.realPath, packageCount: content.value?.packages.count,
                problem: content.problem))
        let place = Evidence(chosen.path, realPath: chosen.answer.realPath)
        result.records = (content.value?.packages ?? []).map { PackageRecord(package: $0, place: place) }
        if let torn = content.value?.torn {
            result.remarks.append(
                "\(Self.writeAheadLog(of: chosen.realPath).path): \(torn); the transaction was not finished and is left "
                    + "out, as SQLite itself does")
        }
        remark(on: chosen, others: others)
    }

    private typealias Content = (packages: [Package], torn: FormatError?)

    /// What the database holds; SQLite's with its write-ahead log, without which the newest transactions are missing.
    private func content(of found: Found) -> Observation<Content> {
        if let problem = found.unfinishedTransaction ?? found.log?.problem {
            return .unreadable(found.answer.evidence, problem)
        }
        return found.answer.parsed { file throws(FormatError) in
            try found.format.packages(file.bytes, writeAheadLog: found.log?.value?.bytes)
        }
    }

    private mutating func remark(on chosen: Found, others: [ImagePath]) {
        if let (text, evidence) = macros.expansion(of: "_dbpath") {
            let line = evidence.line.map { ":\($0)" } ?? ""
            if text == nil {
                result.remarks.append(
                    "\(evidence.path)\(line): what `\(evidence.text)` gives is known only to rpm itself; the usual places are read"
                )
            } else if let configuredDirectory, chosen.directory != configuredDirectory {
                result.remarks.append(
                    "\(evidence.path)\(line): rpm is configured for \(configuredDirectory), where no database is; "
                        + "\(chosen.path) is read")
            }
        }
        guard !others.isEmpty else { return }
        let reason =
            configuredFormat == chosen.format
            ? "rpm is configured for it" : "rpm takes the first of rpmdb.sqlite, Packages.db, Packages"
        let names = others.map(\.text).joined(separator: ", ")
        result.remarks.append("\(chosen.path) is read, not \(names): \(reason)")
        for problem in macros.problems {
            result.remarks.append("\(problem): which database rpm is configured for may stand there")
        }
    }
}

extension Observation {
    /// The same answer; where it is a problem, with a word on `others` that might be thought to answer instead.
    fileprivate func withoutStandIn(_ others: [ImagePath]) -> Observation {
        guard case .unreadable(let evidence, let problem) = self, !others.isEmpty else { return self }
        let names = others.map(\.text).joined(separator: ", ")
        let reason = "\(problem.reason); \(names) cannot stand in for it, rpm reads only the one"
        return .unreadable(evidence, Problem(problem.code, at: problem.path, offset: problem.offset, reason))
    }
}

extension RPMMacros {
    /// The configured backend. An rpm without the setting is 4.15 or older, which had Berkeley DB alone; without any
    /// macros nothing is known.
    fileprivate var backend: RPMDatabaseFormat? {
        guard let (text, _) = expansion(of: "_db_backend") else { return hasBuiltIn ? .berkeleyDB : nil }
        switch text {
        case "sqlite": return .sqlite
        case "ndb": return .ndb
        case "bdb", "bdb_ro": return .berkeleyDB
        default: return nil
        }
    }
}

extension RPMDatabaseFormat {
    /// The order in which rpm looks for its file.
    fileprivate static func preferred(_ configured: RPMDatabaseFormat?) -> [RPMDatabaseFormat] {
        let order: [RPMDatabaseFormat] = [.sqlite, .ndb, .berkeleyDB]
        guard let configured else { return order }
        return [configured] + order.filter { $0 != configured }
    }
}

extension PackageDatabaseFormat {
    fileprivate init(_ format: RPMDatabaseFormat) {
        switch format {
        case .berkeleyDB: self = .berkeleyDB
        case .ndb: self = .ndb
        case .sqlite: self = .sqlite
        }
    }
}
