/// Rules of iptables as iptables-save writes them and iptables-restore reads them.

import ByteParsing
import ImageReading
import Startup

/// The filter table of a file.
///
///     *filter
///     :INPUT DROP [0:0]
///     -A INPUT -i lo -j ACCEPT
///     COMMIT
struct IptablesRules {
    private(set) var table = FilterTable()

    /// Adds the filter table of a file (iptables-restore(8)); a file without a line `*table` is read as of filter.
    mutating func read(_ file: File) throws(FormatError) {
        var isFilter = true
        for line in try file.lines() {
            let words = Self.words(line.text)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            let evidence = file.evidence(line: line.number, ShownKeys.ofRules.command(line.text))
            if first.hasPrefix("*") {
                isFilter = first == "*filter"
            } else if !isFilter {
                continue
            } else if first.hasPrefix(":"), words.count > 1 {
                let name = String(first.dropFirst())
                table.chains[name, default: FilterChain()].dropPolicy =
                    ["DROP", "REJECT"].contains(words[1]) ? evidence : nil
            } else if first == "-P" || first == "--policy", words.count > 2 {
                table.chains[words[1], default: FilterChain()].dropPolicy = words[2] == "DROP" ? evidence : nil
            } else if ["-A", "--append", "-I", "--insert"].contains(first), words.count > 1 {
                let rule = Self.rule(Array(words.dropFirst(2)), evidence)
                if first.contains("I") || first == "--insert" {
                    table.chains[words[1], default: FilterChain()].rules.insert(rule, at: 0)
                } else {
                    table.chains[words[1], default: FilterChain()].rules.append(rule)
                }
            }
        }
    }

    /// What drops packets of a chain that no rule decides.
    mutating func setPolicy(of chain: String, droppingBy evidence: Evidence?) {
        table.chains[chain, default: FilterChain()].dropPolicy = evidence
    }

    /// Has a chain look into others, in their order.
    mutating func jump(from chain: String, to others: [String], _ evidence: Evidence) {
        table.chains[chain, default: FilterChain()].rules += others.map {
            FilterRule(conditions: [], target: .jump($0), evidence: evidence)
        }
    }

    /// Matches that narrow nothing by themselves.
    private static let modules: Set<String> = [
        "tcp", "udp", "icmp", "icmp6", "comment", "conntrack", "state", "multiport", "addrtype",
    ]

    private static func rule(_ words: [String], _ evidence: Evidence) -> FilterRule {
        var conditions: [FilterCondition] = []
        var target = FilterRule.Target.nothing
        var isNegated = false
        var rest = words[...]
        func list(_ text: String) -> [Substring] { text.split(separator: ",") }
        while let word = rest.popFirst() {
            if word == "!" {
                isNegated = true
                continue
            }
            guard word.hasPrefix("-") else { continue }
            func value() -> String {
                if rest.first == "!" {
                    isNegated = true
                    rest = rest.dropFirst()
                }
                return rest.popFirst() ?? ""
            }
            let kind: FilterCondition.Kind?
            switch word {
            case "-i", "--in-interface": kind = .inInterface([value()[...]])
            case "-o", "--out-interface": kind = .outInterface([value()[...]])
            case "-p", "--protocol": kind = .networkProtocol([value().lowercased()[...]])
            case "-s", "--source", "--src": kind = .source(list(value()))
            case "-d", "--destination", "--dst": kind = .destination(list(value()))
            case "--dport", "--dports", "--destination-port", "--destination-ports":
                kind = .destinationPorts(list(value()))
            case "--sport", "--sports", "--source-port", "--source-ports":
                _ = value()
                kind = .sourcePorts
            case "--state", "--ctstate": kind = .states(list(value()))
            case "--dst-type": kind = .destinationType(value()[...])
            case "-m", "--match": kind = modules.contains(value()) ? nil : .unknown
            case "--comment", "--reject-with", "-c", "--set-counters", "--log-prefix", "--log-level":
                _ = value()
                kind = nil
            case "-j", "--jump", "-g", "--goto":
                let name = value()
                switch name {
                case "ACCEPT": target = .accept
                case "DROP", "REJECT": target = .drop
                case "RETURN": target = .returns
                case "LOG", "NFLOG", "AUDIT", "MARK", "CONNMARK", "TCPMSS", "": target = .nothing
                default: target = .jump(name)
                }
                kind = nil
            default:
                while let next = rest.first, !next.hasPrefix("-"), next != "!" { rest = rest.dropFirst() }
                kind = .unknown
            }
            if let kind { conditions.append(FilterCondition(kind: kind, isNegated: isNegated)) }
            isNegated = false
        }
        return FilterRule(conditions: conditions, target: target, evidence: evidence)
    }

    /// The words of a line; what stands between double quotes is one.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isWord = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
                isWord = true
            } else if !isQuoted, character == " " || character == "\t" {
                if isWord { words.append(word) }
                (word, isWord) = ("", false)
            } else {
                word.append(character)
                isWord = true
            }
        }
        if isWord { words.append(word) }
        return words
    }
}
