/// With which unit systemd begins the boot, and whether that leads to the services.

public import ImageReading

/// The unit that default.target, or the kernel command line in its place, stands for.
public struct BootTarget: Codable, Hashable, Sendable {
    /// Its name, links followed; rescue.target where the one asked for cannot be started.
    public let unit: String
    /// Whether multi-user.target starts with it.
    public let startsMultiUser: Bool
    /// Whether all that starts is known.
    public let isKnown: Bool
    /// The words and links that lead to it.
    public let evidence: [Evidence]

    init(of boot: Boot) {
        unit = boot.first
        startsMultiUser = boot.startedNames.contains(boot.followed("multi-user.target"))
        isKnown = boot.isKnown
        evidence = boot.firstEvidence
    }
}
