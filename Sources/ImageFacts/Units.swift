/// systemd's units as the image holds them: which exist, what they say with their drop-ins, what starts at boot.

public import ImageReading

/// One assignment of a unit file or of a drop-in.
public struct Directive: Hashable, Sendable {
    /// `Service` of `[Service]`.
    public let section: String
    public let key: String
    /// Continued lines joined; quotes and specifiers as written.
    public let value: String
    /// The file and line it stands on.
    public let evidence: Evidence
}

/// A unit with its drop-ins laid over it (systemd.unit(5)).
public struct Unit: Hashable, Sendable {
    /// `ecs.service`; the real name where it was asked for by an alias.
    public let name: String
    /// The unit file that counts, the one in /etc before the one in /usr/lib.
    public let path: ImagePath
    /// In the order in which they take effect.
    public let directives: [Directive]

    /// The values of a list setting that are in force: an empty assignment takes away what stood before it.
    public func values(_ section: String, _ key: String) -> [Directive] {
        var values: [Directive] = []
        for directive in directives where directive.section == section && directive.key == key {
            if directive.value.isEmpty { values = [] } else { values.append(directive) }
        }
        return values
    }
}

/// Whether systemd starts a unit at boot, and what decides it.
public enum BootStart: Hashable, Sendable, Codable {
    /// Started: by the links named, or by a preset on first boot.
    case started([Evidence], byPresetOnFirstBoot: Bool)
    /// Not started: nothing that boots wants it.
    case notStarted([Evidence])
    /// Not started, whatever wants it.
    case masked([Evidence])
    /// There is no such unit.
    case noUnit(searched: [ImagePath])
    /// It cannot be told.
    case undetermined([Evidence], Problem)
}

/// All units of an image.
public struct Units: Sendable {
    public static let wants: [Want] = []

    /// Reads every unit file, drop-in, link and preset of the image.
    public init(in root: RootFilesystem) {}

    /// The names of all units that have a file of their own, sorted.
    public var names: [String] { [] }

    /// The unit of a name or an alias, drop-ins included. A masked unit is absent.
    public func unit(_ name: String) -> Observation<Unit> { .absent(searched: []) }

    /// Whether the unit starts at boot.
    public func start(of name: String) -> BootStart { .noUnit(searched: []) }
}

/// One variable of a service's environment.
public struct EnvironmentSetting: Hashable, Sendable {
    public let key: String
    /// As the started program sees it, quotes taken off where systemd or the shell takes them off.
    public let value: String
    public let evidence: Evidence
}

extension Units {
    /// The environment files that units name, to be wanted before `environment` can read them.
    public func environmentFiles(of unit: Unit) -> [Want] { [] }

    /// What Environment= and EnvironmentFile= of a unit give, in order; a later setting of a key wins. Unreadable where
    /// one of the files is there and cannot be read.
    public func environment(of unit: Unit, in root: RootFilesystem) -> Observation<[EnvironmentSetting]> {
        .present([], [])
    }
}
