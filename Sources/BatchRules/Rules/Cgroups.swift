/// cgroups: control groups that Docker and the agent can limit jobs by.

import ImageFacts
import ImageReading

extension Rule {
    static let cgroups = Rule(
        id: "cgroups",
        level: .recommended,
        title: "control groups that Docker and the agent can limit jobs by",
        group: .host,
        question: "Do the host's control groups suit this Docker and this agent?",
        reason: """
            Limits of memory and CPU are control groups of the kernel. Without the memory controller one job can take \
            all of the host. Docker before 20.10 does not start on cgroup v2, and Docker refuses every container of a \
            job where it has systemd make the groups on cgroup v1, since the agent names no slice there.
            """,
        decidedBy: """
            The hierarchy that the host boots with: systemd.unified_cgroup_hierarchy and cgroup_no_v1=all on the \
            kernel command line, else what the distribution's systemd was built with; the hybrid hierarchy is cgroup \
            v1 to Docker and no finding. Against it the versions of Docker and of the agent, and native.cgroupdriver \
            in exec-opts with ECS_ENABLE_TASK_CPU_MEM_LIMIT; cgroup_disable=memory.
            """,
        remedy: "take the arguments about control groups off the kernel command line",
        reference: "https://docs.docker.com/engine/containers/runmetrics/#control-groups"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { docker, evidence in
            let groups = facts.controlGroups
            if let argument = groups.lackingMemory {
                return .fail(
                    """
                    \(argument.text) on the kernel command line: the kernel limits no container's memory, and one job can \
                    take what all others have
                    """, [argument], remedy: withoutArguments)
            }
            if let argument = groups.refusedArgument {
                return .fail(
                    """
                    \(argument.text) on the kernel command line asks for cgroup v1, with which this systemd (256 or newer) \
                    refuses to boot unless SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 stands there too
                    """, [argument], remedy: withoutArguments)
            }
            let driver = DaemonSettings(
                file: facts.daemonConfiguration.value, service: facts.dockerService.value, version: docker.version
            ).controlGroupDriver
            return switch groups.hierarchy {
            case .unified:
                facts.verdictOnUnified(docker, driver) ?? .pass("cgroup v2, which \(docker.label) knows", evidence)
            case .legacy:
                facts.verdictOnLegacy(driver) ?? .pass("cgroup v1, which \(docker.label) knows", evidence)
            case nil: .pass("nothing found against the host's control groups", evidence)
            }
        }
    }

    private static let withoutArguments: [RemedyStep] = [
        .sentence("take that argument off GRUB_CMDLINE_LINUX in /etc/default/grub"),
        .sentence("and write the boot loader's configuration anew (update-grub, grub2-mkconfig, grubby)"),
    ]
}

extension Facts {
    /// How to come to a hierarchy and versions that suit each other.
    private func remedy(_ update: RemedyText) -> [RemedyStep] {
        let isAsked = controlGroups.evidence.contains { $0.text.hasPrefix("systemd.unified_cgroup_hierarchy") }
        return [.sentence(update)]
            + (isAsked ? [.sentence("or take systemd.unified_cgroup_hierarchy off the kernel command line")] : [])
    }

    fileprivate func verdictOnUnified(_ docker: Docker, _ driver: DaemonSettings.Setting?) -> Verdict? {
        if let version = docker.version, version < ReleaseVersion(20, 10) {
            return .fail(
                """
                the host boots with cgroup v2, and \(docker.label) knows v1 alone: it ends with "Devices cgroup isn't \
                mounted"
                """, controlGroups.evidence, remedy: remedy("install Docker 20.10 or newer"))
        }
        guard let agent = agent.value else { return nil }
        if agent.isAtLeast(ReleaseVersion(1, 61)) == false {
            return .fail(
                """
                the host boots with cgroup v2, which the agent knows from 1.61.0 on: \(agent.label) limits no job as a \
                whole
                """, controlGroups.evidence + self.agent.evidence,
                remedy: remedy("install a newer agent, the latest recommended"))
        }
        guard limitsTasks != false, let driver, driver.text.hasSuffix("cgroupfs") else { return nil }
        return .fail(
            """
            \(driver.evidence.prefix)\(driver.text): the host boots with cgroup v2, where the agent limits a job by a slice \
            of systemd's; with this driver Docker puts the job's containers elsewhere, and the limits of the job do not \
            hold
            """, [driver.evidence] + controlGroups.evidence,
            remedy: [.sentence("take native.cgroupdriver=cgroupfs away: Docker then has systemd make the groups")])
    }

    fileprivate func verdictOnLegacy(_ driver: DaemonSettings.Setting?) -> Verdict? {
        // The agent's parent group on cgroup v1 is /ecs/TASK, which Docker refuses where systemd makes the groups.
        guard !agent.isAbsent, limitsTasks != false, let driver, driver.text.hasSuffix("systemd") else { return nil }
        return .fail(
            """
            \(driver.evidence.prefix)\(driver.text): the host boots with cgroup v1, where the agent has Docker put a job's \
            containers below /ecs; with this driver Docker takes slices alone and refuses them
            """, [driver.evidence] + controlGroups.evidence,
            remedy: [
                .sentence("take native.cgroupdriver=systemd away"),
                .sentence("or set ECS_ENABLE_TASK_CPU_MEM_LIMIT=false in /etc/ecs/ecs.config"),
            ])
    }

    /// Whether the agent limits jobs as a whole, which it does unless it is told otherwise; nil where that is not known.
    private var limitsTasks: Bool? {
        switch agentEnvironment.value?.setting(AgentKey.taskLimits) {
        case .present(let found, _)?: !["false", "f", "0"].contains(found.setting.value?.lowercased())
        case .absent?: true
        case .unreadable?, nil: nil
        }
    }
}
