/// docker-runtime: Docker's runtime dependencies.

import ImageFacts

extension Rule {
    static let dockerRuntime = Rule(
        id: "docker-runtime",
        level: .required,
        title: "Docker's runtime dependencies",
        group: .specification,
        clause: .docker,
        question: "Is there everything that Docker, and ecs-init where it runs the agent, need to run containers?",
        reason: """
            dockerd does not start without iptables or containerd, no container starts without runc or on a kernel \
            that lacks namespaces, cgroups or a storage driver, and ecs-init ends at once without sysctl or iptables: \
            the instance never takes a job.
            """,
        consequence: "no container starts, and jobs stay in RUNNABLE",
        decidedBy: """
            Programs that can be run: iptables 1.4 or newer, containerd and runc (from Docker 1.11 on), and with \
            ecs-init sysctl and iptables below /sbin, /usr/sbin, /bin or /usr/bin; a 64-bit system; what mounts the \
            cgroup hierarchy; the options of the kernel that boots in /boot/config-VERSION or \
            /lib/modules/VERSION/config, by moby's check-config.sh, and of those built as modules the ones that dockerd \
            and a container on its bridge load: in modules.dep or modules.builtin of that kernel, and not switched off \
            in modprobe.d; the program of the default runtime. Missing git, ps or xz is said and does not fail. \
            Without a kernel configuration in the image this part cannot be decided. The kernel's version is \
            kernel-version's question.
            """,
        remedy: """
            install what is missing: `dnf install iptables-nft procps-ng containerd runc` on Amazon Linux 2023, \
            `apt-get install iptables procps containerd runc` on Debian and Ubuntu; take a kernel of the distribution
            """,
        reference: "https://docs.docker.com/engine/install/binaries/#prerequisites"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { docker, evidence in
            let needs = RuntimeNeeds(facts, docker)
            let remarks = needs.remarks.isEmpty ? "" : " (\(needs.remarks.joined(separator: "; ")))"
            let places = needs.evidence.isEmpty ? evidence : needs.evidence
            if !needs.missing.isEmpty {
                return .fail(needs.missing.joined(separator: "; ") + remarks, needs.faults, remedy: needs.remedy)
            }
            if !needs.open.isEmpty {
                return .undetermined(
                    needs.open.joined(separator: "; ") + remarks, places,
                    remedy: [
                        .sentence(
                            """
                            export /boot and /lib/modules with the image, or run moby's contrib/check-config.sh and \
                            `which sysctl iptables containerd runc` on a host started from it
                            """)
                    ])
            }
            return .pass(needs.found.joined(separator: ", ") + remarks, places)
        }
    }
}
