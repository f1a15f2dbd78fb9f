/// One unit of systemd's: what its file and its drop-ins say together.

package import ImageReading

/// A unit with its drop-ins laid over it (systemd.unit(5)).
package struct Unit: Hashable, Sendable {
    /// `ecs.service`; the real name where it was asked for by an alias.
    package let name: String
    /// The unit file that counts, the one in /etc before the one in /usr/lib.
    package let path: ImagePath
    /// In the order in which they take effect.
    package let directives: [Directive]
    /// The line of its file with which systemd gives it up; nil where it reads all of it.
    var error: UnitFile.Failure?

    /// Lists of units, which systemd never empties again: an empty `Wants=` changes nothing.
    private static let dependencies: Set<String> = [
        "Wants", "Requires", "RequiresOverridable", "Requisite", "BindsTo", "BindTo", "PartOf", "Upholds", "Conflicts",
        "Before", "After", "OnFailure", "OnSuccess", "PropagatesReloadTo", "JoinsNamespaceOf",
    ]

    /// The values of a list setting that are in force: an empty assignment takes away what stood before it, except
    /// from lists of units, of which systemd takes nothing away.
    package func values(_ section: String, _ key: String) -> [Directive] {
        var values: [Directive] = []
        for directive in directives where directive.section == section && directive.key == key {
            if !directive.value.isEmpty {
                values.append(directive)
            } else if !Self.dependencies.contains(key) {
                values = []
            }
        }
        return values
    }

    /// The last assignment of a plain setting whose value `isValid`: what is not, systemd passes over with a warning.
    func value(_ section: String, _ key: String, where isValid: (String) -> Bool) -> Directive? {
        directives.last { $0.section == section && $0.key == key && isValid($0.value) }
    }

    /// The assignment of a plain setting that is in force, the last one; nil where there is none or where the last
    /// one is empty.
    package func value(_ section: String, _ key: String) -> Directive? {
        let last = directives.last { $0.section == section && $0.key == key }
        return last.flatMap { $0.value.isEmpty ? nil : $0 }
    }
}

/// One unit pulled in by another, and what says so.
package struct Pull: Sendable {
    /// The unit that is pulled in.
    package let unit: String
    /// The line or the link.
    package let evidence: [Evidence]
    /// Whether the unit that pulls it in does not start without it (Requires=, BindsTo=), rather than only wants it.
    let isRequired: Bool

    /// A unit that something not named here pulls in.
    package init(unit: String, evidence: [Evidence], isRequired: Bool = false) {
        self.unit = unit
        self.evidence = evidence
        self.isRequired = isRequired
    }
}

extension Unit {
    /// Settings that pull units in at start (systemd.unit(5)), and whether the unit does not start without them;
    /// Requisite= and PartOf= pull nothing in.
    private static let pullingKeys: [String: Bool] = [
        "Wants": false, "Upholds": false, "Requires": true, "RequiresOverridable": true, "BindsTo": true,
        "BindTo": true,
    ]

    /// What the unit's own words pull in.
    var pulls: [Pull] {
        var pulls: [Pull] = []
        for directive in directives {
            let isRequired: Bool
            switch directive.section {
            case "Unit":
                guard let required = Self.pullingKeys[directive.key] else { continue }
                isRequired = required
            case "Service" where directive.key == "Sockets": isRequired = false
            default: continue
            }
            let evidence = [directive.evidence]
            pulls += unitNames(directive).map { Pull(unit: $0, evidence: evidence, isRequired: isRequired) }
        }
        return pulls
    }

    /// The units that a directive of this unit names, specifiers expanded; what is no unit's name is passed over, a
    /// quoted one too (systemd 252 takes no quotes off here).
    func unitNames(_ directive: Directive) -> [String] {
        guard let own = UnitName(name) else { return [] }
        return Self.literalNames(in: directive, of: own).map { $0.filled(by: own).text }
    }

    /// The same without an instance for templates, as [Install] takes them.
    static func literalNames(in directive: Directive, of own: UnitName) -> [UnitName] {
        directive.value.split(whereSeparator: \.isWhitespace).compactMap { word in
            own.expandingSpecifiers(word).flatMap { UnitName($0) }
        }
    }
}
