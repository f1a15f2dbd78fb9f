/// Which distribution the image is.

public import ImageReading

/// What os-release, or an older file in its place, says.
public struct Distribution: Fact {
    /// `amzn`, `debian`, `ubuntu`, `rhel`, ... (os-release ID; `linux` where it has none).
    public let id: String
    /// os-release ID_LIKE, split at blanks.
    public let like: [String]
    /// os-release VERSION_ID; nil where there is none.
    public let version: String?
    /// os-release PRETTY_NAME, else NAME and VERSION.
    public let prettyName: String
    /// os-release SUPPORT_END as written, YYYY-MM-DD; nil where there is none.
    public let supportEnd: String?

    public static let wants: [Want] = []

    /// Reads it.
    public static func observe(in root: RootFilesystem) -> Observation<Distribution> {
        .absent(searched: ["/etc/os-release"])
    }
}

/// What shows that an image is Windows.
public struct Windows: Fact {
    public static let wants: [Want] = []

    /// Present where `Windows/System32`, `bootmgr` or the like stands in the root.
    public static func observe(in root: RootFilesystem) -> Observation<Windows> { .absent(searched: []) }
}
