/// Rules of nftables as `nft -f` reads them (nft(8)): base chains at the hooks that a host's traffic passes.

import ByteParsing
import ImageReading
import Startup

/// The tables of a file and of those that it includes.
///
///     table inet filter {
///         chain input {
///             type filter hook input priority 0; policy drop;
///             iif lo accept
///         }
///     }
struct NftablesRules {
    /// A chain that the kernel begins with.
    struct Base {
        let hook: FilteredPacket.Hook
        /// The table that the chain stands in, by family and name.
        let table: String
        let chain: String
    }

    private(set) var bases: [Base] = []
    private(set) var tables: [String: FilterTable] = [:]
    /// Files that are included, as they are written.
    private(set) var includes: [String] = []

    private struct Token {
        let text: String
        let line: Int
        /// Whether it stood between quotes.
        let isQuoted: Bool
    }

    /// What becomes of a packet that has to pass every base chain of its hook.
    func fate(of packet: FilteredPacket) -> FilterTable.Fate {
        var isOpen = false
        for base in bases where base.hook == packet.hook {
            guard let table = tables[base.table] else { continue }
            switch table.fate(of: packet, in: base.chain) {
            case .dropped(let evidence): return isOpen ? .open : .dropped(evidence)
            case .open: isOpen = true
            case .accepted, .returned: continue
            }
        }
        return isOpen ? .open : .accepted
    }

    /// Adds what a file says; IPv6's and other families' tables are left out.
    mutating func read(_ file: File) throws(FormatError) {
        var tokens = Self.tokens(try file.lines())[...]
        while let token = tokens.popFirst() {
            switch token.text {
            case "table": readTable(&tokens, file)
            case "add", "create", "insert":
                guard let kind = tokens.popFirst() else { return }
                switch kind.text {
                case "table": readTable(&tokens, file)
                case "chain":
                    let (table, name) = address(&tokens)
                    readChain(name, of: table, &tokens, file)
                case "rule":
                    let (table, name) = address(&tokens)
                    readRule(&tokens, to: name, of: table, file)
                default: Self.skipStatement(&tokens)
                }
            case "flush" where tokens.first?.text == "ruleset":
                (bases, tables) = ([], [:])
                Self.skipStatement(&tokens)
            case "include":
                if let name = tokens.popFirst(), name.isQuoted { includes.append(name.text) }
            case "\n", ";": continue
            default: Self.skipStatement(&tokens)
            }
        }
    }

    /// `inet filter` or `filter`, which is of IPv4; nil for a family that IPv4 does not pass.
    private static func table(_ tokens: inout ArraySlice<Token>) -> String? {
        guard let first = tokens.popFirst() else { return nil }
        guard ["ip", "ip6", "inet", "arp", "bridge", "netdev"].contains(first.text) else { return "ip \(first.text)" }
        let name = tokens.popFirst()?.text ?? ""
        return ["ip", "inet"].contains(first.text) ? "\(first.text) \(name)" : nil
    }

    private func address(_ tokens: inout ArraySlice<Token>) -> (table: String?, chain: String) {
        let table = Self.table(&tokens)
        return (table, tokens.popFirst()?.text ?? "")
    }

    private mutating func readTable(_ tokens: inout ArraySlice<Token>, _ file: File) {
        let table = Self.table(&tokens)
        guard tokens.first?.text == "{" else { return }
        tokens = tokens.dropFirst()
        while let token = tokens.popFirst(), token.text != "}" {
            switch token.text {
            case "chain": readChain(tokens.popFirst()?.text ?? "", of: table, &tokens, file)
            case "\n", ";": continue
            default: Self.skipStatement(&tokens)
            }
        }
    }

    private mutating func readChain(
        _ name: String, of table: String?, _ tokens: inout ArraySlice<Token>, _ file: File
    ) {
        guard tokens.first?.text == "{" else { return }
        tokens = tokens.dropFirst()
        if let table {
            tables[table, default: FilterTable()].chains[name] = tables[table]?.chains[name] ?? FilterChain()
        }
        while let token = tokens.first, token.text != "}" {
            switch token.text {
            case "\n", ";": tokens = tokens.dropFirst()
            case "type": readType(&tokens, name, of: table)
            case "policy":
                let policy = tokens.dropFirst().first
                if let table, policy?.text == "drop" {
                    tables[table]?.chains[name]?.dropPolicy = file.evidence(line: token.line, "policy drop")
                }
                tokens = tokens.dropFirst(2)
            default: readRule(&tokens, to: name, of: table, file)
            }
        }
        tokens = tokens.dropFirst()
    }

    /// `type filter hook input priority 0`.
    private mutating func readType(_ tokens: inout ArraySlice<Token>, _ name: String, of table: String?) {
        var words: [String] = []
        while let token = tokens.first, !["\n", ";", "}"].contains(token.text) {
            words.append(token.text)
            tokens = tokens.dropFirst()
        }
        guard let table, words.count > 3, words[1] == "filter", words[2] == "hook",
            let hook = FilteredPacket.Hook(rawValue: words[3])
        else { return }
        bases.append(Base(hook: hook, table: table, chain: name))
    }

    private mutating func readRule(
        _ tokens: inout ArraySlice<Token>, to chain: String, of table: String?, _ file: File
    ) {
        var words: [Token] = []
        var depth = 0
        while let token = tokens.first {
            if depth == 0, ["\n", ";", "}"].contains(token.text) { break }
            depth += token.text == "{" && !token.isQuoted ? 1 : token.text == "}" && !token.isQuoted ? -1 : 0
            if token.text != "\n" || token.isQuoted { words.append(token) }
            tokens = tokens.dropFirst()
        }
        guard let table, let first = words.first else { return }
        let text = words.map(\.text).joined(separator: " ")
        for rule in Self.rules(words[...], file.evidence(line: first.line, ShownKeys.ofRules.command(text))) {
            tables[table]?.chains[chain]?.rules.append(rule)
        }
    }

    private static func skipStatement(_ tokens: inout ArraySlice<Token>) {
        var depth = 0
        while let token = tokens.first {
            if depth == 0, ["\n", ";", "}"].contains(token.text) { return }
            depth += token.text == "{" ? 1 : token.text == "}" ? -1 : 0
            tokens = tokens.dropFirst()
        }
    }

    /// One rule, or with a map of verdicts (`ct state vmap { ... }`) one for each of its elements.
    private static func rules(_ words: ArraySlice<Token>, _ evidence: Evidence) -> [FilterRule] {
        var rest = words
        var conditions: [FilterCondition] = []
        func rule(_ target: FilterRule.Target) -> [FilterRule] {
            [FilterRule(conditions: conditions, target: target, evidence: evidence)]
        }
        func values() -> (values: [Substring], isNegated: Bool) {
            var isNegated = false
            if let mark = rest.first, ["!=", "=="].contains(mark.text) {
                isNegated = mark.text == "!="
                rest = rest.dropFirst()
            }
            guard let first = rest.popFirst() else { return ([], isNegated) }
            guard first.text == "{" else {
                var values = [first.text[...]]
                while rest.first?.text == "," {
                    rest = rest.dropFirst()
                    if let next = rest.popFirst() { values.append(next.text[...]) }
                }
                return (values, isNegated)
            }
            var values: [Substring] = []
            while let next = rest.popFirst(), next.text != "}" {
                if next.text != "," { values.append(next.text[...]) }
            }
            return (values, isNegated)
        }
        func add(_ kind: ([Substring]) -> FilterCondition.Kind) {
            let (values, isNegated) = values()
            let isVariable = values.contains { $0.hasPrefix("$") || $0.hasPrefix("@") }
            conditions.append(
                FilterCondition(kind: isVariable ? .unknown : kind(values), isNegated: isNegated && !isVariable))
        }
        while let word = rest.popFirst() {
            let next = rest.first?.text ?? ""
            switch word.text {
            case "accept": return rule(.accept)
            case "drop", "reject": return rule(.drop)
            case "return": return rule(.returns)
            case "jump", "goto": return rule(.jump(next))
            case "continue", "queue", "masquerade", "dnat", "snat", "redirect", "notrack": return rule(.nothing)
            case "meta": continue
            case "iif", "iifname": add { .inInterface($0) }
            case "oif", "oifname": add { .outInterface($0) }
            case "l4proto", "protocol": add { .networkProtocol($0) }
            case "nfproto":
                add { $0 == ["ipv6"] ? .never : .unknown }
                if next == "ipv4" { _ = conditions.popLast() }
            case "ct" where next == "state":
                rest = rest.dropFirst()
                if rest.first?.text == "vmap" { return stateMap(rest.dropFirst(), conditions, evidence) }
                add { .states($0) }
            case "tcp" where ["dport", "sport"].contains(next):
                rest = rest.dropFirst()
                add { next == "dport" ? .destinationPorts($0) : .sourcePorts }
            case "udp", "icmp", "icmpv6", "ip6", "sctp", "igmp": conditions.append(FilterCondition(kind: .never))
            case "ip" where ["saddr", "daddr", "protocol"].contains(next):
                rest = rest.dropFirst()
                add { next == "saddr" ? .source($0) : next == "daddr" ? .destination($0) : .networkProtocol($0) }
            case "counter":
                if next == "packets" { rest = rest.dropFirst(4) }
            case "log":
                while let option = rest.first, ["prefix", "level", "group", "flags", "snaplen"].contains(option.text) {
                    rest = rest.dropFirst(2)
                }
            case "comment": rest = rest.dropFirst()
            default:
                conditions.append(FilterCondition(kind: .unknown))
                let verdicts = ["accept", "drop", "reject", "return", "jump", "goto"]
                while let token = rest.first, !verdicts.contains(token.text) { rest = rest.dropFirst() }
            }
        }
        return rule(.nothing)
    }

    /// `{ established : accept, invalid : drop }`.
    private static func stateMap(
        _ words: ArraySlice<Token>, _ conditions: [FilterCondition], _ evidence: Evidence
    ) -> [FilterRule] {
        let texts = words.map(\.text).filter { !["{", "}", ","].contains($0) }
        return texts.indices.compactMap { index in
            guard index > 0, index + 1 < texts.count, texts[index] == ":" else { return nil }
            let target: FilterRule.Target =
                switch texts[index + 1] {
                case "accept": .accept
                case "drop": .drop
                case "return": .returns
                case "jump", "goto": index + 2 < texts.count ? .jump(texts[index + 2]) : .nothing
                default: .nothing
                }
            let state = FilterCondition(kind: .states([texts[index - 1][...]]))
            return FilterRule(conditions: conditions + [state], target: target, evidence: evidence)
        }
    }

    /// Words, and by themselves braces, commas, colons between blanks, semicolons and ends of lines.
    private static func tokens(_ lines: [TextLine]) -> [Token] {
        var tokens: [Token] = []
        for line in lines {
            var word = ""
            func end() {
                if !word.isEmpty { tokens.append(Token(text: word, line: line.number, isQuoted: false)) }
                word = ""
            }
            var characters = line.text[...]
            var goesOn = false
            while let character = characters.popFirst() {
                switch character {
                case "#": characters = ""
                case "\"":
                    end()
                    let quoted = characters.prefix { $0 != "\"" }
                    tokens.append(Token(text: String(quoted), line: line.number, isQuoted: true))
                    characters = characters.dropFirst(quoted.count + 1)
                case " ", "\t", "\r": end()
                case "\\" where characters.isEmpty: goesOn = true
                case "{", "}", ",", ";":
                    end()
                    tokens.append(Token(text: String(character), line: line.number, isQuoted: false))
                default: word.append(character)
                }
            }
            end()
            if !goesOn { tokens.append(Token(text: "\n", line: line.number, isQuoted: false)) }
        }
        return tokens
    }
}
