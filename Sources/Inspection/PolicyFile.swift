/// The policy file: which rules count how, what they accept, and which findings are accepted until when.

public import BatchRules
import ByteParsing
import Reporting
import YAMLReading

/// Why a policy file is not one, with the place.
public struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// 1-based; nil where no single place is at fault.
    public let line: Int?
    /// 1-based; nil where no single place is at fault.
    public let column: Int?
    /// What was expected and what was found, lower case, without the place.
    public let reason: String

    /// `line 3, column 5: no rule is called 'x'`.
    public var description: String {
        guard let line, let column else { return reason }
        return "line \(line), column \(column): \(reason)"
    }

    init(_ reason: String, at node: YAMLNode) {
        line = node.line
        column = node.column
        self.reason = reason
    }

    /// What is no YAML, at the place where reading it ended; a syntax error says its place itself.
    fileprivate init(_ error: FormatError, in bytes: [UInt8]) {
        let offset = error.reason.hasPrefix("line ") ? nil : error.offset
        let before = offset.map { String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix($0) }
        let lines = before?.split(separator: "\n", omittingEmptySubsequences: false)
        line = lines?.count
        column = lines?.last.map { $0.count + 1 }
        reason = "YAML expected: \(error.reason)"
    }
}

/// What a policy file says. Every key is optional, an unknown one is an error.
///
///     rules:
///       agent-latest: recommended        # required, recommended or off
///       kernel-version:
///         level: required
///         oldest: "5.10"
///     groups: [specification, host, boot]   # all where it is left out
///     fail-on: required
///     waivers:
///       - rule: docker-tested
///         image: "*gpu-*.tar.gz"         # every image where it is left out
///         found: [docker-ce 27.3.1]      # whatever is found where it is left out
///         reason: the GPU team tests this pair itself
///         expires: 2027-01-31
///         accepted-by: jane@example.com
public struct PolicyFile: Sendable {
    /// Levels by rule id.
    public private(set) var levels: [String: LevelChange] = [:]
    /// What is set of rules that have a parameter, by rule id.
    public private(set) var parameters: [String: any Sendable] = [:]
    /// In the order of the file.
    public private(set) var waivers: [Waiver] = []
    /// Which groups of rules are judged; nil where the file does not say.
    public private(set) var groups: Set<Group>?
    /// `fail-on`; nil where the file does not say.
    public private(set) var failOn: FailOn?

    /// Where it stood, and its digest; nil for a policy that was not read from a file.
    public private(set) var source: PolicySources.File?

    /// Reads the policy in the file at `path` of this machine, of at most 1 MB; an error has its place in the text.
    public init(file path: String, catalog: RuleCatalog) throws(SettingsError) {
        let bytes = try settingsFile(at: path, upTo: 1 << 20)
        do throws(PolicyError) {
            try self.init(bytes, catalog: catalog)
        } catch {
            throw SettingsError(error.description)
        }
        source = PolicySources.File(path: path, sha256: sha256(of: bytes))
    }

    /// A policy that changes nothing.
    public init() {}

    /// Reads a policy file. Throws at the first key, rule, level, version or date that is not known or not well formed.
    public init(_ bytes: [UInt8], catalog: RuleCatalog) throws(PolicyError) {
        let root: YAMLNode?
        do {
            root = try parseYAML(bytes)
        } catch {
            throw PolicyError(error, in: bytes)
        }
        guard let root, !root.isNull else { return }
        for (key, value) in try Self.entries(of: root, known: ["rules", "groups", "fail-on", "waivers"]) {
            switch key {
            case "rules": try readRules(value, catalog)
            case "groups":
                groups = Set(
                    try Self.items(value, of: key).map { item throws(PolicyError) in
                        try Self.choice(item, of: "a group")
                    })
                if groups?.isEmpty == true { throw PolicyError("at least one group expected", at: value) }
            case "fail-on": failOn = try Self.choice(value, of: "fail-on")
            default:
                waivers = try Self.items(value, of: "waivers").map { item throws(PolicyError) in
                    try Self.waiver(item, catalog)
                }
            }
        }
    }

    private mutating func readRules(_ node: YAMLNode, _ catalog: RuleCatalog) throws(PolicyError) {
        for (id, value) in try Self.entries(of: node, known: catalog.rules.map(\.id), noun: "rule") {
            guard value.pairs != nil else {
                levels[id] = try Self.choice(value, of: "a level")
                continue
            }
            let parameter = catalog.rule(id)?.parameter
            for (key, value) in try Self.entries(of: value, known: ["level"] + [parameter?.key].compactMap(\.self)) {
                if let parameter, key == parameter.key {
                    parameters[id] = try Self.value(value, of: parameter)
                } else {
                    levels[id] = try Self.choice(value, of: "a level")
                }
            }
        }
    }

    /// What the rule's own parameter makes of the texts; where it makes nothing of them its reason, with the place.
    private static func value(
        _ node: YAMLNode, of parameter: RuleParameter<any Sendable>
    ) throws(PolicyError) -> any Sendable {
        let read: () throws(ParameterError) -> any Sendable
        switch parameter.form {
        case .text(_, let value):
            let text = try text(node, of: parameter.key)
            read = { () throws(ParameterError) in try value(text) }
        case .list(_, let value):
            let texts = try texts(node, of: parameter.key)
            read = { () throws(ParameterError) in try value(texts) }
        }
        do throws(ParameterError) {
            return try read()
        } catch {
            throw PolicyError(error.reason, at: node)
        }
    }

    private static func waiver(_ node: YAMLNode, _ catalog: RuleCatalog) throws(PolicyError) -> Waiver {
        let known = ["rule", "image", "found", "reason", "expires", "accepted-by"]
        let values = Dictionary(uniqueKeysWithValues: try entries(of: node, known: known))
        func required(_ key: String) throws(PolicyError) -> YAMLNode {
            guard let value = values[key] else { throw PolicyError("a waiver with '\(key)' expected", at: node) }
            return value
        }
        let rule = try required("rule")
        let id = try text(rule, of: "rule")
        guard catalog.rule(id) != nil else { throw unknown(id, "rule", among: catalog.rules.map(\.id), at: rule) }
        let expires = try required("expires")
        guard let day = CalendarDay(try text(expires, of: "expires")) else {
            throw PolicyError("a day as YYYY-MM-DD expected, '\(expires.text ?? "")' found", at: expires)
        }
        return Waiver(
            rule: id,
            image: try values["image"].map { node throws(PolicyError) in try text(node, of: "image") },
            found: try values["found"].map { node throws(PolicyError) in
                // As reports show it; what is copied from one is so already.
                (node.items == nil ? [try text(node, of: "found")] : try texts(node, of: "found")).map(inert)
            },
            reason: try text(try required("reason"), of: "reason"), expires: day,
            acceptedBy: try values["accepted-by"].map { node throws(PolicyError) in
                try text(node, of: "accepted-by")
            },
            line: node.line)
    }
}

extension PolicyFile {
    /// The entries of a mapping whose keys must be known and come once.
    private static func entries(
        of node: YAMLNode, known: [String], noun: String = "key"
    ) throws(PolicyError) -> [(String, YAMLNode)] {
        if node.isNull { return [] }
        guard let pairs = node.pairs else { throw PolicyError("keys and values expected", at: node) }
        var seen: Set<String> = []
        var entries: [(String, YAMLNode)] = []
        for pair in pairs {
            let key = pair.key.text ?? ""
            guard known.contains(key) else { throw unknown(key, noun, among: known, at: pair.key) }
            guard seen.insert(key).inserted else { throw PolicyError("'\(key)' stands here twice", at: pair.key) }
            entries.append((key, pair.value))
        }
        return entries
    }

    private static func unknown(
        _ name: String, _ noun: String, among known: [String], at node: YAMLNode
    ) -> PolicyError {
        let hint = nearest(name, among: known).map { "did you mean '\($0)'?" }
        return PolicyError(
            "no \(noun) is called '\(name)'; \(hint ?? known.joined(separator: ", ") + " expected")", at: node)
    }

    private static func items(_ node: YAMLNode, of key: String) throws(PolicyError) -> [YAMLNode] {
        if node.isNull { return [] }
        guard let items = node.items else { throw PolicyError("a list expected for '\(key)'", at: node) }
        return items
    }

    private static func texts(_ node: YAMLNode, of key: String) throws(PolicyError) -> [String] {
        let texts = try items(node, of: key).map { item throws(PolicyError) in try text(item, of: key) }
        guard !texts.isEmpty else { throw PolicyError("at least one text expected for '\(key)'", at: node) }
        return texts
    }

    private static func text(_ node: YAMLNode, of key: String) throws(PolicyError) -> String {
        guard let text = node.text, !node.isNull, !text.allSatisfy(\.isWhitespace) else {
            throw PolicyError("a text expected for '\(key)'", at: node)
        }
        return text
    }

    /// One of the names of an enumeration.
    private static func choice<T: RawRepresentable<String> & CaseIterable>(
        _ node: YAMLNode, of key: String
    ) throws(PolicyError) -> T {
        if let choice = node.text.flatMap(T.init(rawValue:)) { return choice }
        let known = T.allCases.map(\.rawValue)
        let found = node.isNull ? "nothing" : node.text.map { "'\($0)'" } ?? (node.items == nil ? "keys" : "a list")
        let hint = node.text.flatMap { nearest($0, among: known) }.map { "; did you mean '\($0)'?" } ?? ""
        throw PolicyError("\(known.joined(separator: ", ")) expected for \(key), \(found) found\(hint)", at: node)
    }
}
