/// What stands in the way of a unit that the boot wants: a condition, a requirement, the account of a socket.

public import ImageReading

/// One line of a unit that keeps it, or may keep it, from starting although its start is asked for.
public struct StartHindrance: Codable, Hashable, Sendable {
    /// Which kind of line it is.
    public enum Kind: String, Codable, Sendable {
        /// A Condition…= setting: where it does not hold the unit is passed over.
        case condition
        /// An Assert…= setting: where it does not hold the unit fails.
        case assertion
        /// A unit, a mount or a device without which the unit does not start.
        case requirement
        /// A user or group that a socket is given to.
        case account
    }

    /// What it does to the instances of the image.
    public enum Weight: String, Codable, Sendable {
        /// The unit starts on no instance.
        case never
        /// Something outside the image decides: an instance's kind or devices, user data, another unit.
        case depends
        /// The unit starts all the same, and somebody may want to know.
        case word
    }

    /// The unit that it keeps from starting.
    public let unit: String
    /// Which kind of line it is.
    public let kind: Kind
    /// What it does to the instances of the image.
    public let weight: Weight
    /// The line that says so.
    public let line: Evidence
    /// What was found of what the line asks for, lower case, without the line itself.
    public let found: String
    /// Further places that show it.
    public let evidence: [Evidence]

    package init(
        of unit: String, _ kind: Kind, _ weight: Weight, _ line: Evidence, _ found: String, evidence: [Evidence] = []
    ) {
        self.unit = unit
        self.kind = kind
        self.weight = weight
        self.line = line
        self.found = found
        self.evidence = evidence
    }
}

extension ImageStartup {
    /// All that keeps a unit from starting, or may; `written` are files that user data has written by then.
    package func hindrances(to unit: Unit, afterWriting written: Set<ImagePath> = []) -> [StartHindrance] {
        conditions(of: unit, afterWriting: written) + requirements(of: unit) + accounts(of: unit)
    }
}

extension [StartHindrance] {
    /// The one that counts most: what keeps a unit from starting for certain, else what may.
    public var gravest: StartHindrance? {
        first { $0.weight == .never } ?? first { $0.weight == .depends }
    }
}
