/// Which units the boot pulls in: from default.target along Wants=, Requires= and the directories of links.

import ImageReading

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
    private(set) var units: [String: Observation<Unit>]
    /// What could not be read on the way: what that would have pulled in is not known.
    private(set) var unknown: Unknown?

    /// More units than any boot has: beyond it names are being generated (a template that wants itself).
    static let unitLimit = 20_000
    /// More dependencies than any boot has.
    static let pullLimit = 500_000

    /// Follows what the units of `first` pull in; `added` are links made at boot, by generators or presets, `aliases`
    /// names that presets give to units, and `read` units that are read already.
    init(
        from first: [Pull], in files: UnitFiles, added: [String: [Pull]] = [:], aliases: [String: Pull] = [:],
        read: [String: Observation<Unit>] = [:]
    ) {
        units = read
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
            let found = dependencies(of: name, files) + files.pulls(of: name, among: added)
            pulls[name] = found
            for pull in found {
                count += 1
                guard queue.count < Self.unitLimit, count < Self.pullLimit else {
                    let place = pull.evidence.first?.path ?? "/etc/systemd/system"
                    unknown = Unknown(
                        pull.evidence,
                        Problem(.malformed, at: place, "at most \(Self.unitLimit) units expected, more are pulled in"))
                    return
                }
                if reasons[pull.unit] != nil { continue }
                var (target, links) = files.directories.follow(pull.unit)
                if !files.isStartable(target), let alias = aliases[target] {
                    links += alias.evidence
                    target = files.directories.follow(alias.unit).name
                }
                guard reasons[target] == nil, files.isStartable(target) else { continue }
                reasons[target] = Reason(by: name, evidence: pull.evidence + links)
                queue.append(target)
            }
        }
    }

    /// What one unit pulls in by its own words and by its directories of links.
    private mutating func dependencies(of name: String, _ files: UnitFiles) -> [Pull] {
        var pulls: [Pull] = []
        let unit = units[name] ?? files.unit(name)
        units[name] = unit
        switch unit {
        case .absent: break
        case .unreadable(let evidence, let problem): unknown = unknown ?? Unknown(evidence, problem)
        case .present(let unit, _): pulls = unit.pulls
        }
        for directories in files.directories.companions(of: name, suffixes: files.systemd.linkSuffixes) {
            let links = files.links(of: name, in: directories)
            pulls += links.pulls
            unknown = unknown ?? links.unknown
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

extension SystemdVersion {
    /// Whether links below `NAME.upholds` count, from 254 on (unit_load_dropin in core/load-dropin.c); a version that
    /// is not known is taken for a new one.
    var hasUpholds: Bool { isAtLeast(254) != false }

    fileprivate var linkSuffixes: [String] {
        hasUpholds ? UnitDirectories.linkSuffixes : Self.suffixesBeforeUpholds
    }

    private static let suffixesBeforeUpholds = UnitDirectories.linkSuffixes.filter { $0 != ".upholds" }
}
