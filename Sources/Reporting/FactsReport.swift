/// What an image says of itself, without a judgement.

import BatchRules
import FoundationEssentials
import ImageFacts
import ImageReading
import PackageDatabases

/// The facts as JSON: the spine of a report without findings and summary.
func jsonFacts(_ observed: ObservedImage, packages: Bool, today: CalendarDay, dataDate: CalendarDay) throws -> String {
    try jsonText(
        JSONSpine(
            image: observed.image,
            facts: PrintedFacts(facts: observed.facts, withPackages: packages),
            today: today,
            dataDate: dataDate,
            findings: nil,
            summary: nil
        )
    )
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
    let encoded = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(observed.facts))
    guard case .object(let facts) = encoded else { return text }
    for (name, fact) in facts.sorted(by: { $0.key < $1.key }) {
        text += "\n"
        text += factText(words(name), fact, style)
    }
    guard packages else { return text }
    let rows = observed.facts.installedPackages.packages
    text += "\n" + style.bold("packages") + ": \(rows.count)\n"
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
    var text = style.bold(name)
    guard case .object(let parts) = fact, case .string(let state) = parts["state"] else {
        text += "\n"
        text.add(lines(fact), indent: 4)
        return text
    }
    text += ": " + state + "\n"
    if let value = parts["value"] { text.add(lines(value), indent: 4) }
    if case .object(let problem) = parts["problem"] {
        text.add(problem.sorted { $0.key < $1.key }.map { inert("\($0.key): \($0.value.scalarText)") }, indent: 4)
    }
    if case .array(let searched) = parts["searched"], !searched.isEmpty {
        text.add(
            searched.map { inert($0.scalarText) }.joined(separator: " "),
            label: "searched ",
            indent: 4,
            width: style.width
        )
    }
    if case .array(let evidence) = parts["evidence"] {
        for case .object(let one) in evidence {
            let line = one["line"].map { ":" + $0.scalarText } ?? ""
            let real = one["realPath"].map { " (" + $0.scalarText + ")" } ?? ""
            text.add([inert("at " + (one["path"]?.scalarText ?? "") + line + real)], indent: 4)
        }
    }
    return text
}

/// A value as indented lines, keys sorted; an empty one says so.
private func lines(_ value: JSONValue) -> [String] {
    switch value {
    case .object(let members):
        members.sorted { $0.key < $1.key }.flatMap { key, member in
            member.isScalar
                ? [inert(key) + ": " + inert(member.scalarText)]
                : [inert(key) + ":"] + lines(member).map { "  " + $0 }
        }
    case .array(let elements):
        elements.flatMap { element in
            element.isScalar
                ? ["- " + inert(element.scalarText)]
                : lines(element).enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
        }
    default: [inert(value.scalarText)]
    }
}

/// Any JSON value, as the encoding of the facts gives it.
private enum JSONValue: Decodable {
    case object([String: JSONValue])
    case array([JSONValue])
    case string(String)
    case number(Int)
    case boolean(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .null
        } else if let value = try? single.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? single.decode(Int.self) {
            self = .number(value)
        } else if let value = try? single.decode(String.self) {
            self = .string(value)
        } else if let value = try? single.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try single.decode([String: JSONValue].self))
        }
    }

    /// Whether the value fits on the line of its key; empty collections do.
    var isScalar: Bool {
        switch self {
        case .object(let members): members.isEmpty
        case .array(let elements): elements.isEmpty
        default: true
        }
    }

    var scalarText: String {
        switch self {
        case .string(let text): text
        case .number(let number): String(number)
        case .boolean(let truth): truth ? "yes" : "no"
        case .null, .object, .array: "none"
        }
    }
}
