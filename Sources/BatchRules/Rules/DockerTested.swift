/// docker-tested: the Docker version tested with this agent.

import ImageFacts
import ImageReading

extension Rule {
    static let dockerTested = Rule(
        id: "docker-tested",
        level: .recommended,
        title: "the Docker version tested with this agent",
        group: .specification,
        clause: .testedDocker,
        question: "Is this the Docker version that AWS ships and tests with this agent version?",
        reason: """
            An agent and a Docker daemon that never ran together may fail in ways that nobody else has seen: images \
            that do not pull, containers that do not stop, jobs that hang.
            """,
        decidedBy: """
            The agent and Docker versions installed, held against the pairs in the releases of the ECS-optimized AMI \
            for the same Amazon Linux (al2, al2023). Another distribution, or an agent outside the table, cannot be \
            decided.
            """,
        remedy: """
            install the Docker version that was shipped with this agent, or update both: `dnf upgrade ecs-init \
            docker`
            """,
        reference: "https://github.com/aws/amazon-ecs-ami/blob/main/CHANGELOG.md"
    ) { facts, policy in
        facts.agent.verdict(absent: .noAgent) { agent, agentEvidence in
            facts.docker.verdict(absent: .noDocker) { docker, dockerEvidence in
                facts.distribution.verdict(absent: undecided("the distribution is not known", [])) { system, _ in
                    let evidence = agentEvidence + dockerEvidence
                    guard let dockerVersion = docker.version else {
                        return docker.unknownVersion(evidence)
                    }
                    guard let version = agent.version else {
                        return undecided("the version of \(agent.label) is not known", evidence)
                    }
                    guard let family = family(of: system) else {
                        let known = "Amazon Linux 2 and 2023 only"
                        return undecided(
                            "the image is \(system.prettyName), and the table of tested versions is for \(known)",
                            evidence)
                    }
                    let table = policy.releases
                    let tested = table.dockerVersions(family: family, agent: version)
                    let pair = "\(agent.label) with \(docker.label)"
                    guard !tested.isEmpty else {
                        let agents = "agent \(version) is not in the table of \(family) releases of \(table.date)"
                        return undecided("\(pair): \(agents)", evidence)
                    }
                    guard tested.contains(dockerVersion) else {
                        let expected = tested.map(\.description).joined(separator: " or ")
                        return .fail(
                            "\(pair) was not tested together: agent \(version) was shipped with Docker \(expected)",
                            evidence,
                            remedy: facts.installingTested(tested, agent))
                    }
                    return .pass("\(pair) was shipped and tested together (\(family), as of \(table.date))", evidence)
                }
            }
        }
    }
}

extension Facts {
    /// How an agent and a Docker come together that were tested so: the one that was shipped, else both anew.
    fileprivate func installingTested(_ tested: [ReleaseVersion], _ agent: Agent) -> [RemedyStep] {
        guard let installer = PackageInstaller(self), let package = docker.value?.package, let oldest = tested.first
        else { return [.sentence("install a Docker that was shipped with this agent")] }
        return [
            installer.install(["\(package)-\(oldest)*"]), .sentence("or bring both to the newest versions:"),
            installer.upgrade("ecs-init"), installer.upgrade("\(package)"),
        ]
    }
}

/// The table's name for a distribution; nil for one that is not in it.
private func family(of system: Distribution) -> String? {
    guard system.id == "amzn", let version = system.version.flatMap({ ReleaseVersion($0) }) else { return nil }
    return switch version.numbers.first {
    case 2: "al2"
    case 2023: "al2023"
    default: nil
    }
}

private func undecided(_ message: String, _ evidence: [Evidence]) -> Verdict {
    .undetermined(
        message,
        evidence,
        remedy: [.sentence("run a test job on an instance of this image, then accept this finding in the policy file")]
    )
}
