import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct FirewallTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var docker = "25.0.5"
        var units: [String] = []
        var entries: [String: LiteralEntry] = [:]
        let verdict: Verdict.Kind
        var says: [String] = []
        var not: [String] = []
        var testDescription: String { name }
    }

    private static let iptables = "/etc/sysconfig/iptables"
    private static let nftables = "/etc/nftables.conf"

    /// The file that iptables-services of Amazon Linux and RHEL brings.
    private static let packaged: LiteralEntry = """
        # sample configuration for iptables service
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
        -A INPUT -p icmp -j ACCEPT
        -A INPUT -i lo -j ACCEPT
        -A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
        -A INPUT -j REJECT --reject-with icmp-host-prohibited
        -A FORWARD -j REJECT --reject-with icmp-host-prohibited
        COMMIT

        """
    /// As CIS' benchmark of Amazon Linux 2 asks for.
    private static let benchmark = """
        *filter
        :INPUT DROP [0:0]
        :FORWARD DROP [0:0]
        :OUTPUT DROP [0:0]
        -A INPUT -i lo -j ACCEPT
        -A INPUT -s 127.0.0.0/8 -j DROP
        -A INPUT -p tcp -m state --state ESTABLISHED -j ACCEPT
        -A INPUT -p udp -m state --state ESTABLISHED -j ACCEPT
        -A INPUT -p tcp -m tcp --dport 22 -m state --state NEW -j ACCEPT
        -A OUTPUT -o lo -j ACCEPT
        -A OUTPUT -p tcp -m state --state NEW,ESTABLISHED -j ACCEPT
        -A OUTPUT -p udp -m state --state NEW,ESTABLISHED -j ACCEPT

        """

    private static func rules(_ text: String) -> LiteralEntry { .text(text + "COMMIT\n") }

    private static func table(_ input: String, forward: String = "policy accept;", output: String = "policy accept;")
        -> LiteralEntry
    {
        .text(
            """
            #!/usr/sbin/nft -f
            flush ruleset
            table inet filter {
                set blocked { type ipv4_addr; elements = { 192.0.2.1 }
                }
                chain input {
                    type filter hook input priority 0; \(input)
                }
                chain forward {
                    type filter hook forward priority 0; \(forward)
                }
                chain output {
                    type filter hook output priority 0; \(output)
                }
            }

            """)
    }

    static let cases: [Case] = [
        Case(name: "nothing", verdict: .pass, says: ["no unit that starts loads firewall rules"]),
        Case(
            name: "rules that nothing loads", entries: [iptables: packaged], verdict: .pass,
            says: ["no unit that starts"]),
        Case(
            name: "the packaged rules, loaded", units: ["iptables"], entries: [iptables: packaged], verdict: .fail,
            says: ["iptables.service starts", "\(iptables):10: a job on Docker's bridge gets no credentials"],
            not: ["registers", "reaches nothing"]),
        Case(
            name: "agent#2877: a benchmark's rules, loaded", units: ["iptables"], entries: [iptables: rules(benchmark)],
            verdict: .fail, says: ["\(iptables):2: a job on Docker's bridge gets no credentials"], not: ["registers"]),
        Case(
            name: "the same with the agent's port open to the bridge", units: ["iptables"],
            entries: [iptables: rules(benchmark + "-A INPUT -i docker+ -p tcp -m tcp --dport 51679:51680 -j ACCEPT\n")],
            verdict: .pass),
        Case(
            name: "what only the host tells stays open", units: ["iptables"],
            entries: [iptables: rules(benchmark + "-A INPUT -m set --match-set jobs src -j ACCEPT\n")], verdict: .pass),
        Case(
            name: "nothing goes out", units: ["iptables"],
            entries: [
                iptables: rules("*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -m state --state ESTABLISHED -j ACCEPT\n")
            ],
            verdict: .fail, says: ["\(iptables):2: the agent gets no credentials", "no connection to ECS goes out"]),
        Case(
            name: "the metadata service is refused to all", units: ["iptables"],
            entries: [iptables: rules("*filter\n-A OUTPUT -d 169.254.169.254/32 -j REJECT\n")], verdict: .fail,
            says: ["\(iptables):2: the agent gets no credentials of 169.254.169.254"]),
        Case(
            name: "the metadata service is refused to users", units: ["iptables"],
            entries: [
                iptables: rules("*filter\n-A OUTPUT -d 169.254.169.254/32 -m owner ! --uid-owner root -j REJECT\n")
            ], verdict: .pass),
        Case(
            name: "AWS's own: containers are kept from the metadata service", units: ["iptables"],
            entries: [
                iptables: rules(
                    "*filter\n:DOCKER-USER - [0:0]\n-A DOCKER-USER -i docker+ -d 169.254.169.254/32 -j DROP\n")
            ], verdict: .pass),
        Case(
            name: "no answers come in", units: ["netfilter-persistent"],
            entries: ["/etc/iptables/rules.v4": rules("*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n")],
            verdict: .fail, says: ["no answer to what goes out comes in"]),
        Case(
            name: "chains of its own", units: ["iptables"],
            entries: [
                iptables: rules(
                    "*filter\n:INPUT ACCEPT [0:0]\n:OWN - [0:0]\n-A INPUT -j OWN\n-A OWN -m conntrack --ctstate "
                        + "RELATED,ESTABLISHED -j ACCEPT\n-A OWN ! -i eth0 -j RETURN\n-A OWN -j DROP\n")
            ], verdict: .pass),
        Case(
            name: "chains that jump to one another a thousand times", units: ["iptables"],
            entries: [
                iptables: rules(
                    "*filter\n:INPUT DROP [0:0]\n" + String(repeating: "-A INPUT -j A0\n", count: 30)
                        + (0..<14).map { String(repeating: "-A A\($0) -j A\($0 + 1)\n", count: 30) }.joined())
            ], verdict: .pass),
        Case(
            name: "rules that cannot be read", units: ["iptables"],
            entries: [iptables: .unreadable(.permissionDenied)], verdict: .notApplicable, says: [iptables]),
        Case(
            name: "another table", units: ["iptables"],
            entries: [iptables: rules("*nat\n:INPUT DROP [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n")],
            verdict: .pass),
        Case(
            name: "FORWARD drops, and Docker leaves iptables alone", units: ["iptables"],
            entries: [
                iptables: rules("*filter\n:FORWARD DROP [0:0]\n"), "/etc/docker/daemon.json": #"{"iptables": false}"#,
            ], verdict: .fail, says: ["a job on Docker's bridge reaches nothing"]),
        Case(
            name: "FORWARD drops, and Docker puts its rules first", units: ["iptables"],
            entries: [iptables: rules("*filter\n:FORWARD DROP [0:0]\n")], verdict: .pass),
        Case(
            name: "nftables, a chain for forwarding beside Docker's", units: ["nftables"],
            entries: [nftables: table("policy accept;", forward: "policy drop;")], verdict: .fail,
            says: ["nftables.service starts", "reaches nothing outside"]),
        Case(
            name: "nftables, a default of its package", units: ["nftables"],
            entries: [nftables: table("", forward: "", output: "")],
            verdict: .pass),
        Case(
            name: "nftables, input drops", units: ["nftables"],
            entries: [
                nftables: table(
                    """
                    policy drop;
                    ct state vmap { established : accept, related : accept, invalid : drop }
                    iif lo accept
                    ip protocol icmp accept
                    tcp dport { 22, 443 } accept comment "a } brace"
                    """)
            ], verdict: .fail, says: ["\(nftables):7: a job on Docker's bridge gets no credentials"], not: ["registers"]
        ),
        Case(
            name: "nftables, the agent's port open", units: ["nftables"],
            entries: [
                nftables: table(
                    "policy drop;\nct state established,related accept\niifname \"docker0\" tcp dport 51679 accept")
            ], verdict: .pass),
        Case(
            name: "nftables, by lines and an included file", units: ["nftables"],
            entries: [
                nftables: "include \"/etc/nftables/rules.nft\"\n",
                "/etc/nftables/rules.nft": """
                add table ip filter
                add chain ip filter output { type filter hook output priority 0; policy drop; }
                add rule ip filter output ct state established accept
                add rule ip filter output oif lo accept

                """,
            ], verdict: .fail, says: ["/etc/nftables/rules.nft:2: the agent gets no credentials"]),
        Case(
            name: "nftables, a file that is not there", units: ["nftables"],
            entries: [nftables: "include \"/etc/nftables/rules.nft\"\n"], verdict: .pass),
        Case(
            name: "nftables, IPv6 alone", units: ["nftables"],
            entries: [nftables: "table ip6 f {\nchain i { type filter hook input priority 0; policy drop; }\n}\n"],
            verdict: .pass),
        Case(
            name: "ufw as its package has it: switched off", units: ["ufw"],
            entries: ["/etc/ufw/ufw.conf": "ENABLED=no\n", "/etc/default/ufw": "DEFAULT_INPUT_POLICY=\"DROP\"\n"],
            verdict: .pass, says: ["no unit that starts"]),
        Case(
            name: "ufw switched on", units: ["ufw"], entries: ufw("-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n"),
            verdict: .fail, says: ["ufw.service starts", "/etc/default/ufw: a job on Docker's bridge gets no"],
            not: ["registers", "reaches"]),
        Case(
            name: "ufw with the agent's port open", units: ["ufw"],
            entries: ufw("-A ufw-user-input -i docker0 -p tcp --dport 51679 -j ACCEPT\n"), verdict: .pass),
        Case(
            name: "firewalld, and a Docker that makes a zone of its own", units: ["firewalld"],
            entries: ["/etc/firewalld/firewalld.conf": "DefaultZone=public\n"], verdict: .pass),
        Case(
            name: "firewalld, and a Docker that makes none", docker: "19.03.15", units: ["firewalld"],
            entries: ["/etc/firewalld/firewalld.conf": "DefaultZone=public\n"], verdict: .fail,
            says: ["firewalld.service starts", "gets no credentials"]),
        Case(
            name: "firewalld that trusts the bridge", docker: "19.03.15", units: ["firewalld"],
            entries: [
                "/etc/firewalld/firewalld.conf": "DefaultZone=public\n",
                "/etc/firewalld/zones/trusted.xml":
                    "<zone target=\"ACCEPT\"><interface name=\"docker0\"/></zone>",
            ], verdict: .pass),
        Case(
            name: "no Docker", docker: "", units: ["iptables"], entries: [iptables: packaged], verdict: .notApplicable),
    ]

    private static func ufw(_ user: String) -> [String: LiteralEntry] {
        [
            "/etc/ufw/ufw.conf": "ENABLED=yes\n",
            "/etc/default/ufw": "DEFAULT_INPUT_POLICY=\"DROP\"\nDEFAULT_FORWARD_POLICY=\"DROP\"\n",
            "/etc/ufw/before.rules": """
            *filter
            :ufw-before-input - [0:0]
            :ufw-not-local - [0:0]
            -A ufw-before-input -i lo -j ACCEPT
            -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
            -A ufw-before-input -p udp --sport 67 --dport 68 -j ACCEPT
            -A ufw-before-input -j ufw-not-local
            -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
            -A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
            -A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
            -A ufw-not-local -j DROP
            COMMIT

            """,
            "/etc/ufw/user.rules": .text("*filter\n:ufw-user-input - [0:0]\n\(user)COMMIT\n"),
        ]
    }

    @Test(arguments: cases)
    func `rules that a unit loads are held against what the host needs`(row: Case) throws {
        var entries = row.entries
        entries["/usr/lib/systemd/system/multi-user.target"] = "[Unit]\n"
        entries["/usr/lib/systemd/system/default.target"] = .link("multi-user.target")
        entries["/usr/lib/systemd/systemd"] = .executable()
        for unit in row.units {
            entries["/usr/lib/systemd/system/\(unit).service"] = "[Service]\nExecStart=/usr/bin/true\n"
            entries["/etc/systemd/system/multi-user.target.wants/\(unit).service"] = .link("/x")
        }
        if !row.docker.isEmpty {
            entries["/var/lib/dpkg/status"] = .text(
                "Package: docker-ce\nStatus: install ok installed\nVersion: \(row.docker)-1\n")
        }
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.firewall.evaluate(facts, .test)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
        for text in row.not { #expect(!finding.message.contains(text), "\(finding.message)") }
        #expect(finding.level == .recommended)
    }

    @Test(arguments: [
        "*filter\n-A INPUT\n-A\n:\n-A INPUT -j\n-A INPUT -p\n-A INPUT -d 1.2.3.4/99 -j DROP\n",
        "*filter\n-A INPUT -j INPUT\n",
        "table", "table {", "table inet f { chain", "table inet f { chain c { type", "add rule", "add chain ip f c {",
        "table inet f {\nchain c {\ntype filter hook input priority 0; policy\n", "}}}}", "include", "\"",
        "table ip f {\nchain c {\ntype filter hook input priority 0;\njump c\n}\n}\n",
    ])
    func `rules that are cut or turn in circles are passed over`(text: String) throws {
        let row = Case(
            name: text, units: ["iptables", "nftables"],
            entries: [Self.iptables: .text(text), Self.nftables: .text(text)], verdict: .pass)
        try self.`rules that a unit loads are held against what the host needs`(row: row)
    }
}
