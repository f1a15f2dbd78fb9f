/// The difference that a person reads: whether there is one, then verdicts, packages and facts.

import BatchRules
import PackageDatabases

/// A difference as text; what is the same is left out.
func differenceText(_ difference: ImageDifference, style: TextStyle) -> String {
    let (word, color): (String, TextStyle.Color) =
        switch difference.answer {
        case .same: ("SAME", .green)
        case .different: ("DIFFERENT", .red)
        case .undetermined: ("UNDETERMINED", .magenta)
        }
    var text =
        style.bold(word, color) + " " + style.bold(inert("\(difference.before.name), \(difference.after.name)")) + "\n"
    text.add(difference.sentence, label: "", indent: 0, width: style.width)
    for remark in difference.remarks { text.add(remark, label: "note: ", indent: 0, width: style.width) }
    text += "\n"
    for (label, side) in [("before  ", difference.before), ("now     ", difference.after)] {
        text.add(side.about, label: label, indent: 0, width: style.width)
    }
    for section in difference.sections where !section.entries.isEmpty {
        text += "\n" + style.bold(section.title) + "\n"
        for entry in section.entries {
            text.add(entry.text, label: "", indent: 4, hanging: 8, width: style.width)
            for detail in entry.details { text.add(detail, label: "", indent: 8, width: style.width) }
        }
    }
    return text
}

/// Differences of one kind, as text has them; inert.
struct DifferenceSection {
    struct Entry {
        let text: String
        var details: [String] = []
    }

    let title: String
    let entries: [Entry]
}

extension ComparedImage {
    /// `al2023.tar.gz: Amazon Linux 2023 · kernel 6.1.188 · ... · tar, gzip · judged 2026-11-24 by data of 2026-08-20`.
    fileprivate var about: String {
        let facts = KeyFacts.Name.allCases.compactMap { name in
            report.keyFacts[name].text.map { name.word + $0 }
        }
        let image = report.image.name == name ? [] : ["saved of " + report.image.name]
        return inert(name) + ": "
            + (facts + (image + [report.image.kinds]).map(inert) + [report.dates]).joined(separator: " · ")
    }
}

extension KeyFacts.Name {
    /// What its value needs before it, to be known for what it is.
    fileprivate var word: String {
        switch self {
        case .kernel: "kernel "
        case .agent: "agent "
        case .docker: "Docker "
        case .distribution, .architecture: ""
        }
    }
}

extension ImageDifference {
    /// `2 verdicts, 14 facts and 35 packages differ`, with what cannot be told.
    var sentence: String {
        func count(_ number: Int, _ noun: String) -> String? {
            number == 0 ? nil : "\(number) \(noun)\(number == 1 ? "" : "s")"
        }
        let undecided = verdicts.count { !$0.isDecided }
        var packageCount = 0
        if case .compared(let packages) = packages {
            packageCount = packages.added.count + packages.removed.count + packages.changed.count
        }
        let differing = [
            count(verdicts.count - undecided, "verdict"), count(facts.changed.count, "value"),
            count(packageCount, "package"),
        ].compactMap(\.self)
        let open = [count(undecided, "verdict"), count(facts.unknown.count, "fact")].compactMap(\.self)
        let verb = differing.count == 1 && differing[0].hasPrefix("1 ") ? "differs" : "differ"
        let told = differing.isEmpty ? "no difference found" : "\(differing.joined(separator: ", ")) \(verb)"
        if open.isEmpty { return told }
        return told + "; of \(open.joined(separator: " and ")) it cannot be told"
    }

    /// Every difference once, in the order in which a reader wants them.
    var sections: [DifferenceSection] {
        var sections = [
            DifferenceSection(title: "verdicts", entries: verdicts.map(Self.entry)),
            DifferenceSection(
                title: "facts that cannot be compared",
                entries: facts.unknown.map { fact in
                    let problems = [fact.before.map { "before: \($0)" }, fact.after.map { "now: \($0)" }]
                    return .init(text: "\(fact.name): \(problems.compactMap(\.self).joined(separator: "; "))")
                }),
        ]
        if case .compared(let packages) = packages {
            sections += [
                DifferenceSection(title: "packages added", entries: packages.added.map { .init(text: inert($0.line)) }),
                DifferenceSection(
                    title: "packages removed", entries: packages.removed.map { .init(text: inert($0.line)) }),
                DifferenceSection(
                    title: "packages changed", entries: packages.changed.map { .init(text: inert($0.line)) }),
            ]
        }
        sections.append(DifferenceSection(title: "facts", entries: facts.changed.map { .init(text: $0.sentence) }))
        return sections
    }

    private static func entry(_ verdict: ChangedVerdict) -> DifferenceSection.Entry {
        func words(_ finding: Finding?) -> String { finding?.verdict.difference ?? "not judged" }
        let (old, new) = (words(verdict.before), words(verdict.after))
        let level = verdict.after?.level ?? verdict.before?.level
        let rule = verdict.rule + (level.map { " (\($0.rawValue))" } ?? "")
        let text = old == new ? "\(rule): \(new), for another reason now" : "\(rule): \(new) now, \(old) before"
        let messages = [("now: ", verdict.after), ("before: ", verdict.before)]
        return .init(
            text: text, details: messages.compactMap { label, finding in finding.map { label + $0.message } })
    }
}

extension Verdict.Kind {
    fileprivate var difference: String {
        switch self {
        case .pass: "passes"
        case .fail: "fails"
        case .undetermined: "undetermined"
        case .notApplicable: "not applicable"
        }
    }
}

extension Package {
    fileprivate var line: String { "\(name) \(fullVersion)" + (architecture.map { " \($0)" } ?? "") }
}

extension PackageDifferences.Changed {
    fileprivate var line: String {
        let versions = [after, before].map { $0.joined(separator: " and ") }
        return name + (architecture.map { " \($0)" } ?? "") + ": \(versions[0]) now, \(versions[1]) before"
    }
}
