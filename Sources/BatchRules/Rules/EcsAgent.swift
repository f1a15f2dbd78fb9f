/// ecs-agent: Amazon ECS container agent.

import ImageFacts

extension Rule {
    static let ecsAgent = Rule(
        id: "ecs-agent",
        level: .required,
        title: "Amazon ECS container agent",
        group: .specification,
        clause: .agent,
        question: "Is the Amazon ECS container agent installed?",
        reason: """
            The agent registers the instance with the cluster of the compute environment and starts its jobs. \
            Without it the instance launches and is never seen by Batch; jobs stay in RUNNABLE until somebody logs \
            in to a host.
            """,
        consequence: "no instance registers, and jobs stay in RUNNABLE",
        decidedBy: """
            The package ecs-init (Amazon Linux) or amazon-ecs-init (Debian, Ubuntu, SUSE, generic rpm), the program \
            amazon-ecs-init without a package, a job that runs the container amazon/amazon-ecs-agent, or that image \
            loaded into Docker. A package that was removed with its configuration files left does not count.
            """,
        remedy: """
            install ecs-init: `dnf install ecs-init` on Amazon Linux 2023, `amazon-linux-extras install ecs` on \
            Amazon Linux 2, the package amazon-ecs-init elsewhere; then enable its service
            """,
        reference: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-install.html"
    ) { facts, _ in
        let removed = facts.removed { $0.hasSuffix("ecs-init") }
        let absent = Verdict.fail(
            removed.isEmpty
                ? "there is no ECS agent, as ecs-init or run by hand: none found; looked at \(facts.agent.searchedPlaces)"
                : "there is no ECS agent: \(removed.said)",
            removed,
            remedy: (PackageInstaller(facts)?.ecsInit(isInstalled: false)
                ?? [.sentence("install amazon-ecs-init, which AWS publishes as .deb and .rpm")])
                + [.command("systemctl", "enable", "ecs.service")])
        return facts.agent.verdict(absent: absent) { agent, evidence in
            switch agent.installation {
            case .ecsInit: .pass("\(agent.label) is installed\(agent.cacheRemark)", evidence)
            case .byHand: .pass("\(agent.label) is run by a job of the image's own", evidence)
            case .loadedImage:
                .pass("\(agent.label) is loaded into Docker, and nothing that runs it was found", evidence)
            }
        }
    }
}

extension Agent {
    /// What is to be said of the agent that ecs-init has at hand.
    fileprivate var cacheRemark: String {
        switch cache {
        case .cached: ", with an agent in its cache"
        case .notCached(let reason):
            ", without an agent in its cache (\(reason)): it is downloaded at the first boot, which needs a way to the internet or S3"
        case .unreadable(let problem): "; what its cache holds cannot be told (\(problem))"
        case nil: ""
        }
    }
}
