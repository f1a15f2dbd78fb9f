/// What the rules on the agent's start have in common: which jobs count, and when the question does not arise.

import ImageFacts
import ImageReading

extension Facts {
    /// The verdict on the jobs that run the agent.
    ///
    /// Not applicable without an agent, which ecs-agent fails for; without any job it is `nothing`.
    func verdictOnAgentJobs(nothing: ([Evidence], String) -> Verdict, _ judge: ([AgentJob]) -> Verdict) -> Verdict {
        agent.verdict(absent: .noAgent) { _, evidence in
            agentJobs.verdict(absent: nothing(evidence, agentJobs.searchedPlaces)) { jobs, _ in judge(jobs) }
        }
    }

    /// Not applicable, since agent-at-boot fails for an agent that nothing runs.
    static func nothingRunsTheAgent(_ evidence: [Evidence], _: String) -> Verdict {
        .notApplicable("nothing on the image runs the agent (see agent-at-boot)", evidence)
    }
}

extension [AgentJob] {
    /// The jobs that start at boot; all of them where none does.
    var startingOrAll: [AgentJob] {
        let starting = filter { if case .started = $0.start { true } else { false } }
        return starting.isEmpty ? self : starting
    }
}

extension [Verdict] {
    /// The verdict that counts where one of several is enough: a pass, else what is open, else a failure.
    var best: Verdict? {
        first { $0.kind == .pass } ?? first { $0.kind == .undetermined } ?? first
    }

    /// The verdict where several agents start and it is open which of them stays: what is said of all, else undetermined.
    var ofAll: Verdict? {
        guard let worst else { return nil }
        guard worst.kind == .fail, let other = first(where: { $0.kind != .fail }) else { return worst }
        return .undetermined(
            "several jobs run an agent, and it is open which of them stays: \(worst.message); \(other.message)",
            worst.evidence + other.evidence, remedy: worst.remedy)
    }

    /// The verdict that counts where all of several have to hold.
    var worst: Verdict? {
        first { $0.kind == .fail } ?? first { $0.kind == .undetermined } ?? first
    }
}

extension AgentJob {
    /// `ecs.service`, `the upstart job ecs`: how messages call it.
    var label: String {
        switch manager {
        case .systemd: name
        case .upstart: "the upstart job \(name)"
        case .sysV: "the init script \(name)"
        case .rcLocal: "rc.local"
        case .cloudInit: "cloud-init's \(name)"
        case .cron: "cron's @reboot"
        case .docker: "the container \(name) in Docker's storage"
        }
    }
}
