/// firewall: firewall rules that let the agent and its jobs talk.

import ImageFacts
import ImageReading

extension Rule {
    static let firewall = Rule(
        id: "firewall",
        level: .recommended,
        title: "firewall rules that let the agent and its jobs talk",
        group: .host,
        question:
            "Do the firewall rules that start with the host let through what the agent and its jobs send and get?",
        reason: """
            The agent asks the metadata service for credentials and connects to ECS; a job on Docker's bridge gets its \
            role's credentials from the agent by port 51679, to which 169.254.170.2 is led. Rules that drop by default, \
            as hardening guides ask for, keep the agent from registering, or jobs from their credentials.
            """,
        decidedBy: """
            Rules that a unit which starts loads: /etc/sysconfig/iptables, /etc/iptables/rules.v4, nftables.conf with \
            what it includes, ufw where it is enabled, firewalld's default zone. What is dropped for certain counts: \
            what goes out to 169.254.169.254 and to port 443, what is answered, what comes in by docker0 for port 51679. \
            Docker puts its own rules first into iptables' FORWARD, so that a drop behind them harms nothing; with \
            "iptables": false, and against a chain of nftables beside iptables', that does not help.
            """,
        remedy: """
            let through what goes out and its answers, and accept port 51679 from docker0: `iptables -A INPUT -i docker0 \
            -p tcp --dport 51679 -j ACCEPT`
            """,
        reference: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { docker, _ in
            let sets = facts.firewall.ruleSets
            guard !sets.isEmpty else { return .pass("no unit that starts loads firewall rules of the image") }
            let settings = DaemonSettings(
                file: facts.daemonConfiguration.value, service: facts.dockerService.value, version: docker.version)
            let findings = sets.flatMap { set in
                set.dropped.filter { harms($0, of: set, docker, settings) }.map { (set, $0) }
            }
            guard let first = findings.first else {
                if let problem = sets.lazy.compactMap(\.problem).first {
                    return .notApplicable("\(problem), so that what the firewall drops is not known")
                }
                let names = sets.map { "\($0.unit) (\($0.path))" }.joined(separator: ", ")
                return .pass(
                    "\(names): nothing that the agent or its jobs send is dropped for certain",
                    sets.map { Evidence($0.path) })
            }
            let effects = findings.map(\.1).map { "\($0.evidence.prefix)\(effect(of: $0.traffic))" }
            return .fail(
                "\(first.0.unit) starts and loads rules that drop what the host needs: "
                    + effects.joined(separator: "; "),
                findings.map(\.1.evidence), remedy: findings.map { remedy(for: $0.1.traffic, in: $0.0.kind) }.unique)
        }
    }

    /// Whether something that is dropped gets lost for all that Docker does by itself.
    private static func harms(
        _ dropped: Firewall.Dropped, of set: Firewall.RuleSet, _ docker: Docker, _ settings: DaemonSettings
    ) -> Bool {
        switch dropped.traffic {
        case .metadata, .services, .answers: return true
        case .credentials:
            return set.kind != .firewalld || docker.version.map { $0 < ReleaseVersion(20, 10) } == true
        case .bridge:
            let isFiltering = settings.isOn("iptables")?.isOn != false
            let usesNftables = settings.text("firewall-backend")?.text == "nftables"
            return set.kind == .nftables || !isFiltering || usesNftables
        }
    }

    private static func effect(of traffic: Firewall.Traffic) -> String {
        switch traffic {
        case .metadata: "the agent gets no credentials of 169.254.169.254 and never registers"
        case .services: "no connection to ECS goes out, and the agent never registers"
        case .answers: "no answer to what goes out comes in, and the agent never registers"
        case .credentials:
            "a job on Docker's bridge gets no credentials of its role from 169.254.170.2, which is led to port 51679"
        case .bridge: "a job on Docker's bridge reaches nothing outside of the host"
        }
    }

    private static func remedy(for traffic: Firewall.Traffic, in kind: Firewall.Kind) -> RemedyStep {
        switch (traffic, kind) {
        case (.metadata, _): .sentence("accept TCP to 169.254.169.254, port 80, in OUTPUT")
        case (.services, _): .sentence("accept new TCP connections to port 443 in OUTPUT")
        case (.answers, _): .sentence("accept what belongs to a connection (ESTABLISHED, RELATED) in INPUT")
        case (.credentials, .nftables): .sentence("add `iifname \"docker0\" tcp dport 51679 accept` to the input chain")
        case (.credentials, .ufw): .sentence("run `ufw allow in on docker0 to any port 51679 proto tcp`")
        case (.credentials, .firewalld):
            .sentence("run `firewall-cmd --permanent --zone=trusted --add-interface=docker0`")
        case (.credentials, .iptables): .sentence("add `-A INPUT -i docker0 -p tcp --dport 51679 -j ACCEPT`")
        case (.bridge, .nftables):
            .sentence("accept what docker0 sends and gets in the forward chain, or leave that chain to Docker")
        case (.bridge, _): .sentence("accept what docker0 sends and gets in FORWARD, or let Docker manage iptables")
        }
    }
}

extension [RemedyStep] {
    /// Each step once, in their order.
    fileprivate var unique: [RemedyStep] {
        var seen: Set<RemedyStep> = []
        return filter { seen.insert($0).inserted }
    }
}
