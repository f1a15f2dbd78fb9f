/// Which start jobs that the host needs systemd may delete before the boot begins: ordering cycles and conflicts.

public import ImageReading
import Startup

/// What ordering cycles and conflicts of start jobs may cost the host.
public struct DeletedJobs: Codable, Hashable, Sendable {
    /// How often the host is left without what it needs.
    public enum Reach: String, Codable, Sendable {
        /// Whichever job systemd deletes, the agent or a stage of cloud-init does not start.
        case always
        /// Which job it is differs from boot to boot, and with some of them they do not.
        case sometimes
        /// Docker alone is left out, and started later: by its socket, or by the agent's next attempt.
        case dockerLater
    }

    /// One job that waits for another, and what says so.
    public struct Wait: Codable, Hashable, Sendable {
        /// The job that waits.
        public let unit: String
        /// The job that it waits for.
        public let after: String
        /// The line or the link that says so.
        public let evidence: [Evidence]
    }

    /// A unit that starts and has another one stopped.
    public struct Conflict: Codable, Hashable, Sendable {
        /// The unit that says Conflicts=.
        public let unit: String
        /// The line.
        public let evidence: Evidence
    }

    /// How often the host is left without what it needs.
    public let reach: Reach
    /// The jobs that the host needs and may be left without, sorted.
    public let needed: [String]
    /// Whether user data itself may never run.
    public var concernsUserData: Bool { needed.contains(where: CloudInit.stages.contains) }

    /// The cycle, the line at fault first; empty where a conflict alone is at fault.
    public let cycle: [Wait]
    /// What is said of Conflicts=; empty where a cycle is at fault.
    public let conflicts: [Conflict]
}

extension DeletedJobs {
    /// What the boot may lose of what the agent needs; nil where it loses nothing. `agent` is the agent's unit where
    /// one runs it.
    static func observe(of transaction: StartTransaction, agent: Unit?, in startup: ImageStartup) -> DeletedJobs? {
        guard !transaction.outcomes.isEmpty || transaction.isUnbreakable || !transaction.isComplete else { return nil }
        let needs = HostNeeds(agent: agent, boot: startup.boot)
        var losses: [(deleted: Set<String>, loss: HostNeeds.Loss?)] = transaction.outcomes.map {
            ($0, needs.loss(without: $0))
        }
        // What could not be followed to its end may be any job of a cycle.
        let all = Set(transaction.edges.map(\.unit))
        if transaction.isUnbreakable || !transaction.isComplete { losses.append((all, needs.loss(without: all))) }
        let harmful = losses.filter { $0.loss != nil }
        guard !harmful.isEmpty else { return nil }
        let isFatal = harmful.contains { $0.loss == .host }
        let isAlways = transaction.isComplete && losses.allSatisfy { $0.loss == .host }
        let deleted = harmful.filter { !isFatal || $0.loss == .host }
            .reduce(into: Set<String>()) { $0.formUnion($1.deleted) }
        let cycle = transaction.cycle(through: deleted)
        let conflicts = transaction.conflicts.filter { deleted.contains($0.deleted) }
        return DeletedJobs(
            reach: isAlways ? .always : isFatal ? .sometimes : .dockerLater,
            needed: harmful.filter { !isFatal || $0.loss == .host }
                .reduce(into: Set<String>()) { $0.formUnion(needs.missed(in: $1.deleted)) }.sorted(),
            cycle: cycle.map { Wait(unit: $0.unit, after: $0.after, evidence: $0.evidence) },
            conflicts: cycle.isEmpty ? conflicts.map { Conflict(unit: $0.unit, evidence: $0.evidence) } : [])
    }
}

/// The jobs that a host cannot do without, and which of them come back.
private struct HostNeeds {
    enum Loss {
        /// The host takes no jobs.
        case host
        /// Docker comes later.
        case docker
    }

    private let agent: Unit?
    private let stages: Set<String>
    private let boot: Boot

    private static let docker: Set<String> = ["docker.service", "docker.socket", "containerd.service"]

    init(agent: Unit?, boot: Boot) {
        self.agent = agent
        self.boot = boot
        stages = Set(CloudInit.stages).intersection(boot.startedNames)
    }

    /// Of some jobs those that the host misses: the agent or stages of cloud-init, where it is neither Docker.
    func missed(in deleted: Set<String>) -> Set<String> {
        let own = stages.union(agent.map { [$0.name] } ?? []).intersection(deleted)
        return own.isEmpty ? Self.docker.intersection(deleted) : own
    }

    func loss(without deleted: Set<String>) -> Loss? {
        if let agent, deleted.contains(agent.name) { return .host }
        if !stages.isDisjoint(with: deleted) { return .host }
        guard !Self.docker.isDisjoint(with: deleted) else { return nil }
        // dockerd that finds no containerd ends, and is started again together with it.
        guard deleted.contains("docker.service") || deleted.contains("docker.socket") else { return .docker }
        return isBroughtBack(without: deleted) ? .docker : .host
    }

    /// Whether docker.service, without its start job, is started later: by the first call of its socket, or by the
    /// agent's unit, which wants it and is started again after it failed.
    private func isBroughtBack(without deleted: Set<String>) -> Bool {
        let hasSocket = boot.startedNames.contains("docker.socket") && !deleted.contains("docker.socket")
        guard let agent else { return hasSocket }
        let asksBefore = ["ExecStartPre", "ExecCondition"].flatMap { agent.values("Service", $0) }
            .contains { $0.value.contains("is-active") }
        if hasSocket, !asksBefore { return true }
        let restarts = agent.value("Service", "Restart").map { ["always", "on-failure"].contains($0.value) } ?? false
        return restarts && boot.pullsIn("docker.service", from: agent.name)
    }
}
