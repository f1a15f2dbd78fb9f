/// agent-known-defects: no version with a known defect that matters here.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let agentKnownDefects = Rule(
        id: "agent-known-defects",
        level: .required,
        or: .recommended,
        title: "no version with a known defect that matters here",
        group: .host,
        question:
            "Is there no release of the agent, ecs-init or Docker that is known to fail on an image like this one?",
        reason: """
            Some releases end at every start, or start no container, under a condition that an image shows: a bridge that \
            Docker is told not to make, AppArmor, control groups of version 2, IPv6 switched off. The host never takes a \
            job.
            """,
        consequence: "the host never takes a job, and jobs stay in RUNNABLE",
        decidedBy: """
            A table of versions and conditions, each with its source: ecs-init 1.97.0 to 1.99.1 with "bridge": "none", \
            1.80.0 to 1.82.4 on AppArmor without its tunables, 1.78.0 on AppArmor, 1.61.0 to 1.79.1 on AppArmor with \
            control groups of version 2, 1.38.0 without IPv6, 1.26.0 to 1.36.1 with Docker 19.03 and newer; agents before \
            1.61.0 that are told to limit tasks on control groups of version 2; Docker before 20.10 on those; Docker 23.0.0 \
            and 23.0.1 on AppArmor without its parser. AppArmor and control groups go by the distribution's own defaults \
            and the kernel command line. Advice: agent 1.73.0.
            """,
        remedy: "install a version of the program without the defect",
        reference: "https://github.com/aws/amazon-ecs-agent/blob/master/CHANGELOG.md"
    ) { facts, _ in
        facts.agent.verdict(absent: .noAgent) { agent, evidence in
            guard agent.version != nil || agent.isPulledAsLatest || facts.docker.value?.version != nil else {
                return .notApplicable("no version is known (see agent-latest and docker-version)", evidence)
            }
            let found = KnownDefect.all.filter { facts.hasVersion(of: $0, agent) }.map {
                (defect: $0, facts.holds($0.condition))
            }
            let certain = found.filter { $0.1.isTrue == true }.map {
                facts.verdict(on: $0.defect, agent, $0.1.evidence)
            }
            if let worst = certain.first(where: { $0.level == nil }) ?? certain.first { return worst }
            if let (defect, answer) = found.first(where: { $0.1.isTrue == nil && $0.defect.level == .required }) {
                return .undetermined(
                    "with \(facts.label(of: defect, agent)) \(defect.effect), where \(answer.unknown)", answer.evidence,
                    remedy: facts.update(defect))
            }
            return .pass(
                "\(facts.labels(agent)): no defect is known that matters here", evidence + facts.docker.evidence)
        }
    }
}

/// Whether a condition holds, what shows it, and what would where nothing does.
private struct Answer {
    var isTrue: Bool?
    var evidence: [Evidence] = []
    var unknown = ""

    /// Both conditions.
    func and(_ other: @autoclosure () -> Answer) -> Answer {
        if isTrue == false { return self }
        let other = other()
        if other.isTrue == false { return other }
        return Answer(
            isTrue: isTrue == nil || other.isTrue == nil ? nil : true, evidence: evidence + other.evidence,
            unknown: isTrue == nil ? unknown : other.unknown)
    }
}

extension Facts {
    fileprivate func hasVersion(of defect: KnownDefect, _ agent: Agent) -> Bool {
        let version =
            switch defect.subject {
            case .ecsInit: agent.installation == .ecsInit ? agent.version : nil
            case .agent: agent.version
            case .docker: docker.value?.version
            }
        return version.map { defect.since <= $0 && $0 < defect.until } ?? false
    }

    fileprivate func label(of defect: KnownDefect, _ agent: Agent) -> String {
        switch defect.subject {
        case .ecsInit, .agent: agent.label
        case .docker: docker.value?.label ?? "Docker"
        }
    }

    fileprivate func labels(_ agent: Agent) -> String {
        [agent.label, docker.value?.label].compactMap(\.self).joined(separator: " and ")
    }

    fileprivate func update(_ defect: KnownDefect) -> [RemedyStep] {
        let name: RemedyText =
            switch defect.subject {
            case .ecsInit: "ecs-init"
            case .agent: "the agent"
            case .docker: "Docker"
            }
        return [.sentence("install \(name) \(defect.until) or newer (\(defect.source))")]
    }

    fileprivate func verdict(on defect: KnownDefect, _ agent: Agent, _ evidence: [Evidence]) -> Verdict {
        let subject = defect.subject == .docker ? docker.evidence : self.agent.evidence
        let verdict = Verdict.fail(
            "\(label(of: defect, agent)), mended in \(defect.until): here \(defect.effect)", evidence + subject,
            remedy: update(defect))
        return defect.level == .required ? verdict : verdict.counting(as: defect.level)
    }

    fileprivate func holds(_ condition: KnownDefect.Condition) -> Answer {
        switch condition {
        case .always: return Answer(isTrue: true)
        case .bridgeNone: return hasNoBridge
        case .appArmor: return appArmorIsOn.and(parserIsThere)
        case .appArmorWithoutIncludes: return appArmorIsOn.and(parserIsThere).and(includesAreMissing)
        case .appArmorWithoutParser:
            return appArmorIsOn.and(
                Answer(isTrue: parserIsThere.isTrue.map { !$0 }, evidence: appArmor.parser.evidence))
        case .appArmorAndTaskLimits:
            return appArmorIsOn.and(parserIsThere).and(hasCgroup2).and(
                Answer(isTrue: taskLimits != false, evidence: taskLimitsEvidence))
        case .cgroup2: return hasCgroup2
        case .cgroup2AndTaskLimits:
            return Answer(isTrue: taskLimits == true, evidence: taskLimitsEvidence).and(hasCgroup2)
        case .withoutIPv6:
            let word = argument("ipv6.disable")
            return Answer(isTrue: word?.value == "1", evidence: [word?.evidence].compactMap(\.self))
        case .docker(let oldest):
            guard let docker = docker.value else { return Answer(isTrue: false) }
            return Answer(
                isTrue: docker.version.map { $0 >= oldest }, evidence: self.docker.evidence,
                unknown: "Docker is \(oldest) or newer, which is not known")
        }
    }

    private var hasNoBridge: Answer {
        let settings = DaemonSettings(
            file: daemonConfiguration.value, service: dockerService.value, version: docker.value?.version)
        if let bridge = settings.text("bridge") {
            return Answer(isTrue: bridge.text == "none", evidence: [bridge.evidence])
        }
        guard let problem = daemonConfiguration.problem else { return Answer(isTrue: false) }
        return Answer(
            evidence: daemonConfiguration.evidence,
            unknown: "Docker is told to make no bridge, which is not known: \(problem)")
    }

    private var parserIsThere: Answer {
        Answer(
            isTrue: appArmor.parser.problem == nil ? appArmor.parser.value != nil : nil,
            evidence: appArmor.parser.evidence, unknown: "AppArmor's parser is there, which is not known")
    }

    private var includesAreMissing: Answer {
        Answer(
            isTrue: !appArmor.missingIncludes.isEmpty,
            evidence: appArmor.missingIncludes.map { Evidence($0, "not there") })
    }

    /// Whether the kernel has AppArmor on: by its command line, else by what the distribution's kernels have on by
    /// themselves.
    private var appArmorIsOn: Answer {
        if let word = argument("lsm") {
            return Answer(isTrue: word.value.split(separator: ",").contains("apparmor"), evidence: [word.evidence])
        }
        if let word = argument("apparmor"), word.value == "0" {
            return Answer(isTrue: false, evidence: [word.evidence])
        }
        if let word = argument("security") {
            return Answer(isTrue: word.value == "apparmor", evidence: [word.evidence])
        }
        let families: Set = ["debian", "ubuntu", "sles", "suse", "opensuse"]
        let names = distribution.value.map { [$0.id] + $0.like } ?? []
        return Answer(isTrue: names.contains { families.contains($0) || $0.hasPrefix("opensuse") }, evidence: [])
    }

    /// Whether the host boots with control groups of version 2 alone; without a boot entry by the distribution's default.
    private var hasCgroup2: Answer {
        Answer(
            isTrue: (controlGroups.hierarchy ?? controlGroups.byDefault).map { $0 == .unified },
            evidence: controlGroups.evidence,
            unknown: "control groups are of version 2, which is not known of this distribution")
    }

    /// What the agent is told of limits of tasks; nil where it is told nothing.
    private var taskLimits: Bool? {
        let setting = agentEnvironment.value?.setting(AgentKey.taskLimits).value?.setting
        return setting.flatMap { $0.trimmedValue.isEmpty ? nil : $0.isOn }
    }

    private var taskLimitsEvidence: [Evidence] {
        agentEnvironment.value?.setting(AgentKey.taskLimits).value.map { [$0.setting.evidence] } ?? []
    }

    /// The last argument of this name that the kernel boots with; its value is empty where it has none.
    private func argument(_ name: String) -> (value: Substring, evidence: Evidence)? {
        bootingKernel.arguments?.argument(name).map { ($0.value ?? "", $0.evidence) }
    }
}
