/// What is said of a job's start: whether it starts at boot, what runs it, and what it starts after.

public import ImageReading

/// Whether a job starts at boot, and what decides it.
public enum BootStart: Hashable, Sendable, Codable {
    /// Started: by the links named, or by a preset on first boot.
    case started(evidence: [Evidence], byPresetOnFirstBoot: Bool)
    /// Not started: nothing that boots wants it.
    case notStarted(evidence: [Evidence])
    /// Not started, whatever wants it.
    case masked(evidence: [Evidence])
    /// There is no such unit.
    case noUnit(searched: [ImagePath])
    /// It cannot be told.
    case undetermined(evidence: [Evidence], problem: Problem)

    /// The preset that would enable a job which is not started, were the next boot a first boot, and what /etc/machine-id
    /// says of that; nil for others.
    public var idlePreset: (line: Evidence, machineID: Evidence)? {
        guard case .notStarted(let evidence) = self, evidence.count >= 2,
            let line = evidence.dropLast().last, line.path.isWithin(Presets.ownersDirectory), let last = evidence.last,
            last.path == "/etc/machine-id"
        else { return nil }
        return (line, last)
    }

    /// The links, masks or lines that decide it.
    public var evidence: [Evidence] {
        switch self {
        case .started(let evidence, _), .notStarted(let evidence), .masked(let evidence): evidence
        case .undetermined(let evidence, _): evidence
        case .noUnit(let searched): searched.map { Evidence($0) }
        }
    }
}

/// Whether a job starts after another one that was asked about.
public enum StartOrder: Hashable, Sendable, Codable {
    /// After it: by these lines.
    case after(evidence: [Evidence])
    /// Each waits for the other: systemd breaks such a cycle by dropping jobs.
    case cycle(evidence: [Evidence])
    /// Nothing orders it; the evidence is what was looked at.
    case notOrdered(evidence: [Evidence])
    /// A unit on the way cannot be read.
    case undetermined(evidence: [Evidence], problem: Problem)
}

/// What runs a job at boot.
public enum JobManager: String, Hashable, Sendable, Codable {
    case systemd, upstart, sysV, rcLocal, cloudInit, cron
    /// dockerd, which starts containers with a restart policy again.
    case docker
}
