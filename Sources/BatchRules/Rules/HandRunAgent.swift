/// hand-run-agent: an agent run by hand gets what ecs-init would give it.

import ImageFacts
import ImageReading

extension Rule {
    static let handRunAgent = Rule(
        id: "hand-run-agent",
        level: .recommended,
        or: .required,
        title: "an agent run by hand gets what ecs-init would give it",
        group: .host,
        question:
            "Does the command that runs the agent give it the host's network, Docker's socket, its state and roles?",
        reason: """
            ecs-init gives the agent's container what the agent needs; a command written by hand may lack it. Without \
            Docker's socket the agent ends at once. Without the host's network it reaches neither the metadata service of \
            an instance with a hop limit of 1 nor serves tasks their roles; without its state on the host it registers \
            anew at every start; without task roles jobs that have one are never placed.
            """,
        consequence: "the agent lacks what it needs to register or to run jobs, which stay in RUNNABLE",
        decidedBy: """
            The options of the command, compose file or container that runs the agent's image: a mount that brings \
            /var/run/docker.sock (or what DOCKER_HOST names), --net=host, a mount at ECS_DATADIR (/data unless it is set), \
            ECS_ENABLE_TASK_IAM_ROLE and ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST. The socket is required, and so is \
            --userns=host beside --net=host where dockerd has userns-remap, since Docker refuses the container else. A \
            word: ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE, the mounts of /etc/ecs and /sys/fs/cgroup, \
            net.ipv4.conf.all.route_localnet and the two rules for 169.254.170.2, which something has to set on the host. \
            An agent whose options are not all known passes.
            """,
        remedy: "run the agent as the reference has it, or install amazon-ecs-init, which does",
        reference: "https://github.com/aws/amazon-ecs-agent#on-other-linux-amis"
    ) { facts, _ in
        if facts.agentEnvironment.value?.isFromECSInit == true {
            return .notApplicable("ecs-init runs the agent")
        }
        return facts.verdictOnAgentJobs(nothing: Facts.nothingRunsTheAgent) { jobs in
            let verdicts = jobs.startingOrAll.map { facts.optionsVerdict(on: $0) }
            return verdicts.first { $0.level == .required } ?? verdicts.worst
                ?? .notApplicable("the jobs of the agent are not known")
        }
    }
}

extension Facts {
    fileprivate func optionsVerdict(on job: AgentJob) -> Verdict {
        guard case .dockerRun(let run) = job.command else {
            return .notApplicable("\(job.label) does not plainly run the agent's container")
        }
        guard !run.options.isOpen, run.problem == nil else {
            return .pass("\(job.label) runs the agent with options that are not all known", job.evidence)
        }
        if let verdict = missingSocket(job, run) ?? refusedNetwork(job, run) { return verdict.counting(as: .required) }
        let missing = run.missing
        guard missing.isEmpty else {
            return .fail(
                """
                \(job.label) runs the agent without what ecs-init gives it: \
                \(missing.map { "\($0.option) (\($0.consequence))" }.joined(separator: ", "))
                """, job.evidence,
                remedy: [.sentence("add \(missing.map(\.option).joined(separator: ", ")) to what runs the agent")])
        }
        let routing = localRouting.isAbsent ? ["nothing was found that sets net.ipv4.conf.all.route_localnet to 1"] : []
        let words = (run.words + routing).map { "; \($0)" }.joined()
        return .pass(
            "\(job.label) gives the agent the host's network, Docker's socket, its state and roles\(words)",
            job.evidence)
    }

    private func missingSocket(_ job: AgentJob, _ run: AgentJob.DockerRun) -> Verdict? {
        let host = run.value(of: AgentKey.dockerHost)
        guard let path = host.isEmpty ? DaemonAddresses.usual : AgentJob.unixPath(host) else { return nil }
        let spellings = [path, path.hasPrefix("/var/run/") ? String(path.dropFirst(4)) : "/var" + path]
        guard spellings.allSatisfy({ run.options.source(of: $0) == nil }) else { return nil }
        return .fail(
            """
            \(job.label) runs the agent without a mount of \(path): it finds no Docker in its container and ends at once
            """, job.evidence,
            remedy: [.sentence("add --volume=/var/run/docker.sock:\(path) to what runs the agent")])
    }

    /// moby's daemon_unix.go (verifyPlatformContainerSettings) refuses a container that shares the host's network where
    /// users are mapped.
    private func refusedNetwork(_ job: AgentJob, _ run: AgentJob.DockerRun) -> Verdict? {
        guard run.options.network == "host", run.options.userNamespace != "host" else { return nil }
        let settings = DaemonSettings(
            file: daemonConfiguration.value, service: dockerService.value, version: docker.value?.version)
        guard let remap = settings.text("userns-remap") else { return nil }
        return .fail(
            """
            \(remap.evidence.prefix)dockerd maps users (userns-remap \(remap.text)) and refuses a container with \
            --net=host but without --userns=host, as \(job.label) runs the agent
            """, [remap.evidence] + job.evidence,
            remedy: [.sentence("add --userns=host to what runs the agent")])
    }
}

extension AgentJob.DockerRun {
    /// What a variable is set to last; empty where it is not.
    fileprivate func value(of key: String) -> String { environment.last { $0.key == key }?.value ?? "" }

    /// Whether a variable is on, or may be.
    private func isOn(_ key: String) -> Bool {
        guard let setting = environment.last(where: { $0.key == key }) else { return false }
        return setting.problem != nil || setting.isOn
    }

    /// What is lacking, and what comes of it.
    fileprivate var missing: [(option: String, consequence: String)] {
        let directory = value(of: AgentKey.dataDirectory).isEmpty ? "/data" : value(of: AgentKey.dataDirectory)
        let target = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        return [
            (
                options.network == "host", "--net=host",
                "the metadata service answers no container behind a bridge with a hop limit of 1, and tasks get no credentials"
            ),
            (
                options.source(of: target) != nil, "--volume=/var/lib/ecs/data:\(target)",
                "the agent registers anew at every start"
            ),
            (
                isOn(AgentKey.taskRoles), "--env=\(AgentKey.taskRoles)=true", "jobs with a role are never placed"
            ),
            (
                isOn(AgentKey.taskRolesOnHostNetwork), "--env=\(AgentKey.taskRolesOnHostNetwork)=true",
                "jobs on the host's network with a role are never placed"
            ),
        ].filter { !$0.0 }.map { ($0.1, $0.2) }
    }

    /// What AWS's own command lacks too, or what nothing in the command shows.
    fileprivate var words: [String] {
        let mounts = ["/etc/ecs", "/sys/fs/cgroup"].filter { options.source(of: $0) == nil }
        return [
            isOn(AgentKey.executionRoles)
                ? nil : "\(AgentKey.executionRoles) is not set: jobs with an execution role are never placed",
            mounts.isEmpty ? nil : "\(mounts.joined(separator: " and ")) not mounted",
        ].compactMap(\.self)
    }
}
