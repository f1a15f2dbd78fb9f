/// selinux: SELinux lets the boot go on.

import ImageFacts
import ImageReading

extension Rule {
    static let selinux = Rule(
        id: "selinux",
        level: .recommended,
        or: .required,
        title: "SELinux lets the boot go on",
        group: .host,
        question: "Does SELinux have its policy where it enforces one, and is none of its files still to be labelled?",
        reason: """
            systemd freezes where SELinux is to be enforcing and its policy cannot be loaded: the boot ends there. A relabel \
            that is due reboots every instance on its first start.
            """,
        consequence: "the boot does not come to the agent, and jobs stay in RUNNABLE",
        decidedBy: """
            SELINUX= and SELINUXTYPE= in /etc/selinux/config; enforcing=, selinux=, security= and lsm= of the boot entry; \
            CONFIG_SECURITY_SELINUX and CONFIG_LSM of the kernel; the policy below /etc/selinux; /.autorelabel and what acts on it.
            """,
        remedy: """
            install the policy (`dnf install selinux-policy-targeted`), or write SELINUX=permissive into /etc/selinux/config
            """,
        reference: "https://www.freedesktop.org/software/systemd/man/latest/kernel-command-line.html"
    ) { facts, _ in
        facts.selinux.verdict(absent: .pass("nothing switches SELinux on")) { selinux, evidence in
            if selinux.isOnInKernel == false { return .pass("the kernel that boots has SELinux off", evidence) }
            let mode = selinux.modeEvidence.map { "\($0.prefix)\($0.text)" } ?? "SELinux"
            if selinux.mode == .enforcing, selinux.hasPolicy == false {
                let found = "\(mode): no policy is in /etc/selinux/\(selinux.type)/policy"
                guard selinux.isOnInKernel == true else {
                    return .undetermined("\(found), and whether the kernel has SELinux on is not known", evidence)
                }
                return .fail("\(found), and systemd freezes without it", evidence).counting(as: .required)
            }
            if let place = selinux.relabel, selinux.mode != .disabled {
                return .fail(
                    "\(place.path): every instance labels its files anew on its first start, and boots a second time",
                    [place], remedy: [.command("rm", "\(place.path)")])
            }
            return .pass("\(mode): SELinux is \(selinux.mode.rawValue)", evidence)
        }
    }
}
