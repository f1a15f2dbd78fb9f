/// docker-socket: Docker listens where the agent looks for it.

import ImageFacts
import ImageReading

extension Rule {
    static let dockerSocket = Rule(
        id: "docker-socket",
        level: .required,
        title: "Docker listens where the agent looks for it",
        group: .host,
        question: "Does dockerd listen on the socket that ecs-init and the agent ask?",
        reason: """
            ecs-init and the agent talk to Docker by /var/run/docker.sock unless DOCKER_HOST tells them another socket. \
            Where dockerd listens elsewhere they find no Docker, end, and are started again for ever: the instance never \
            registers.
            """,
        consequence: "ecs-init and the agent find no Docker, and jobs stay in RUNNABLE",
        decidedBy: """
            -H of dockerd's command line, "hosts" in daemon.json and ListenStream= of docker.socket (for -H fd://), against \
            DOCKER_HOST=unix://... that the unit of ecs-init reads and that stands in ecs.config, or by hand that of the \
            agent and the mount behind it. A further -H tcp:// does no harm.
            """,
        remedy: """
            have dockerd listen on unix:///var/run/docker.sock too, or set DOCKER_HOST=unix://... in /etc/ecs/ecs.config \
            where the unit of ecs-init reads that file
            """,
        reference: "https://github.com/aws/amazon-ecs-agent#environment-variables"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { _, _ in
            facts.agent.verdict(absent: .noAgent) { _, _ in
                facts.dockerService.verdict(absent: .notApplicable("there is no docker.service (see agent-at-boot)")) {
                    service, _ in facts.socketVerdict(DaemonAddresses(facts, service))
                }
            }
        }
    }
}

extension Facts {
    fileprivate func socketVerdict(_ addresses: DaemonAddresses) -> Verdict {
        guard !addresses.labels.isEmpty else {
            return .notApplicable(
                "dockerd takes its sockets from a docker.socket that is not there (see agent-at-boot)")
        }
        let jobs = (agentJobs.value ?? []).startingOrAll
        let verdicts = jobs.compactMap { verdict(on: $0, addresses) }
        guard let verdict = verdicts.worst else {
            return .notApplicable("nothing is known that runs the agent (see agent-at-boot)")
        }
        return verdict
    }

    /// Nil where it is not known where a job's agent looks.
    private func verdict(on job: AgentJob, _ addresses: DaemonAddresses) -> Verdict? {
        switch job.command {
        case .ecsInit:
            let told = job.unitDockerHost.flatMap { host in host.unixPath.map { ($0, host.evidence) } }
            let first = verdict("ecs-init (\(job.label))", told?.0 ?? DaemonAddresses.usual, told?.1, addresses)
            guard first.kind == .pass, told == nil else { return first }
            // The container gets /var/run as it is, and the agent looks where its own file says.
            guard let setting = agentEnvironment.value?.setting(AgentKey.dockerHost).value?.setting,
                let path = AgentJob.unixPath(setting.value ?? "")
            else { return first }
            guard path.hasPrefix("/var/run/") else {
                return .fail(
                    """
                    \(setting.evidence.prefix)the agent looks for Docker at \(path), which is not in its container: \
                    \(job.name) does not read DOCKER_HOST, so that ecs-init mounts /var/run alone
                    """, [setting.evidence] + job.evidence,
                    remedy: [
                        setting.evidence.withoutSetting,
                        .sentence(
                            "or add `EnvironmentFile=-/etc/ecs/ecs.config` to the [Service] section of \(job.name)"),
                    ])
            }
            return verdict("the agent", path, setting.evidence, addresses)
        case .dockerRun(let run):
            guard !run.options.isOpen, let host = job.dockerHost(run.environment) else { return nil }
            guard let source = run.options.source(of: host.path) else { return nil }
            return verdict("the agent of \(job.label)", source, host.evidence, addresses)
        case .program(let run):
            return job.dockerHost(run.environment).map { verdict(job.label, $0.path, $0.evidence, addresses) }
        case .unclear: return nil
        }
    }

    /// How dockerd comes to listen where it is asked: by taking away what leads elsewhere, else by one more socket.
    private func listening(at path: String, _ told: Evidence?, _ addresses: DaemonAddresses) -> [RemedyStep] {
        if let told, path != DaemonAddresses.usual, addresses.include(DaemonAddresses.usual) {
            return [told.withoutSetting]
        }
        guard let place = addresses.evidence.first else { return [] }
        let socket: RemedyText = "unix://\(path)"
        if place.path.name.hasSuffix(".socket") || place.path.parent.name.hasSuffix(".socket.d") {
            let unit =
                place.path.name.hasSuffix(".socket") ? place.path.name : String(place.path.parent.name.dropLast(2))
            let dropIn = ImagePath("/etc/systemd/system/\(unit).d/zz-agent.conf")
            return [
                .edit(dropIn, .addLine(text: "[Socket]")), .edit(dropIn, .addLine(text: "ListenStream=\(path)")),
            ]
        }
        if place.path == daemonConfiguration.value?.path {
            return [.sentence("add \"\(socket)\" to \"hosts\" in \(place.shortPlace)")]
        }
        guard let line = place.line, place.path.isWithin("/etc/systemd") else {
            return [.sentence("add -H \(socket) to the command line of dockerd (\(place.shortPlace))")]
        }
        return [.command("sed", "-i", "\(line)s|dockerd|& -H \(socket)|", "\(place.path)")]
    }

    private func verdict(_ who: String, _ path: String, _ told: Evidence?, _ addresses: DaemonAddresses) -> Verdict {
        let evidence = addresses.evidence + [told].compactMap(\.self)
        guard !addresses.include(path) else {
            return .pass("\(who) looks for Docker at \(path), where dockerd listens", evidence)
        }
        let found = shortened(addresses.labels)
        if let problem = addresses.problem {
            return .undetermined(
                "\(who) looks for Docker at \(path); whether dockerd listens there beside \(found) cannot be told: \(problem)",
                evidence, remedy: problem.remedy)
        }
        return .fail(
            "\(addresses.evidence.first?.prefix ?? "")\(who) looks for Docker at \(path), dockerd listens on \(found) alone",
            evidence, remedy: listening(at: path, told, addresses))
    }
}

extension AgentJob {
    /// The path of a unix socket that DOCKER_HOST names; nil for another address.
    static func unixPath(_ host: String) -> String? {
        host.hasPrefix("unix://") ? String(host.dropFirst("unix://".count)) : nil
    }

    /// Where an agent by hand looks for Docker; nil where that is no unix socket, or not known.
    fileprivate func dockerHost(_ environment: [Setting]) -> (path: String, evidence: Evidence?)? {
        guard let setting = environment.last(where: { $0.key == AgentKey.dockerHost }), !setting.value.isEmpty else {
            return (DaemonAddresses.usual, evidence.first)
        }
        guard setting.problem == nil else { return nil }
        return AgentJob.unixPath(setting.value).map { ($0, setting.evidence) }
    }
}

extension AgentJob.Setting {
    fileprivate var unixPath: String? { AgentJob.unixPath(value) }
}
