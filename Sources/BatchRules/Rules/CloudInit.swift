/// cloud-init: cloud-init present and enabled.

import ImageFacts
import ImageReading

extension Rule {
    static let cloudInit = Rule(
        id: "cloud-init",
        level: .required,
        title: "cloud-init present and enabled",
        clause: .beside,
        question: "Is cloud-init installed, and does it run at boot?",
        reason: """
            AWS Batch hands every instance the name of its cluster, and its launch template's commands, as MIME user \
            data that cloud-init runs. Without cloud-init the agent registers with the cluster `default` and the jobs \
            stay in RUNNABLE.
            """,
        decidedBy: """
            The package cloud-init or /usr/bin/cloud-init; its units among what starts at boot, by links or by its \
            systemd generator; /etc/cloud/cloud-init.disabled, `cloud-init=disabled` on the kernel command line or as \
            KERNEL_CMDLINE in DefaultEnvironment= of systemd's system.conf, ds-identify.cfg, and masks of its units. \
            Ignition and other readers of user data do not count.
            """,
        remedy: """
            install cloud-init and leave it enabled: remove /etc/cloud/cloud-init.disabled and \
            `cloud-init=disabled`, `systemctl unmask` and `systemctl enable` cloud-init-local, cloud-init, \
            cloud-config and cloud-final
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html"
    ) { facts, _ in
        let others = facts.userDataReaders
        let instead =
            others.isEmpty
            ? ""
            : "; \(others.map(\.name).joined(separator: ", ")) reads another kind of user data than AWS Batch writes"
        let absent = Verdict.fail(
            "cloud-init expected, none found; looked at \(facts.cloudInit.searchedPlaces)\(instead)",
            others.map(\.evidence))
        return facts.cloudInit.verdict(absent: absent) { cloudInit, found in
            let name = cloudInit.version.map { "cloud-init \($0)" } ?? "cloud-init"
            switch cloudInit.activation {
            case .enabled(let links):
                if let verdict = facts.verdictOnHeldUserData { return verdict }
                return .pass("\(name) is installed and runs at boot", found + links)
            case .disabled(let switches):
                let what = switches.first.map { $0.text.isEmpty ? $0.path.text : "\($0.path) (\($0.text))" } ?? ""
                return .fail("\(name) is installed, and \(what) keeps it from running", switches + found)
            case .notStarted(let stage, let places):
                return .fail("\(name) is installed, and nothing that boots starts \(stage)", places + found)
            case .undetermined(let places, let problem):
                return .undetermined(problem, places + found)
            }
        }
    }
}

extension Facts {
    /// The failure of user data that waits for a job of the agent's which systemd never takes for started.
    fileprivate var verdictOnHeldUserData: Verdict? {
        let holding = agentJobs.value?.first { job in
            if case .started = job.start { job.faults.isEmpty && !job.heldUserData.isEmpty } else { false }
        }
        return holding.map { job in
            .fail(
                """
                cloud-init's last stage, which runs user data, waits until \(job.label) has started, and systemd never \
                takes it for started: it waits for the agent to end
                """, job.heldUserData + job.evidence,
                remedy: [
                    .sentence("take Type= out of \(job.name): a program that stays in the foreground is Type=simple")
                ])
        }
    }
}
