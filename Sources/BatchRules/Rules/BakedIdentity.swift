/// baked-identity: nothing of the machine that the image was made on.

import ImageFacts
import ImageReading

extension Rule {
    static let bakedIdentity = Rule(
        id: "baked-identity",
        level: .recommended,
        title: "nothing of the machine that the image was made on",
        group: .hygiene,
        question: "Is the image free of identities and remains of the machine that it was made on?",
        reason: """
            Every instance of the image has the same host keys, machine id and seed, lets in whoever had access to the \
            first machine, and shows what was done on it.
            """,
        decidedBy: """
            A machine-id with a value, authorized_keys, DHCP leases, cloud-init's data of a former instance, a random seed, \
            ssh host keys and a name in /etc/hostname where cloud-init does not replace them (there is none, or \
            ssh_deletekeys is false, preserve_hostname true), a hybrid registration of the SSM agent (one of \
            EC2 is replaced on the next instance), shells' histories, logs of cloud-init, ECS and the system, files in /tmp \
            and /var/tmp.
            """,
        remedy: """
            before the image is created: `cloud-init clean --logs --seed`, `truncate -s 0 /etc/machine-id`, and remove what \
            the message names
            """,
        reference: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/building-shared-amis.html"
    ) { facts, _ in
        let instances = facts.cloudInitState.value?.instances ?? []
        let replaced = facts.bakedIdentity.remains.filter { facts.isReplaced($0.kind) }
        let remains = facts.bakedIdentity.remains.filter { !facts.isReplaced($0.kind) }
        guard !remains.isEmpty || !instances.isEmpty else {
            if let problem = facts.bakedIdentity.problem { return .undetermined(problem, [Evidence(problem.path)]) }
            let word = replaced.isEmpty ? "" : "; cloud-init replaces \(names(of: replaced)) on every new instance"
            return .pass(
                "nothing that instances keep of the machine that the image was made on was found\(word)",
                replaced.map(\.evidence))
        }
        let former = instances.first.map { ["cloud-init's data of a former instance (\($0.path))"] } ?? []
        let found = (remains.isEmpty ? [] : [names(of: remains)]) + former
        return .fail(
            "the image keeps of the machine that it was made on: \(found.joined(separator: ", "))",
            Array((remains.map(\.evidence) + instances).prefix(20)),
            remedy: removing(remains, hasInstance: !instances.isEmpty))
    }

    /// What takes each of them away; a name and a machine id are emptied, since systemd asks whether the file is there.
    private static func removing(_ remains: [BakedIdentity.Remain], hasInstance: Bool) -> [RemedyStep] {
        var steps: [RemedyStep] = [.sentence("before the image is created:")]
        if hasInstance { steps.append(.command("cloud-init", "clean", "--logs", "--seed")) }
        for kind in BakedIdentity.Kind.allCases {
            let paths = remains.filter { $0.kind == kind }.map { "\($0.evidence.path)" as RemedyText }
            guard !paths.isEmpty else { continue }
            let command: [RemedyText] =
                switch kind {
                case .machineID, .hostname: ["truncate", "-s", "0"]
                case .hostKey, .authorizedKeys, .lease, .randomSeed, .hybridRegistration, .history, .log, .temporary:
                    ["rm", "-f"]
                }
            steps.append(.command(command + paths.prefix(20)))
            if paths.count > 20 { steps.append(.sentence("and \(paths.count - 20) more \(kind.name) likewise")) }
        }
        return steps
    }

    /// What is left, kind by kind, with the first place of each.
    private static func names(of remains: [BakedIdentity.Remain]) -> String {
        BakedIdentity.Kind.allCases.compactMap { kind -> String? in
            let found = remains.filter { $0.kind == kind }
            guard let first = found.first else { return nil }
            let more = found.count > 1 ? " and \(found.count - 1) more" : ""
            return "\(kind.name) (\(first.evidence.path)\(more))"
        }.joined(separator: ", ")
    }
}

extension Facts {
    /// Whether cloud-init gives every new instance its own (config/cc_ssh.py, config/cc_set_hostname.py).
    fileprivate func isReplaced(_ kind: BakedIdentity.Kind) -> Bool {
        guard cloudInit.value != nil else { return false }
        return switch kind {
        case .hostKey: cloudInitState.value?.keptHostKeys == nil
        case .hostname: cloudInitState.value?.keptHostname == nil
        case .machineID, .authorizedKeys, .lease, .randomSeed, .hybridRegistration, .history, .log, .temporary: false
        }
    }
}

extension BakedIdentity.Kind {
    fileprivate var name: String {
        switch self {
        case .machineID: "a machine id"
        case .hostKey: "ssh host keys"
        case .authorizedKeys: "authorized_keys"
        case .lease: "DHCP leases"
        case .hostname: "a host name"
        case .randomSeed: "a random seed"
        case .hybridRegistration: "a hybrid registration of the SSM agent"
        case .history: "shell histories"
        case .log: "logs"
        case .temporary: "temporary files"
        }
    }
}
