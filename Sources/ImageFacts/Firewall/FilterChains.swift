/// Chains of a packet filter and what becomes of a packet in them: one model for iptables' rules and nftables'.

import ByteParsing
import ImageReading

/// A packet that a Batch host depends on, as far as rules tell packets apart.
struct FilteredPacket {
    /// Where the kernel looks at it.
    enum Hook: String {
        case input, forward, output
    }

    let hook: Hook
    /// The interface that it comes in by; nil for a network card, whose name the instance decides.
    var inInterface: String?
    /// Where it comes from; nil for what is not known.
    var source: String?
    /// Where it goes to; nil for what is not known.
    var destination: String?
    var destinationPort: Int?
    /// Whether it begins a connection, in the place of belonging to one.
    var isNew = true
}

/// One condition of a rule.
struct FilterCondition {
    enum Kind {
        case inInterface([Substring]), outInterface([Substring]), networkProtocol([Substring])
        case sourcePorts, destinationPorts([Substring]), source([Substring]), destination([Substring])
        case states([Substring])
        /// `--dst-type LOCAL`: what the host itself is meant by.
        case destinationType(Substring)
        /// What no packet of interest has: IPv6, ICMP.
        case never
        /// What only the running host tells.
        case unknown
    }

    let kind: Kind
    var isNegated = false
}

/// Whether a rule is about a packet.
enum FilterMatch {
    case yes, no, maybe

    var negated: FilterMatch {
        switch self {
        case .yes: .no
        case .no: .yes
        case .maybe: .maybe
        }
    }
}

/// One rule.
struct FilterRule {
    enum Target: Equatable {
        /// `nothing` is what counts or logs alone.
        case accept, drop, returns, nothing
        case jump(String)
    }

    let conditions: [FilterCondition]
    let target: Target
    let evidence: Evidence
}

/// One chain: its rules, and what becomes of the rest.
struct FilterChain {
    var rules: [FilterRule] = []
    /// The line that drops what no rule decides; nil where that is accepted, or returned to the calling chain.
    var dropPolicy: Evidence?
}

/// The chains of one table, by their names.
struct FilterTable {
    /// What becomes of a packet.
    enum Fate {
        case accepted
        /// By this line.
        case dropped(Evidence)
        /// No rule decided it.
        case returned
        /// What only the running host tells decides it.
        case open
    }

    private static let depthLimit = 16
    /// How many rules one packet is held against: chains that jump to one chain many times multiply.
    private static let ruleLimit = 20_000

    var chains: [String: FilterChain] = [:]

    /// What becomes of a packet that comes to a chain, its policy applied.
    func fate(of packet: FilteredPacket, in chain: String) -> Fate {
        var rulesLeft = Self.ruleLimit
        let fate = walk(packet, chain, depth: 0, &rulesLeft)
        guard case .returned = fate else { return fate }
        return chains[chain]?.dropPolicy.map { .dropped($0) } ?? .accepted
    }

    private func walk(_ packet: FilteredPacket, _ name: String, depth: Int, _ rulesLeft: inout Int) -> Fate {
        guard depth < Self.depthLimit else { return .open }
        guard let chain = chains[name] else { return .returned }
        var isOpen = false
        for rule in chain.rules where rule.target != .nothing {
            rulesLeft -= 1
            guard rulesLeft > 0 else { return .open }
            let match = rule.match(packet)
            if match == .no { continue }
            let fate: Fate
            switch rule.target {
            case .accept: fate = .accepted
            case .drop: fate = .dropped(rule.evidence)
            case .returns:
                if match == .yes { return isOpen ? .open : .returned }
                isOpen = true
                continue
            case .jump(let target): fate = walk(packet, target, depth: depth + 1, &rulesLeft)
            case .nothing: continue
            }
            if case .returned = fate { continue }
            if case .open = fate {
                isOpen = true
            } else if match == .yes {
                return isOpen ? .open : fate
            } else {
                isOpen = true
            }
        }
        return isOpen ? .open : .returned
    }
}

extension FilterRule {
    func match(_ packet: FilteredPacket) -> FilterMatch {
        var result = FilterMatch.yes
        for condition in conditions {
            switch condition.isNegated ? condition.match(packet).negated : condition.match(packet) {
            case .no: return .no
            case .maybe: result = .maybe
            case .yes: continue
            }
        }
        return result
    }
}

extension FilterCondition {
    fileprivate func match(_ packet: FilteredPacket) -> FilterMatch {
        switch kind {
        case .never: return .no
        case .unknown, .sourcePorts: return .maybe
        case .inInterface(let names):
            guard packet.hook != .output else { return .no }
            return Self.best(names.map { Self.match($0, interface: packet.inInterface) })
        case .outInterface(let names):
            guard packet.hook != .input else { return .no }
            return Self.best(names.map { Self.match($0, interface: nil) })
        case .networkProtocol(let names):
            return names.contains { ["tcp", "all", "6", "0"].contains($0) } ? .yes : .no
        case .destinationPorts(let ports):
            guard let wanted = packet.destinationPort else { return .maybe }
            return Self.best(ports.map { Self.match($0, port: wanted) })
        case .source(let addresses): return Self.best(addresses.map { Self.match($0, address: packet.source) })
        case .destination(let addresses):
            return Self.best(addresses.map { Self.match($0, address: packet.destination) })
        case .states(let names):
            let wanted = packet.isNew ? "new" : "established"
            let states = names.map { $0.lowercased() }
            // What is led to the agent's port has another address too.
            return states.contains(wanted) ? .yes : states.contains { ["dnat", "snat"].contains($0) } ? .maybe : .no
        case .destinationType(let type):
            switch type {
            case "LOCAL": return packet.hook == .input ? .yes : .maybe
            default: return ["BROADCAST", "MULTICAST", "ANYCAST"].contains(type) ? .no : .maybe
            }
        }
    }

    private static func best(_ matches: [FilterMatch]) -> FilterMatch {
        matches.contains { $0 == .yes } ? .yes : matches.contains { $0 == .maybe } ? .maybe : .no
    }

    private static func match(_ name: Substring, interface: String?) -> FilterMatch {
        let isPattern = name.hasSuffix("+") || name.hasSuffix("*")
        let stem = isPattern ? name.dropLast() : name
        if let interface { return isPattern ? interface.hasPrefix(stem) ? .yes : .no : name == interface ? .yes : .no }
        // A network card is none of those that programs make.
        let made = ["lo", "docker", "br-", "veth", "virbr", "cni", "tun", "tap", "wg", "ecs-"]
        return stem.isEmpty ? .yes : made.contains { stem.hasPrefix($0) } ? .no : .maybe
    }

    private static func match(_ port: Substring, port wanted: Int) -> FilterMatch {
        let ends = port.split(whereSeparator: { $0 == ":" || $0 == "-" })
        guard let first = ends.first.flatMap({ Int($0) }), let last = ends.last.flatMap({ Int($0) }) else {
            // A service by its name: none is called after a port of the agent's.
            return ["http", "www"].contains(port)
                ? wanted == 80 ? .yes : .no : port == "https" ? wanted == 443 ? .yes : .no : .no
        }
        return first <= wanted && wanted <= last ? .yes : .no
    }

    private static func match(_ network: Substring, address: String?) -> FilterMatch {
        let parts = network.split(separator: "/")
        guard let base = parts.first.flatMap({ bits($0) }) else { return .maybe }
        let length = parts.count > 1 ? Int(parts[1]) ?? bits(parts[1]).map { ($0 as UInt32).nonzeroBitCount } ?? 32 : 32
        guard 0...32 ~= length else { return .maybe }
        let mask: UInt32 = length == 0 ? 0 : UInt32.max << UInt32(32 - length)
        guard length > 0 else { return .yes }
        // What is not known is at least none of the host's own.
        guard let address else { return base >> 24 == 127 ? .no : .maybe }
        guard let own = bits(address[...]) else { return .maybe }
        return own & mask == base & mask ? .yes : .no
    }

    private static func bits(_ address: Substring) -> UInt32? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard let part else { return nil }
            bits = bits << 8 | UInt32(part)
        }
        return bits
    }
}
