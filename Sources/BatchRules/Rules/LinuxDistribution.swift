/// linux-distribution: a modern Linux distribution, not Windows.

import ImageFacts
import ImageReading

extension Rule {
    static let linuxDistribution = Rule(
        id: "linux-distribution",
        level: .required,
        title: "a modern Linux distribution, not Windows",
        group: .specification,
        clause: .linux,
        question: "Is the image a Linux distribution that names itself?",
        reason: """
            Batch runs Linux containers on Linux instances; Windows containers are not supported on EC2 compute \
            environments. The ECS agent, Docker and cloud-init, which Batch depends on, are packaged for today's \
            distributions.
            """,
        consequence: "on what is no Linux distribution no agent starts, and jobs stay in RUNNABLE",
        decidedBy: """
            /etc/os-release, then /usr/lib/os-release; where neither is there, /etc/system-release, \
            /etc/redhat-release, /etc/lsb-release, /etc/debian_version. Windows/System32 or bootmgr in the root and no \
            os-release is Windows, so is a disk with NTFS on it and no Linux root, and the platform windows in the AMI \
            metadata.
            """,
        remedy: "build the AMI on a Linux distribution, best on the ECS-optimized Amazon Linux 2023 AMI",
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/batch-ami-spec.html",
        // os-release IDs, alone or with a version.
        parameter: .names("allowed", example: ["amzn 2023", "debian 12"])
    ) { facts, policy, allowed in
        if case .present(let windows, let evidence) = facts.windows {
            let volume = windows.volume.map {
                ": \($0) is NTFS, its file system, and on no volume of the disk stands a Linux root"
            }
            return .fail(
                "the image is Windows\(volume ?? "")", evidence, remedy: anotherBase)
        }
        if let platform = policy.amiMetadata?.platform?.lowercased(), platform.hasPrefix("windows") {
            let found = facts.distribution.value.map {
                "; the image itself is \($0.prettyName): is the metadata of this image?"
            }
            return .fail(
                "the AMI metadata says platform windows\(found ?? "")",
                facts.distribution.evidence, remedy: anotherBase)
        }
        let absent = Verdict.undetermined(
            "no distribution names itself; looked at \(facts.distribution.searchedPlaces)",
            remedy: [.sentence("add /etc/os-release, or pass the root of the image instead of a part of it")])
        return facts.distribution.verdict(absent: absent) { distribution, evidence in
            guard !distribution.isNotLinux else {
                return .fail(
                    "\(distribution.label) is no Linux distribution", evidence, remedy: anotherBase)
            }
            if let allowed, !allowed.contains(where: distribution.isNamed) {
                return .fail(
                    "\(distribution.label) is none that the policy allows (\(allowed.joined(separator: ", ")))",
                    evidence,
                    remedy: [.sentence("build the AMI on a distribution that the policy allows")])
            }
            return .pass("\(distribution.label) is a Linux distribution", evidence)
        }
    }

    private static let anotherBase: [RemedyStep] = [
        .sentence("build the AMI on a Linux distribution, best on the ECS-optimized Amazon Linux 2023 AMI")
    ]
}

extension Distribution {
    /// `Amazon Linux 2023.12.20260930 (amzn 2023)`.
    var label: String {
        let short = [id, version].compactMap(\.self).joined(separator: " ")
        return [id, short].contains(prettyName) ? short : "\(prettyName) (\(short))"
    }

    /// Systems that have os-release and are no Linux; some of them are on AWS.
    fileprivate var isNotLinux: Bool {
        [
            "freebsd", "netbsd", "openbsd", "dragonfly", "midnightbsd", "ghostbsd", "nomadbsd", "hardenedbsd",
            "hellosystem", "furybsd", "opnsense", "pfsense", "xigmanas", "illumos", "omnios", "openindiana", "smartos",
            "tribblix", "helios", "solaris", "redox", "redox-os", "haiku", "minix", "serenity", "windows",
        ].contains(id) || like.contains("freebsd") || like.contains("illumos")
            // Debian's other kernels call themselves debian.
            || prettyName.hasPrefix("Debian GNU/kFreeBSD") || prettyName.hasPrefix("Debian GNU/Hurd")
    }

    /// Whether a policy means this distribution by `name`: an id, or an id and a version or its first numbers.
    fileprivate func isNamed(_ name: String) -> Bool {
        let words = name.split(separator: " ")
        guard let id = words.first, id.lowercased() == self.id else { return false }
        guard words.count > 1, let version else { return words.count == 1 }
        return version == words[1] || version.hasPrefix(words[1] + ".")
    }
}
