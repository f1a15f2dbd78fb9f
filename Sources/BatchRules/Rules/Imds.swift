/// imds: the metadata service answers cloud-init and the agent.

import ImageFacts
import ImageReading

extension Rule {
    static let imds = Rule(
        id: "imds",
        level: .recommended,
        title: "the metadata service answers cloud-init and the agent",
        group: .host,
        question: "Do cloud-init and the agent get what they ask of the instance's metadata service?",
        reason: """
            cloud-init takes user data from the metadata service, the agent the instance's identity and credentials. An \
            image that demands sessions (IMDSv2) answers no program that does not know them, and cloud-init's \
            disable_ec2_metadata takes the service away from the agent too.
            """,
        decidedBy: """
            ImdsSupport v2.0 in AMI metadata against cloud-init (sessions from 19.4 on; Amazon Linux, Ubuntu and Red Hat have \
            them in older releases) and the agent (from 1.36.1 on); disable_ec2_metadata of cloud-init's configuration. An \
            agent by hand behind a bridge of Docker's needs a hop limit of 2, which instances of an image with ImdsSupport \
            v2.0 have by themselves.
            """,
        remedy: "update cloud-init and the agent, and leave the metadata service to them",
        reference: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html"
    ) { facts, policy in
        let demandsSessions = policy.amiMetadata?.imdsSupport?.lowercased() == "v2.0"
        let verdicts = [
            facts.disabledMetadata, demandsSessions ? facts.cloudInitWithoutSessions : nil,
            demandsSessions ? facts.agentWithoutSessions : facts.agentBehindBridge,
        ].compactMap(\.self)
        if let verdict = verdicts.first { return verdict }
        if let problem = facts.metadataProblem { return .notApplicable("\(problem), so that this is not known") }
        return .pass(
            demandsSessions
                ? "the image demands sessions of the metadata service (IMDSv2), and nothing here is known not to know them"
                : "nothing on the image keeps cloud-init and the agent from the metadata service")
    }
}

extension Facts {
    fileprivate var disabledMetadata: Verdict? {
        cloudInitState.value?.metadataDisabled.map { place in
            .fail(
                """
                \(place.prefix)disable_ec2_metadata is true: cloud-init makes the metadata service unreachable, which the \
                agent asks for the instance's identity and credentials
                """, [place],
                remedy: [.sentence("remove disable_ec2_metadata from \(place.path)")])
        }
    }

    /// The first cloud-init that knows sessions is 19.4; distributions have brought the change into releases from 18.5 on,
    /// so that nothing is said of those.
    fileprivate var cloudInitWithoutSessions: Verdict? {
        guard let text = cloudInit.value?.version, let version = ReleaseVersion(text), version < ReleaseVersion(18, 5)
        else {
            return nil
        }
        return .fail(
            """
            the AMI metadata says ImdsSupport v2.0, and cloud-init \(text), older than 19.4, does not ask the metadata service \
            in sessions: it gets no user data
            """, cloudInit.evidence,
            remedy: [.sentence("update cloud-init, or register the image without ImdsSupport v2.0")])
    }

    /// The agent's SDK knows sessions from the one of agent 1.36.1 on.
    fileprivate var agentWithoutSessions: Verdict? {
        guard let agent = agent.value, agent.isAtLeast(ReleaseVersion(1, 36, 1)) == false else { return nil }
        return .fail(
            """
            the AMI metadata says ImdsSupport v2.0, and \(agent.label), older than 1.36.1, does not ask the metadata service \
            in sessions: it gets no credentials
            """, self.agent.evidence,
            remedy: [.sentence("update the agent, or register the image without ImdsSupport v2.0")])
    }

    fileprivate var agentBehindBridge: Verdict? {
        guard let job = (agentJobs.value ?? []).startingOrAll.first, case .dockerRun(let run) = job.command,
            !run.options.isOpen, run.options.network ?? "bridge" == "bridge" || run.options.network == "default"
        else { return nil }
        return .fail(
            """
            \(job.label) runs the agent behind a bridge of Docker's, which the metadata service's answers to sessions do \
            not pass with a hop limit of 1, as instances have it
            """, job.evidence,
            remedy: [
                .sentence("add --net=host to what runs the agent"),
                .sentence("or set HttpPutResponseHopLimit to 2 in the launch template"),
            ])
    }

    /// What could not be read of all that may keep them from the metadata service; other rules are open for it.
    fileprivate var metadataProblem: Problem? {
        if let problem = cloudInitState.problem ?? cloudInitState.value?.problem ?? agentJobs.problem { return problem }
        let commands = (agentJobs.value ?? []).startingOrAll.map(\.command)
        for case .unclear(let problem) in commands { return problem }
        guard agent.value != nil, agentJobs.isAbsent else { return nil }
        return Problem(
            .undecided, at: "/etc/systemd/system", "nothing was found that runs the agent (see agent-at-boot)")
    }
}
