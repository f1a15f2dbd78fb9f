/// The package databases of an image, and what one of them records.

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

/// What is to be said of an image's package databases without the packages, which are many.
public struct PackageDatabaseSummary: Codable, Hashable, Sendable {
    /// Every database found that its package manager would read, sorted by path.
    public let databases: [PackageDatabase]
    /// What is to be said of them: several formats side by side and which one counts, packages half installed.
    public let remarks: [String]
    /// The places looked at, found or not.
    public let searched: [ImagePath]
    /// Packages of Docker, of the agent and of cloud-init that were removed and whose configuration is left, each with its
    /// version as its text.
    public let removed: [Evidence]
}

/// An installed package and where it is recorded.
struct PackageRecord: Sendable {
    let package: Package
    /// Without a text: most packages are asked for by nobody.
    let place: Evidence

    var evidence: Evidence { Evidence(place.path, realPath: place.realPath, line: place.line, package.label) }
}

/// What the databases of one manager in one image hold, as far as they could be read.
struct PackageDatabaseReading {
    var databases: [PackageDatabase] = []
    var records: [PackageRecord] = []
    var remarks: [String] = []
    /// The places looked at.
    var searched: [ImagePath] = []
    /// Where packages that hosts need are recorded as removed.
    var removed: [Evidence] = []
}

extension Package {
    /// `docker 25.0.16-1.amzn2023.0.4`, as evidence shows it.
    var label: String { "\(name) \(fullVersion)" }
}
