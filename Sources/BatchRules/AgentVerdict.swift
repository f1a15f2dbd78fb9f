/// What rules answer alike: where there is no agent, no Docker, no Linux.

import ImageFacts
import ImageReading

extension Verdict {
    /// The answer of every rule about the agent where there is none.
    static let noAgent = Verdict.notApplicable("no ECS agent is installed (see ecs-agent)")
    /// The answer of every rule about the Docker daemon where there is none.
    static let noDocker = Verdict.notApplicable("no Docker daemon is installed (see docker-version)")

    /// The answer of every rule but the one on the clause of Linux where the image is Windows.
    static func windows(_ evidence: [Evidence]) -> Verdict {
        .notApplicable("the image is Windows (see linux-distribution)", evidence)
    }
}

extension Facts {
    /// Whether the image is Amazon Linux with the package ecs-init: what multi-node parallel jobs need and what the
    /// specification prefers. `consequence` follows on a pass.
    func amazonLinuxWithECSInit(passing consequence: String) -> Verdict {
        let evidence = distribution.evidence + agent.evidence
        let system: (name: String, isAmazonLinux: Bool?) =
            switch distribution {
            case .present(let distribution, _): (distribution.prettyName, distribution.id == "amzn")
            case .absent: ("a distribution that cannot be told", false)
            case .unreadable: ("a distribution that cannot be read", nil)
            }
        let found = agentAndItsPackage
        if system.isAmazonLinux == false || found.hasECSInit == false {
            let install = system.isAmazonLinux == true ? PackageInstaller(self)?.ecsInit(isInstalled: false) ?? [] : []
            return .fail(
                "the image is \(system.name) with \(found.name), not Amazon Linux with the package ecs-init", evidence,
                remedy: install.isEmpty
                    ? [
                        .sentence(
                            """
                            build the image on Amazon Linux with ecs-init, best on the ECS-optimized AMI; where its jobs need \
                            this system and are no multi-node parallel jobs, accept the finding in the policy file
                            """)
                    ] : install)
        }
        if let problem = distribution.problem ?? agent.problem ?? agent.value?.packageProblem,
            system.isAmazonLinux == nil || found.hasECSInit == nil
        {
            return .undetermined(
                "whether this is Amazon Linux with the package ecs-init cannot be told: \(problem)",
                [Evidence(problem.path)] + evidence, remedy: problem.remedy)
        }
        return .pass("\(system.name) with \(found.name)\(consequence)", evidence)
    }

    /// What a message calls the agent found, and whether it is the package ecs-init; nil where that cannot be told.
    private var agentAndItsPackage: (name: String, hasECSInit: Bool?) {
        switch agent {
        case .absent: return ("no ECS agent", false)
        case .unreadable: return ("an agent that cannot be told", nil)
        case .present(let agent, _):
            if agent.package == "ecs-init" { return (agent.label, true) }
            if agent.package == nil, agent.packageProblem != nil { return (agent.label, nil) }
            return (agent.package == nil ? "\(agent.label) without the package" : agent.label, false)
        }
    }
}

extension Evidence {
    /// How a setting of the agent goes that stands here: its line, where ecs.config or another environment file has it.
    var withoutSetting: RemedyStep {
        let name = text.prefix { $0 != "=" }
        let isPlain = !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
        guard isPlain, let line else { return .sentence("remove the setting from \(shortPlace)") }
        return .edit(path, .removeLine(number: line))
    }

    /// `/etc/ecs/ecs.config:3: `, the place as a message begins with it.
    var prefix: String { line.map { "\(path):\($0): " } ?? "\(path): " }
}

/// A list as a message shows it: its first 20 names.
func shortened(_ names: [String]) -> String {
    let shown = names.prefix(20).map { $0.count > 60 ? $0.prefix(60) + "…" : $0 }.joined(separator: ", ")
    return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
}
