/// Where rpm's database lies in an image, which of several counts, and what it holds.

import ByteParsing
import ImageReading
import PackageDatabases

/// rpm's database in an image.
enum RPMDatabaseReading {
    /// In bytes; the largest databases seen have 300 MB.
    static let databaseLimit = 1 << 30

    /// rpm's built-in default, Fedora's and SUSE's, rpm-ostree's.
    private static let usualDirectories: [ImagePath] = ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"]

    static let wants: [Want] = usualDirectories.flatMap { directory in
        RPMDatabaseFormat.allCases.map { .contents(directory.appending($0.fileName), upTo: databaseLimit) }
            + [.contents(directory.appending(RPMDatabaseFormat.sqlite.fileName + "-wal"), upTo: databaseLimit)]
    }

    static func observe(in root: RootFilesystem) -> PackageDatabaseReading {
        var reading = PackageDatabaseReading(searched: usualDirectories)
        for directory in usualDirectories {
            for format in RPMDatabaseFormat.allCases {
                let want = Want.contents(directory.appending(format.fileName), upTo: databaseLimit)
                let answer = root[want]
                guard !answer.isAbsent else { continue }
                let packages = answer.parsed { file throws(FormatError) in try format.packages(file.bytes) }
                reading.databases.append(
                    PackageDatabase(
                        manager: .rpm,
                        format: PackageDatabaseFormat(format),
                        path: want.path,
                        realPath: answer.realPath,
                        packageCount: packages.value?.count,
                        problem: packages.problem
                    )
                )
                reading.records += (packages.value ?? []).map {
                    .init(package: $0, evidence: Evidence(want.path, realPath: answer.realPath, $0.label))
                }
            }
        }
        return reading
    }
}

extension PackageDatabaseFormat {
    init(_ format: RPMDatabaseFormat) {
        switch format {
        case .berkeleyDB: self = .berkeleyDB
        case .ndb: self = .ndb
        case .sqlite: self = .sqlite
        }
    }
}
