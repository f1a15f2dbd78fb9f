/// Which Docker daemon the image holds, and its version.

import ByteParsing
public import ImageReading
import PackageDatabases

/// The Docker daemon, as a package, a snap or a binary by itself.
public struct Docker: Fact {
    /// How the daemon came onto the image.
    public enum Installation: String, Codable, Sendable {
        case package, snap, binary
    }

    /// How it came onto the image.
    public let installation: Installation
    /// The package or snap that holds the daemon (`docker`, `docker-ce`, `docker.io`); nil for a binary by itself.
    public let package: String?
    /// As its source writes it, epoch and revision included: `5:27.3.1-1~ubuntu.22.04~jammy`; nil where it cannot be
    /// read.
    public let versionText: String?
    /// The upstream version; nil where it cannot be read, and then `versionProblem` says why.
    public let version: ReleaseVersion?
    /// Why the version is not known; nil where it is.
    public let versionProblem: Problem?

    /// `docker-ce 5:27.3.1-1`, `the snap docker 27.2.0`, `dockerd 27.3.1`: how messages call it.
    public var label: String {
        let name =
            switch installation {
            case .package: package ?? "docker"
            case .snap: "the snap \(package ?? "docker")"
            case .binary: "dockerd"
            }
        return versionText.map { "\(name) \($0)" } ?? name
    }
}

extension Docker {
    /// What the daemon is packaged as, the most common first; of several that are installed the first one counts.
    static let packageNames = [
        "docker-ce", "docker.io", "docker", "docker-ee", "docker-engine", "moby-engine", "docker-io", "docker-stable",
        "docker-latest", "docker-engine-cs", "lxc-docker",
    ]
    private static let binaries: [ImagePath] = [
        "/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd", "/usr/local/sbin/dockerd",
    ]
    private static let snaps: [ImagePath] = ["/snap/docker", "/var/lib/snapd/snaps/docker_*.snap"]
    private static let snapDescription = Want.contents("/snap/docker/current/meta/snap.yaml")
    /// In bytes; a dockerd takes 75 to 110 MB, and what is asked for stands near its end.
    private static let binaryLimit = 160 << 20

    private static func presence(_ path: ImagePath) -> Want { .head(path, bytes: 0) }

    /// The places of binaries and snaps; packages are asked of `InstalledPackages`.
    public static let wants: [Want] = binaries.map(presence) + snaps.map { .names($0) } + [snapDescription]

    /// Looks for the daemon.
    ///
    /// A package, a binary or a snap that is found stands, whatever else cannot be read. Absent only where every place
    /// that could show it was readable.
    public static func observe(in root: RootFilesystem, packages: InstalledPackages) -> Observation<Docker> {
        let package = package(packages)
        if package.value != nil { return package }
        let others = binary(in: root).orElse(snap(in: root))
        switch (package, others) {
        case (.unreadable(let places, let problem), .present(let found, let evidence)):
            // The database that cannot be read is what would have told the version.
            return .present(found.version == nil ? Docker(found, versionProblem: problem) : found, evidence + places)
        case (_, .present), (.absent, _): return package.isAbsent ? package.orElse(others) : others
        default: return package
        }
    }
}

extension Docker {
    /// Whether a package holds the daemon. Debian kin, and EPEL 6, have an unrelated package called `docker`, an applet
    /// for system trays, versions 1.4 and 1.5.
    private static func isDaemon(_ package: Package) -> Bool {
        guard package.name != "docker" else {
            return package.manager != .dpkg && !["1.4", "1.5"].contains(package.version)
        }
        return packageNames.contains(package.name) || package.name.hasPrefix("lxc-docker-")
    }

    private static func package(_ packages: InstalledPackages) -> Observation<Docker> {
        packages.packages(where: isDaemon).map { found in
            let ranked = packageNames.compactMap { name in found.last { $0.name == name } } + found
            // `packages(where:)` never gives an empty list as present.
            let chosen = ranked.first
            let versions = Set(found.map { ReleaseVersion($0.version) })
            let labels = found.map(\.label).joined(separator: ", ")
            let version = versions.count == 1 ? versions.first ?? nil : nil
            let problem =
                versions.count > 1
                ? Problem(.undecided, at: binaries[0], "one Docker package expected, \(labels) found")
                : Problem(
                    .unsupported, at: binaries[0],
                    "a package version that begins with a number expected, \(labels) found")
            return Docker(
                installation: .package, package: chosen?.name, versionText: chosen?.fullVersion, version: version,
                versionProblem: version == nil ? problem : nil
            )
        }
    }

    private static func binary(in root: RootFilesystem) -> Observation<Docker> {
        var unreadable: Observation<Docker>?
        for path in binaries {
            switch root[presence(path)] {
            case .absent: continue
            case .unreadable(let evidence, let problem): unreadable = unreadable ?? .unreadable(evidence, problem)
            case .present(_, let evidence):
                let version = root[.contents(path, upTo: binaryLimit)].parsed { file throws(FormatError) in
                    guard let version = try GoBuildInformation(program: file.bytes).dockerVersion else {
                        throw FormatError(
                            .unsupported, "a Docker version in its build information expected, none found")
                    }
                    return version
                }
                return .present(Docker(.binary, package: nil, version: version, at: path), evidence)
            }
        }
        return unreadable ?? .absent(searched: binaries)
    }

    private static func snap(in root: RootFilesystem) -> Observation<Docker> {
        var unreadable: Observation<Docker>?
        for place in snaps {
            switch root.names(.names(place)) {
            case .absent: continue
            case .unreadable(let evidence, let problem): unreadable = unreadable ?? .unreadable(evidence, problem)
            case .present(let entries, let evidence):
                let version = root[snapDescription].parsed { file throws(FormatError) in
                    let line = try file.lines().first { $0.text.hasPrefix("version:") }
                    let value = line?.text.dropFirst("version:".count).filter { !" '\"".contains($0) }
                    guard let value, !value.isEmpty else {
                        throw FormatError(.malformed, "a line version: expected, none found")
                    }
                    return String(value)
                }
                let path = entries.first?.path ?? place
                return .present(Docker(.snap, package: "docker", version: version, at: path), evidence)
            }
        }
        return unreadable ?? .absent(searched: snaps)
    }

    private init(_ other: Docker, versionProblem: Problem) {
        installation = other.installation
        package = other.package
        versionText = other.versionText
        version = other.version
        self.versionProblem = versionProblem
    }

    private init(
        _ installation: Installation, package: String?, version: Observation<String>, at path: ImagePath
    ) {
        self.installation = installation
        self.package = package
        versionText = version.value
        self.version = version.value.flatMap { ReleaseVersion($0) }
        versionProblem =
            switch version {
            case .present(let text, _):
                self.version == nil ? Problem(.unsupported, at: path, "a version expected, \(text) found") : nil
            case .absent: Problem(.unsupported, at: path, "its version stands inside the snap, which is not read")
            case .unreadable(_, let problem): problem
            }
    }
}
