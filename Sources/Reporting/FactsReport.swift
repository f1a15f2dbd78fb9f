/// What an image says of itself, without a judgement.

import BatchRules
import ImageFacts
import ImageReading
import PackageDatabases

/// The facts as JSON: a report without findings and summary.
func jsonFacts(_ observed: ObservedImage, packages: Bool, today: CalendarDay, dataDate: CalendarDay) throws -> String {
    try jsonText(
        ReportJSON(
            observed.image, FactsJSON(facts: observed.facts, packages: packages ? observed.packages?.all : nil),
            today: today, dataDate: dataDate))
}

/// The facts as text: each with its state, value, evidence or places searched.
///
/// Printed from the same encoding that JSON has, so that no fact can be forgotten here.
func factsText(_ observed: ObservedImage, packages: Bool, style: TextStyle) throws -> String {
    var text = style.bold(inert(observed.image.name)) + "\n"
    text.add(observed.image.kinds, label: "", indent: 0, width: style.width)
    for remark in observed.image.remarks {
        text.add(inert(remark), label: "note: ", indent: 0, width: style.width)
    }
    guard case .object(let facts) = try JSONValue(encoding: observed.facts) else { return text }
    let isDiskAlone = observed.facts.isDiskAlone
    for fact in facts
    where !isDiskAlone || fact.key == "disk" || fact.key == "windows" && fact.value.state == "present" {
        text += "\n"
        text += factText(words(fact.key), fact.value, style)
    }
    guard packages, !isDiskAlone, let all = observed.packages?.all else { return text }
    text += "\n" + style.bold("packages") + ": "
    if let problem = all.problem { text += "not known: \(inert(problem.description))\n" }
    guard let rows = all.value else { return text }
    text += "\(rows.count)\n"
    text.add(
        rows.map { inert("\($0.name) \($0.fullVersion)" + ($0.architecture.map { " " + $0 } ?? "")) },
        indent: 4
    )
    return text
}

/// `bootingKernel` as "booting kernel".
private func words(_ name: String) -> String {
    name.unicodeScalars.reduce(into: "") { text, scalar in
        text += scalar.properties.isUppercase ? " " + scalar.properties.lowercaseMapping : String(scalar)
    }
}

private func factText(_ name: String, _ fact: JSONValue, _ style: TextStyle) -> String {
    var rest = lines(fact)
    var text = style.bold(name)
    if fact.state != nil, !rest.isEmpty { text += ": " + rest.removeFirst() }
    text += "\n"
    text.add(rest, indent: 4)
    return text
}

/// A value as indented lines, keys sorted; an empty one says so.
private func lines(_ value: JSONValue) -> [String] {
    if let state = value.state { return lines(of: value, in: state) }
    switch value {
    case .object(let members):
        return members.flatMap { lines($0.key, $0.value) }
    case .array(let elements):
        return elements.flatMap { element in
            lines(element).enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
        }
    default: return [inert(value.scalarText)]
    }
}

/// A member under its key, on one line where it fits there.
private func lines(_ key: String, _ member: JSONValue) -> [String] {
    if member.isScalar { return [inert(key) + ": " + inert(member.scalarText)] }
    var rest = lines(member)
    let first = member.state == nil ? "" : " " + rest.removeFirst()
    return [inert(key) + ":" + first] + rest.map { "  " + $0 }
}

/// An observation: its state, then value, problem, places.
private func lines(of parts: JSONValue, in state: String) -> [String] {
    var rest = [state]
    if let value = parts["value"] { rest += lines(value) }
    if let problem = parts["problem"] {
        let offset = problem["offset"].map { "offset \($0.scalarText): " } ?? ""
        rest.append(inert("\(problem["path"]?.scalarText ?? ""): \(offset)\(problem["reason"]?.scalarText ?? "")"))
    }
    if case .array(let searched) = parts["searched"], !searched.isEmpty {
        rest += wrapped("searched " + searched.map { inert($0.scalarText) }.joined(separator: " "), width: 72)
    }
    if case .array(let evidence) = parts["evidence"] {
        for one in evidence {
            let line = one["line"].map { ":" + $0.scalarText } ?? ""
            let real = one["realPath"].map { " (" + $0.scalarText + ")" } ?? ""
            rest.append(inert("at " + (one["path"]?.scalarText ?? "") + line + real))
        }
    }
    return rest
}

extension JSONValue {
    /// The state of an observation; nil for what is none.
    var state: String? {
        if case .string(let state) = self["state"] { state } else { nil }
    }

    /// The name of an enumeration's case that holds nothing, which is encoded as `{"name": {}}`; nil for what is none.
    private var caseName: String? {
        guard case .object(let members) = self, members.count == 1, let member = members.first,
            case .object(let parts) = member.value, parts.isEmpty
        else { return nil }
        return member.key
    }

    /// Whether the value fits on the line of its key: empty collections, lists of numbers and bare cases do.
    var isScalar: Bool {
        if caseName != nil { return true }
        return switch self {
        case .object(let members): members.isEmpty
        case .array(let elements): elements.allSatisfy { if case .number = $0 { true } else { false } }
        default: true
        }
    }

    var scalarText: String {
        switch self {
        case .string(let text): text
        case .number(let number): String(number)
        case .boolean(let truth): truth ? "yes" : "no"
        case .object where caseName != nil: caseName ?? ""
        case .array(let elements) where !elements.isEmpty: elements.map(\.scalarText).joined(separator: ", ")
        case .null, .object, .array: "none"
        }
    }
}
