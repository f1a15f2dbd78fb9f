/// Whether a file or a user that a configuration names is there when a service starts, for facts that ask of one.

package import ImageReading

/// What is known of something when a service starts.
package enum Presence: Hashable, Sendable {
    /// It is there, or is meant to be made by then.
    case there
    /// Nothing of the image makes it.
    case missing
    /// What is named here speaks of it and may make it.
    case mayBeMade(by: String)

    init(_ absence: Absence?) {
        guard let absence else {
            self = .there
            return
        }
        switch absence.doubt {
        case nil: self = .missing
        case .userData?, .version?: self = .mayBeMade(by: "user data")
        case .madeBy(let place)?: self = .mayBeMade(by: place)
        case .notLookedFor(let path)?: self = .mayBeMade(by: path.text)
        case .otherAccounts(let source)?: self = .mayBeMade(by: source)
        }
    }
}

extension ImageStartup {
    private var paths: PathsAtBoot { PathsAtBoot(startup: self, writtenByUserData: { $0.isWithin("/etc/ecs") }) }

    private func unitOrNone(_ name: String) -> Unit {
        boot.unit(name).value ?? Unit(name: name, path: "/", directives: [])
    }

    /// Whether a path is there when the unit of this name starts.
    package func presence(of path: ImagePath, before unit: String) -> Presence {
        Presence(paths.absence(of: path, for: unitOrNone(unit)))
    }

    /// Whether tmpfiles.d, or a *Directory= of a unit that starts, makes a path.
    package func isMade(_ path: ImagePath, before unit: String) -> Bool {
        paths.isMade(path, for: unitOrNone(unit))
    }

    /// Whether a user is there when services start.
    package func presence(ofUser name: String) -> Presence {
        Presence(Accounts(root: root).absence(of: name, .user))
    }
}
