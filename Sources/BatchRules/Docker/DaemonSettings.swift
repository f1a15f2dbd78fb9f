/// What dockerd's command line and daemon.json set together.

import ImageFacts
import ImageReading

/// The options in force: a flag, else the file's member; dockerd refuses both at once.
struct DaemonSettings {
    /// A value of an option and where it stands.
    struct Setting {
        let text: String
        let evidence: Evidence
    }

    let file: DaemonConfiguration?
    let service: DockerService?
    let version: ReleaseVersion?

    /// Every text that an option is set to, which for one that is no list is one at most; empty ones are none.
    func texts(_ key: String, flag: String? = nil) -> [Setting] {
        let flags = (service?.flags(named: flag ?? key) ?? []).compactMap { flag in
            flag.value.map { Setting(text: $0, evidence: flag.evidence) }
        }
        let members = member(key).map { member in
            (member.value.elements ?? [member.value]).compactMap(\.text).map {
                Setting(text: $0, evidence: evidence(of: member))
            }
        }
        return (flags + (members ?? [])).filter { !$0.text.isEmpty }
    }

    /// What an option that is no list is set to; nil where it is not set.
    func text(_ key: String) -> Setting? { texts(key).last }

    /// What makes the control groups of containers, where it is set: the last `native.cgroupdriver=`.
    var controlGroupDriver: Setting? {
        texts("exec-opts", flag: "exec-opt").last { option in
            let name = option.text.prefix { $0 != "=" }.filter { !$0.isWhitespace }
            return name.lowercased() == "native.cgroupdriver"
        }
    }

    /// Whether a switch is on, where it is set.
    func isOn(_ key: String) -> (isOn: Bool, evidence: Evidence)? {
        if let flag = service?.flags(named: key).last, let value = flag.value, isGoBoolean(value) {
            return (value.first.map { "1tT".contains($0) } ?? false, flag.evidence)
        }
        guard let member = member(key), case .boolean(let isOn) = member.value else { return nil }
        return (isOn, evidence(of: member))
    }

    /// The member of the file that an option is read from; nil where the file has none.
    func member(_ key: String) -> DaemonValue.Member? {
        file?.members.last { DaemonOption.storing($0, in: version)?.key == key }
    }

    /// Where a member stands; only of members of the file.
    func evidence(of member: DaemonValue.Member) -> Evidence {
        file?.evidence(of: member) ?? Evidence("/etc/docker/daemon.json")
    }
}
