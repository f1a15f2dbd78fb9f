/// The images of an audit as the script of its HTML page reads them.

import BatchRules
import ImageReading

/// Rows of images as compact JSON, in which texts and findings that recur are numbers of tables written after the rows.
/// What the script calls things comes with them (`wordsJSON`), so that it has no list of its own to keep in step.
///
///     rules     [[id, title, level, clause, [[name, text], ...]], ...]
///     strings   [text, ...]
///     findings  [[standing, level, found, [[place, text], ...], act, remedy, accepted, change], ...]
///     image     [name, standing, line, [distribution, kernel, agent, docker, architecture], about, sentence, notes,
///                [finding or -1 for each rule]]
///     unreadable image   [name, standing, reason]
///
/// Standings are positions in `ImageStanding.allCases` and `Standing.allCases`, levels in `Level.allCases`, a change one
/// more than its position in `Change.order`, 0 for none; texts are positions in `strings`, -1 for none. All texts are
/// inert, and the JSON has no character that HTML knows.
struct AuditHTMLData {
    private let rules: [Rule]
    private let positions: [String: Int]
    private var strings = Interned()
    private var findings = Interned()

    /// Rows with a finding for each of `rules`.
    init(rules: [Rule]) {
        self.rules = rules
        positions = Dictionary(rules.enumerated().map { ($0.element.id, $0.offset) }) { first, _ in first }
    }

    /// The row of an image.
    mutating func row(_ image: AuditedImage) -> String {
        let standing = ImageStanding.allCases.firstIndex(of: image.standing) ?? 0
        switch image.outcome {
        case .unreadable(let failure): return "[\(json(image.name)),\(standing),\(string(failure.reason))]"
        case .judged(let report):
            var numbers = Array(repeating: -1, count: rules.count)
            for finding in report.findings {
                guard let position = positions[finding.rule] else { continue }
                numbers[position] = number(of: finding, in: report)
            }
            let facts = report.keyFacts.rows.map { String(string($0.value)) }
            let changes = report.comparison?.changedFacts.map(\.sentence) ?? []
            let waivers = report.waivers.filter(\.isBroken).compactMap(\.sentence)
            let notes = (report.remarks + waivers + changes).map { String(string($0)) }
            let parts = [
                json(image.name), String(standing), String(string(report.keyFacts.line)),
                "[" + facts.joined(separator: ",") + "]", String(string(report.image.kinds)),
                String(string(report.sentence)), "[" + notes.joined(separator: ",") + "]",
                "[" + numbers.map { String($0) }.joined(separator: ",") + "]",
            ]
            return "[" + parts.joined(separator: ",") + "]"
        }
    }

    /// The texts of all rows and findings so far.
    var stringsJSON: String { "[" + strings.texts.map(json).joined(separator: ",\n") + "]" }

    /// The findings of all rows so far.
    var findingsJSON: String { "[" + findings.texts.joined(separator: ",\n") + "]" }

    /// The rules.
    var rulesJSON: String {
        let rows = rules.map { rule in
            let parts = rule.explanation.filter { $0.name != "To mend it" }
                .map { "[\(json($0.name)),\(json($0.text))]" }.joined(separator: ",")
            let clause = rule.clause == .beside ? "" : rule.clause.rawValue
            return "[\(json(rule.id)),\(json(rule.title)),\(json(rule.level.rawValue)),\(json(clause)),[\(parts)]]"
        }
        return "[" + rows.joined(separator: ",\n") + "]"
    }

    /// Names and labels of all that rows have numbers of, and the groups of findings.
    static var wordsJSON: String {
        get throws { withoutMarkup(String(try jsonLine(Words()).dropLast())) }
    }

    private mutating func number(of finding: Finding, in report: Report) -> Int {
        var places = finding.evidence.prefix(shownPlaces).map { evidence in
            let text = evidence.text.isEmpty ? -1 : string(clipped(inert(evidence.text), to: longestText))
            return "[\(string(evidence.place)),\(text)]"
        }
        let more = finding.evidence.count - shownPlaces
        if more > 0 { places.append("[\(string("and \(more) more places, all in the JSON report")),-1]") }
        let change = report.comparison?.changes[finding.rule].flatMap { Change.order.firstIndex(of: $0) }.map { $0 + 1 }
        let remedy = finding.remedy.flatMap { $0.isEmpty ? nil : string($0) } ?? -1
        let fields = [
            String(Standing.allCases.firstIndex(of: finding.standing) ?? 0),
            String(Level.allCases.firstIndex(of: finding.level) ?? 0),
            String(string(finding.acceptance == nil ? finding.message : finding.said)),
            "[" + places.joined(separator: ",") + "]", String(string(finding.actLabel)), String(remedy),
            String(finding.acceptance.map { string($0.sentence) } ?? -1), String(change ?? 0),
        ]
        return findings.number(of: "[" + fields.joined(separator: ",") + "]")
    }

    private mutating func string(_ text: String) -> Int { strings.number(of: text) }
}

/// What the script calls things, each in the order of the numbers that rows have for it.
private struct Words: Encodable {
    struct Word: Encodable { let name, label: String }

    struct Group: Encodable {
        let answer: String
        /// Nil, and left out, where findings of both levels stand together.
        let level: Level?
        let label: String
    }

    let standings = ImageStanding.allCases.map { Word(name: $0.rawValue, label: $0.label) }
    let answers = Standing.allCases.map { Word(name: $0.rawValue, label: $0.words) }
    let levels = Level.allCases
    let changes = Change.order.map { Word(name: $0.rawValue, label: "\($0.rawValue) since the former audit") }
    let facts = KeyFacts.Name.allCases.map { Word(name: $0.rawValue, label: $0.label) }
    let groups = FindingGroup.all.map { Group(answer: $0.standing.rawValue, level: $0.level, label: $0.title) }
}

/// In columns: what stands in one line of a file of an image, as far as a reader looks.
private let longestText = 1000

/// Texts, each once, in the order in which they were first seen.
private struct Interned {
    private(set) var texts: [String] = []
    private var numbers: [String: Int] = [:]

    mutating func number(of text: String) -> Int {
        if let number = numbers[text] { return number }
        numbers[text] = texts.count
        texts.append(text)
        return texts.count - 1
    }
}

/// `text`, inert, as a JSON string that HTML finds no markup in, wherever it stands.
private func json(_ text: String) -> String {
    "\""
        + withoutMarkup(
            escaping(inert(text)) { scalar in
                switch scalar {
                case "\"": "\\\""
                case "\\": "\\\\"
                default: nil
                }
            }) + "\""
}

/// JSON without the characters that HTML knows, which stand in its texts alone.
private func withoutMarkup(_ json: String) -> String {
    escaping(json) { scalar in
        switch scalar {
        case "<": "\\u003c"
        case ">": "\\u003e"
        case "&": "\\u0026"
        default: nil
        }
    }
}

extension Change {
    fileprivate static let order: [Change] = [.new, .fixed, .unchanged]
}

extension KeyFacts {
    /// `Amazon Linux 2023 · kernel 6.1.188 · agent 1.106.1 · no Docker · x86_64`.
    fileprivate var line: String {
        [("distribution", distribution), ("kernel", kernel), ("agent", agent), ("Docker", docker)]
            .map { name, value in
                switch value.state {
                case .present: name == "distribution" ? value.words : "\(name) \(value.text ?? "of unknown version")"
                case .absent: "no \(name)"
                case .unreadable: "\(name) unreadable"
                }
            }
            .joined(separator: " · ") + (architecture.text.map { " · " + $0 } ?? "")
    }
}
