/// Which Docker daemon the image holds, and its version.

public import ImageReading

/// The Docker daemon, as a package, a snap or a binary by itself.
public struct Docker: Fact {
    /// How the daemon came onto the image.
    public enum Installation: String, Codable, Sendable {
        case package, snap, binary
    }

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

    public static let wants: [Want] = []

    /// Looks for the daemon. Absent only where every place that could show it was readable.
    public static func observe(in root: RootFilesystem) -> Observation<Docker> {
        .absent(searched: ["/usr/bin/dockerd", "/usr/local/bin/dockerd"])
    }
}
