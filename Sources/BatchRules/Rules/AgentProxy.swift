/// agent-proxy: a proxy that leaves the metadata service alone.

import ImageFacts
import ImageReading

extension Rule {
    static let agentProxy = Rule(
        id: "agent-proxy",
        level: .required,
        or: .recommended,
        title: "a proxy that leaves the metadata service alone",
        group: .host,
        question: "Does the agent ask the instance's metadata service itself where it has a proxy?",
        reason: """
            The agent learns its instance, its region and its credentials from the metadata service at 169.254.169.254 \
            by plain http. With HTTP_PROXY and no exception for that address it asks the proxy, which answers with an \
            error or for another machine: the instance never registers.
            """,
        consequence: "the agent asks the proxy who it is and never registers, and jobs stay in RUNNABLE",
        decidedBy: """
            HTTP_PROXY or http_proxy of the agent's own environment (ecs.config with ecs-init, the options of docker run \
            by hand) and NO_PROXY or no_proxy as Go reads it: an address, alone or with port 80, a network such as \
            169.254.0.0/16, or *. Advice where 169.254.170.2, the other address that AWS documents, is not among the \
            exceptions, where the proxy is one on the instance itself, and where only the unit of ecs-init has a proxy, \
            which never reaches the agent. HTTPS_PROXY and Docker's proxy leave the metadata service alone.
            """,
        remedy: "set NO_PROXY=169.254.169.254,169.254.170.2,/var/run/docker.sock beside HTTP_PROXY",
        reference: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/http_proxy_config.html"
    ) { facts, _ in
        facts.agent.verdict(absent: .noAgent) { agent, evidence in
            facts.agentEnvironment.verdict(absent: Facts.nothingRunsTheAgent(evidence, "")) { environment, _ in
                let environments = [environment] + environment.others.map(\.environment)
                let verdicts = environments.map { facts.proxyVerdict($0, of: agent) }
                return verdicts.first { $0.kind != .pass && $0.level == nil }
                    ?? verdicts.first { $0.kind != .pass } ?? verdicts[0]
            }
        }
    }

    /// The first agent that is built by a Go whose NO_PROXY matches no address by a name (CHANGELOG.md of the agent: Go
    /// 1.23.7, x/net 0.36.0).
    fileprivate static let namesMatchNoAddressSince = ReleaseVersion(1, 92)
}

extension Facts {
    fileprivate func proxyVerdict(_ environment: AgentEnvironment, of agent: Agent) -> Verdict {
        let proxy = environment.setting(first: AgentKey.proxies)
        let exceptions = environment.setting(first: AgentKey.proxyExceptions)
        if proxy.isAbsent { return unitProxyVerdict(environment) }
        let matchesNames = agent.isAtLeast(Rule.namesMatchNoAddressSince) != true
        let list = ProxyExceptions(exceptions.value?.setting.value ?? "", matchingNames: matchesNames)
        let evidence = proxy.evidence + exceptions.evidence
        if list.cover("169.254.169.254") {
            let name = proxy.value?.shownProxy ?? "a proxy that only the boot decides"
            guard !list.cover("169.254.170.2") else {
                return .pass("the agent has \(name), and asks the metadata service itself", evidence)
            }
            return Verdict.fail(
                """
                the agent has \(name), and asks the metadata service itself, but 169.254.170.2 by the proxy, which AWS \
                documents among the exceptions: they are \(exceptions.value?.shownExceptions ?? "none")
                """, evidence, remedy: Self.excepting(exceptions.value, environment)
            ).counting(as: .recommended)
        }
        guard let setting = proxy.value, let value = setting.setting.value else {
            if let problem = proxy.problem { return openProxy("a proxy", problem, evidence) }
            return .pass("what HTTP_PROXY is set to is none that Go takes for a proxy", evidence)
        }
        guard !value.isEmpty else { return unitProxyVerdict(environment) }
        if let problem = exceptions.problem { return openProxy(setting.shownProxy, problem, evidence) }
        let verdict = Verdict.fail(
            """
            \(setting.setting.evidence.prefix)the agent asks \(setting.shownProxy) for the instance's metadata and \
            credentials, since 169.254.169.254 is not among its exceptions (\(exceptions.value?.shownExceptions ?? "no NO_PROXY"))
            """, evidence, remedy: Self.excepting(exceptions.value, environment))
        // One on the instance itself may fetch what the agent asks for.
        return isLoopback(value) ? verdict.counting(as: .recommended) : verdict
    }

    private func openProxy(_ name: String, _ problem: Problem, _ evidence: [Evidence]) -> Verdict {
        .undetermined(
            "whether the agent asks \(name) for the instance's metadata cannot be told: \(problem)", evidence,
            remedy: problem.remedy)
    }

    /// Of a proxy that the unit of ecs-init has and the agent does not.
    private func unitProxyVerdict(_ environment: AgentEnvironment) -> Verdict {
        let none = "no proxy for plain http is set for the agent"
        let jobs = environment.isFromECSInit ? (agentJobs.value ?? []).startingOrAll : []
        guard let job = jobs.first(where: { $0.command == .ecsInit && $0.unitProxy != nil }), let place = job.unitProxy
        else { return .pass(none) }
        return Verdict.fail(
            """
            \(place.prefix)the proxy of \(job.name) reaches ecs-init alone, never the agent: /etc/ecs/ecs.config sets no \
            HTTP_PROXY
            """, [place],
            remedy: [
                .sentence(
                    """
                    set HTTP_PROXY and NO_PROXY=169.254.169.254,169.254.170.2,/var/run/docker.sock in \
                    /etc/ecs/ecs.config where the agent is to use the proxy
                    """)
            ]
        ).counting(as: .recommended)
    }

    private static func excepting(
        _ exceptions: AgentEnvironment.Setting?, _ environment: AgentEnvironment
    ) -> [RemedyStep] {
        guard exceptions == nil, environment.isFromECSInit else {
            let whole: RemedyText = "NO_PROXY=169.254.169.254,169.254.170.2,/var/run/docker.sock"
            return exceptions.map {
                [
                    .sentence(
                        "add 169.254.169.254,169.254.170.2 to \($0.setting.key) (\($0.setting.evidence.shortPlace))")
                ]
            } ?? [.sentence("give the agent \(whole) where it is given HTTP_PROXY")]
        }
        return [
            .edit(
                "/etc/ecs/ecs.config",
                .addLine(text: "NO_PROXY=169.254.169.254,169.254.170.2,/var/run/docker.sock"))
        ]
    }

    private func isLoopback(_ proxy: String) -> Bool {
        let address = proxy.split(separator: "@").last ?? ""
        let authority = address.firstRange(of: "://").map { address[$0.upperBound...] } ?? address
        return authority.hasPrefix("127.") || authority.hasPrefix("[::1]")
            || authority.prefix { $0 != ":" && $0 != "/" } == "localhost"
    }
}

extension AgentEnvironment.Setting {
    /// `HTTP_PROXY=http://…@proxy:3128`.
    fileprivate var shownProxy: String { "\(setting.key)=\(setting.value ?? "…")" }

    /// `NO_PROXY=localhost`, shortened.
    fileprivate var shownExceptions: String {
        let value = setting.value ?? ""
        return "\(setting.key)=\(value.count > 120 ? value.prefix(120) + "…" : value)"
    }
}
