/// Which units the boot pulls in: from default.target along Wants=, Requires= and the directories of links.

import ImageReading

/// One unit pulled in by another, and what says so.
struct Pull: Sendable {
    let unit: String
    let evidence: [Evidence]
}

/// The start jobs of a boot, as systemd's transaction would hold them.
struct BootClosure: Sendable {
    /// Why a unit is started.
    struct Reason: Sendable {
        /// The unit that pulls it in; nil for what the boot begins with.
        let by: String?
        let evidence: [Evidence]
    }

    /// Units that start, by name.
    private(set) var reasons: [String: Reason] = [:]
    /// What each of them pulls in.
    private(set) var pulls: [String: [Pull]] = [:]
    /// Every unit that was read on the way.
    private(set) var loaded: [String: Observation<Unit>] = [:]
    /// What could not be read on the way: what that would have pulled in is not known.
    private(set) var problem: (evidence: [Evidence], problem: Problem)?

    /// More units than any boot has: beyond it names are being generated (a template that wants itself).
    static let unitLimit = 20_000
    /// More dependencies than any boot has.
    static let pullLimit = 500_000

    /// Nothing starts.
    init() {}

    /// Follows what the units of `first` pull in; `added` are links made at boot, by generators or presets, and `aliases` names
    /// that presets give to units.
    init(from first: [Pull], in units: Units, added: [String: [Pull]], aliases: [String: Pull] = [:]) {
        var queue: [String] = []
        var next = 0
        var count = 0
        for pull in first where reasons[pull.unit] == nil {
            reasons[pull.unit] = Reason(by: nil, evidence: pull.evidence)
            queue.append(pull.unit)
        }
        while next < queue.count {
            let name = queue[next]
            next += 1
            let found = dependencies(of: name, units) + units.added(added, to: name)
            pulls[name] = found
            for pull in found {
                count += 1
                guard queue.count < Self.unitLimit, count < Self.pullLimit else {
                    let place = pull.evidence.first?.path ?? "/etc/systemd/system"
                    problem = (
                        pull.evidence,
                        Problem(.malformed, at: place, "at most \(Self.unitLimit) units expected, more are pulled in")
                    )
                    return
                }
                var (target, links) = units.directories.follow(pull.unit)
                if !units.isStartable(target), let alias = aliases[target] {
                    links += alias.evidence
                    target = units.directories.follow(alias.unit).name
                }
                guard reasons[target] == nil, units.isStartable(target) else { continue }
                reasons[target] = Reason(by: name, evidence: pull.evidence + links)
                queue.append(target)
            }
        }
    }

    /// What one unit pulls in by its own words and by its directories of links.
    private mutating func dependencies(of name: String, _ units: Units) -> [Pull] {
        var pulls: [Pull] = []
        let unit = units.unit(name)
        loaded[name] = unit
        switch unit {
        case .absent: break
        case .unreadable(let evidence, let problem): self.problem = self.problem ?? (evidence, problem)
        case .present(let unit, _): pulls = unit.pulls
        }
        for directories in units.directories.companions(of: name, suffixes: UnitDirectories.linkSuffixes) {
            switch units.links(of: name, in: directories) {
            case .absent: break
            case .unreadable(let evidence, let problem): self.problem = self.problem ?? (evidence, problem)
            case .present(let more, _): pulls += more
            }
        }
        return pulls
    }

    /// From a unit back to what the boot begins with, nearest first; each link of the chain once.
    func chain(to name: String) -> [Evidence] {
        var evidence: [Evidence] = []
        var at: String? = name
        while let name = at, let reason = reasons[name] {
            for place in reason.evidence where !evidence.contains(place) { evidence.append(place) }
            at = reason.by
        }
        return evidence
    }
}

extension Unit {
    /// Settings that pull units in at start (systemd.unit(5)); Requisite= and PartOf= do not.
    private static let pullingKeys: Set<String> = [
        "Wants", "Requires", "RequiresOverridable", "BindsTo", "BindTo", "Upholds",
    ]

    /// What the unit's own words pull in.
    var pulls: [Pull] {
        var pulls: [Pull] = []
        for directive in directives {
            let isPulling =
                directive.section == "Unit" && Self.pullingKeys.contains(directive.key)
                || directive.section == "Service" && directive.key == "Sockets"
            guard isPulling else { continue }
            let evidence = [directive.evidence]
            pulls += unitNames(directive).map { Pull(unit: $0, evidence: evidence) }
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

extension Units {
    /// What the directories `NAME.wants` or the like of a unit pull in: links, whose own names count.
    func links(of name: String, in directories: [ImagePath]) -> Observation<[Pull]> {
        var seen: Set<String> = []
        var pulls: [Pull] = []
        guard let own = UnitName(name) else { return .absent(searched: []) }
        for directory in directories {
            switch root.names(.names(directory.appending("*"))) {
            case .absent: continue
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .present(let entries, _):
                // A file of the same name hides the link below it too, though only links count.
                for entry in entries where seen.insert(entry.path.name).inserted {
                    guard case .link(let target) = entry.kind, let linked = UnitName(entry.path.name),
                        !leadsToNothing(entry.path)
                    else { continue }
                    let evidence = Evidence(entry.path, realPath: entry.realPath, "-> \(target)")
                    pulls.append(Pull(unit: linked.filled(by: own).text, evidence: [evidence]))
                }
            }
        }
        return .present(pulls, [])
    }

    /// Whether a link ends at /dev/null or at an empty file, by which systemd lets a link be hidden.
    func leadsToNothing(_ link: ImagePath) -> Bool {
        switch root.resolve(link) {
        case .present(let entry, _): return entry.kind == .other || entry.kind == .regular && entry.size == 0
        case .unreadable(_, let problem): return root.linkTarget(of: problem.path).value.map { ImagePath($0) } == "/dev/null"
        case .absent: return false
        }
    }

    /// The links made at boot that count for a unit, under any of its names.
    func added(_ added: [String: [Pull]], to name: String) -> [Pull] {
        guard !added.isEmpty, let own = UnitName(name) else { return [] }
        let directories = directories.names(of: name).flatMap { UnitName($0)?.namesOfDropIns ?? [] }
        return directories.flatMap { added[$0] ?? [] }.map { pull in
            Pull(unit: UnitName(pull.unit)?.filled(by: own).text ?? pull.unit, evidence: pull.evidence)
        }
    }

    /// Whether there is anything to start by a followed name: masked units and names without a file have no job.
    func isStartable(_ name: String) -> Bool {
        if masks[name] != nil { return false }
        switch directories.identity(of: name) {
        case .file: return true
        case .mask: return false
        case .alias, nil: return false
        }
    }
}
