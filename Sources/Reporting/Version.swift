/// The version of the program and of its report format.

/// What this program calls itself in reports.
public enum Version {
    /// The version of the program, by semantic versioning.
    public static let amilint = "0.2.0"
    /// The version of the JSON report: raised when a key is taken away or changes its meaning, not when one is added.
    public static let format = 1
}
