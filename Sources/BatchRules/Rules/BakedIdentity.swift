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
            A machine-id with a value, ssh host keys, authorized_keys, DHCP leases, cloud-init's data of a former instance, \
            a name in /etc/hostname that is no distribution's, a random seed, a hybrid registration of the SSM agent (one of \
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
        let remains = facts.bakedIdentity.remains
        guard !remains.isEmpty || !instances.isEmpty else {
            return .pass("nothing of the machine that the image was made on was found")
        }
        var names = BakedIdentity.Kind.allCases.compactMap { kind -> String? in
            let found = remains.filter { $0.kind == kind }
            guard let first = found.first else { return nil }
            let more = found.count > 1 ? " and \(found.count - 1) more" : ""
            return "\(kind.name) (\(first.evidence.path)\(more))"
        }
        if let first = instances.first { names.append("cloud-init's data of a former instance (\(first.path))") }
        return .fail(
            "nothing of a former machine expected, found \(names.joined(separator: ", "))",
            Array((remains.map(\.evidence) + instances).prefix(20)))
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
