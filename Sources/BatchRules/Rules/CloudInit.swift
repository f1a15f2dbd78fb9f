/// cloud-init: cloud-init present and enabled.

import ImageFacts
import ImageReading

extension Rule {
    static let cloudInit = Rule(
        id: "cloud-init",
        level: .required,
        title: "cloud-init present and enabled",
        group: .host,
        question: "Is cloud-init installed, and does it run at boot?",
        reason: """
            AWS Batch hands every instance the name of its cluster, and its launch template's commands, as MIME user \
            data that cloud-init runs. Without cloud-init the agent registers with the cluster `default` and the jobs \
            stay in RUNNABLE.
            """,
        consequence: "instances register with the cluster `default`, and jobs stay in RUNNABLE",
        decidedBy: """
            The package cloud-init or /usr/bin/cloud-init; its units among what starts at boot, by links or by its \
            systemd generator; /etc/cloud/cloud-init.disabled, `cloud-init=disabled` on the kernel command line or as \
            KERNEL_CMDLINE in DefaultEnvironment= of systemd's system.conf, ds-identify.cfg, `ds=`, `ci.ds=` and \
            `ci.di.policy=` on the kernel command line, a datasource_list of which ds-identify finds nothing on EC2, \
            and masks of its units. \
            Ignition and other readers of user data do not count, but Flatcar's coreos-cloudinit does from release \
            3637.0.0 on.
            """,
        remedy: """
            install cloud-init and leave it enabled: remove /etc/cloud/cloud-init.disabled and \
            `cloud-init=disabled`, `systemctl unmask` and `systemctl enable` cloud-init-local, cloud-init, \
            cloud-config and cloud-final
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html"
    ) { facts, _ in
        facts.cloudInit.verdict(absent: withoutCloudInit(facts)) { cloudInit, found in
            let name = cloudInit.version.map { "cloud-init \($0)" } ?? "cloud-init"
            switch cloudInit.activation {
            case .enabled(let links):
                if let verdict = facts.verdictOnHeldUserData { return verdict }
                if let objection = cloudInit.stageObjection { return objection }
                return .pass("\(name) is installed and runs at boot", found + links)
            case .disabled(let switches):
                let what = switches.first.map { $0.text.isEmpty ? $0.path.text : "\($0.path) (\($0.text))" } ?? ""
                return .fail(
                    "\(name) is installed, and \(what) keeps it from running", switches + found,
                    remedy: switches.flatMap(\.switchingOn))
            case .otherDataSource(let places):
                let what = places.first.map { "\($0.path) (\($0.text))" } ?? ""
                return .fail(
                    "\(name) is installed, and \(what) keeps it from reading EC2's user data", places + found,
                    remedy: [
                        .sentence(
                            """
                            remove that setting, or let it name Ec2; on the kernel command line it stands in the boot \
                            entry, which GRUB_CMDLINE_LINUX in /etc/default/grub, `grubby` or /etc/kernel/cmdline makes
                            """)
                    ])
            case .notStarted(let stage, let places):
                return .fail(
                    "\(name) is installed, and nothing that boots starts \(stage)", places + found,
                    remedy: [.command("systemctl", "enable", "\(stage)")])
            case .undetermined(let places, let problem):
                return .undetermined(problem, places + found)
            }
        }
    }

    /// Flatcar's own reader takes what AWS Batch writes from one release on (flatcar/coreos-cloudinit, VERSION_ID of the
    /// first image with it); every other one reads another kind.
    private static func withoutCloudInit(_ facts: Facts) -> Verdict {
        let others = facts.userDataReaders
        let evidence = others.map(\.evidence)
        if let flatcar = facts.distribution.value, flatcar.id == "flatcar",
            others.contains(where: { $0.name == "coreos-cloudinit" })
        {
            let places = evidence + facts.distribution.evidence
            guard let version = flatcar.version.flatMap({ ReleaseVersion($0) }) else {
                return .undetermined(
                    "Flatcar's coreos-cloudinit takes multipart MIME user data from release 3637.0.0 on, and which "
                        + "release this is is not known: os-release has no VERSION_ID", places,
                    remedy: [.sentence("export the image with its /etc/os-release or /usr/lib/os-release")])
            }
            guard version >= ReleaseVersion(3637) else {
                return .fail(
                    "coreos-cloudinit of \(flatcar.label) does not take the multipart MIME user data that AWS Batch writes: that "
                        + "of 3637.0.0 and newer does", places,
                    remedy: [
                        .sentence("build the AMI on Flatcar 3637.0.0 or newer, of the stable channel 3760.2.0 or newer")
                    ])
            }
            return .pass(
                "coreos-cloudinit of \(flatcar.label) takes the multipart MIME user data that AWS Batch writes", places)
        }
        let instead =
            others.isEmpty
            ? ""
            : "; \(others.map(\.name).joined(separator: ", ")) reads another kind of user data than AWS Batch writes"
        return .fail(
            "there is no cloud-init; looked at \(facts.cloudInit.searchedPlaces)\(instead)", evidence,
            remedy: facts.installing(.cloudInit, or: "install cloud-init"))
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

extension CloudInit {
    /// What keeps a stage from starting, or may. Without its first one, cloud-init-local, the next one looks for the data
    /// source (see cloud-init-state).
    fileprivate var stageObjection: Verdict? {
        hindrances.filter { $0.unit != "cloud-init-local.service" }.gravest.map { hindrance in
            hindrance.verdict("cloud-init is installed, and \(hindrance.whatFails)")
        }
    }
}

extension Evidence {
    /// How what stands here comes to leave cloud-init on.
    fileprivate var switchingOn: [RemedyStep] {
        if path == "/etc/cloud/cloud-init.disabled" { return [.edit(path, .removeFile)] }
        if path.isWithin("/etc/systemd/system"), text.contains("/dev/null") {
            return [.command("systemctl", "unmask", "\(path.name)")]
        }
        if text.hasPrefix("ds-identify") {
            return [
                .sentence(
                    """
                    write `datasource_list: [ Ec2, None ]` on one line into a file of /etc/cloud/cloud.cfg.d whose \
                    name sorts last, such as 99_datasource.cfg
                    """)
            ]
        }
        return [.sentence("remove \(text.isEmpty ? "what keeps cloud-init from running" : text) from \(shortPlace)")]
    }
}
