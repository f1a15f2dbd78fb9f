/// One installed package, whichever manager installed it: what every question about packages is answered with.

/// The programs whose databases are read.
public enum PackageManager: String, Codable, Sendable, Hashable {
    case rpm
    case dpkg
}

/// An installed package as its database records it.
public struct Package: Hashable, Sendable {
    /// What installed it.
    public let manager: PackageManager
    /// Its name, without version and architecture.
    public let name: String
    /// The number before the colon of a version; nil where there is none, which orders as 0.
    public let epoch: Int?
    /// The upstream version, without epoch and release.
    public let version: String
    /// rpm's release, or dpkg's revision (what follows the last `-`); nil where there is none.
    public let release: String?
    /// `x86_64`, `noarch`, `amd64`, `all`, ...; nil where the database does not say.
    public let architecture: String?
    /// What it was built from: rpm's SOURCERPM (a file name), or dpkg's Source field as written; nil where there is
    /// none, which for dpkg means a source of the package's own name.
    public let source: String?
    /// rpm's VENDOR; nil for dpkg.
    public let vendor: String?

    /// A package by its properties.
    public init(
        manager: PackageManager,
        name: String,
        epoch: Int? = nil,
        version: String,
        release: String? = nil,
        architecture: String? = nil,
        source: String? = nil,
        vendor: String? = nil
    ) {
        self.manager = manager
        self.name = name
        self.epoch = epoch
        self.version = version
        self.release = release
        self.architecture = architecture
        self.source = source
        self.vendor = vendor
    }

    /// A package whose version is written in one text, `[epoch:]version[-release]`.
    public init(
        manager: PackageManager,
        name: String,
        fullVersion: String,
        architecture: String? = nil,
        source: String? = nil,
        vendor: String? = nil
    ) {
        let parts = PackageVersion(fullVersion)
        self.init(
            manager: manager,
            name: name,
            epoch: parts.epoch,
            version: parts.version,
            release: parts.release,
            architecture: architecture,
            source: source,
            vendor: vendor
        )
    }

    /// `[epoch:]version[-release]`, as `5:27.3.1-1~ubuntu.22.04~jammy` or `25.0.16-1.amzn2023.0.4`.
    public var fullVersion: String { packageVersion.description }

    /// What its manager's order compares.
    public var packageVersion: PackageVersion {
        PackageVersion(epoch: epoch, version: version, release: release)
    }
}

extension Package: Comparable {
    /// By name, then architecture, then version in the manager's own order: a stable order for lists, with several
    /// versions of one package (kernels) oldest first.
    public static func < (a: Package, b: Package) -> Bool {
        if a.name != b.name { return a.name < b.name }
        if a.manager != b.manager { return a.manager.rawValue < b.manager.rawValue }
        if a.architecture != b.architecture { return (a.architecture ?? "") < (b.architecture ?? "") }
        return a.packageVersion.order(against: b.packageVersion, by: a.manager) == .older
    }
}

extension Package: Codable {
    private enum Key: String, CodingKey {
        case manager, name, epoch, version, release, architecture, source, vendor
    }

    /// A package from its encoding; a key that is missing is read as null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            manager: try container.decode(PackageManager.self, forKey: .manager),
            name: try container.decode(String.self, forKey: .name),
            epoch: try container.decodeIfPresent(Int.self, forKey: .epoch),
            version: try container.decode(String.self, forKey: .version),
            release: try container.decodeIfPresent(String.self, forKey: .release),
            architecture: try container.decodeIfPresent(String.self, forKey: .architecture),
            source: try container.decodeIfPresent(String.self, forKey: .source),
            vendor: try container.decodeIfPresent(String.self, forKey: .vendor)
        )
    }

    /// Every key is written, null where there is nothing, so that readers of reports need not ask whether it is there.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(manager, forKey: .manager)
        try container.encode(name, forKey: .name)
        try container.encode(epoch, forKey: .epoch)
        try container.encode(version, forKey: .version)
        try container.encode(release, forKey: .release)
        try container.encode(architecture, forKey: .architecture)
        try container.encode(source, forKey: .source)
        try container.encode(vendor, forKey: .vendor)
    }
}
