/// Which facts of an image are not those of another.

import BatchRules
import ImageFacts

/// Every value of two images' facts that is not the same, found in the encoding that JSON has of them, so that no fact
/// can be forgotten here.
///
/// A value is named as in that encoding: `docker.version`, `dockerService.flags[2]`, and `commandLine[]` for an element
/// that one list has and the other has not. A fact that only stood elsewhere is no change.
struct FactDifferences: Sendable {
    /// A fact of which nothing can be said, since one of the images does not show it.
    struct Unknown: Sendable {
        /// The fact, named as in JSON.
        let name: String
        /// Why it could not be read of the first image; nil where it could.
        let before: String?
        /// Why it could not be read of the second; nil where it could.
        let after: String?
    }

    /// Values that are not what they were, by name.
    private(set) var changed: [ChangedFact] = []
    /// Facts that cannot be compared.
    private(set) var unknown: [Unknown] = []

    /// Compares all facts of two images. Throws only where a fact cannot be encoded, which is a defect of this program.
    init(before: Facts, after: Facts) throws {
        compare(try JSONValue(encoding: before), try JSONValue(encoding: after), "")
    }

    /// Compares what two images have at a place; nil where one of them has nothing there.
    private mutating func compare(_ before: JSONValue?, _ after: JSONValue?, _ name: String) {
        let (problemBefore, problemAfter) = (before?.problemText, after?.problemText)
        guard problemBefore == nil, problemAfter == nil else {
            unknown.append(Unknown(name: name, before: problemBefore, after: problemAfter))
            return
        }
        switch (before?.shown, after?.shown) {
        case (nil, nil): return
        case (.array(let old)?, .array(let new)?): compare(old, new, name)
        case (.object(let old)?, .object(let new)?) where ![old, new].contains { JSONValue.object($0).isScalar }:
            for key in Set((old + new).map(\.key)).sorted() {
                compare(old.value(key), new.value(key), name.isEmpty ? key : "\(name).\(key)")
            }
        case (let old?, let new?) where old.isScalar && new.isScalar:
            if old != new { add(name, old.scalarText, new.scalarText) }
        case (let old?, let new?):
            compare(old, nil, name)
            compare(nil, new, name)
        case (let one?, nil): one.leaves(name).forEach { add($0.name, $0.text, nil) }
        case (nil, let one?): one.leaves(name).forEach { add($0.name, nil, $0.text) }
        }
    }

    private mutating func add(_ name: String, _ before: String?, _ after: String?) {
        changed.append(ChangedFact(name: inert(name), before: before.map(inert), after: after.map(inert)))
    }

    /// Compares lists: what they begin and end with alike is no change; of as many elements between them each is held
    /// against the other's at its place, else those of the one are gone and those of the other new.
    private mutating func compare(_ before: [JSONValue], _ after: [JSONValue], _ name: String) {
        let start = zip(before, after).prefix(while: { $0 == $1 }).count
        let rest = min(before.count, after.count) - start
        let end = zip(before.reversed(), after.reversed()).prefix(rest).prefix(while: { $0 == $1 }).count
        let places = (old: start..<(before.count - end), new: start..<(after.count - end))
        if places.old.count == places.new.count {
            for place in places.old { compare(before[place], after[place], "\(name)[\(place)]") }
        } else {
            for place in places.old { compare(before[place], nil, "\(name)[]") }
            for place in places.new { compare(nil, after[place], "\(name)[]") }
        }
    }
}

extension [JSONValue.Member] {
    fileprivate func value(_ key: String) -> JSONValue? { first { $0.key == key }?.value }
}

extension JSONValue {
    /// Why an observation could not be made; nil for one that was made, and for what is none.
    fileprivate var problemText: String? {
        guard observed == .unreadable else { return nil }
        let place = self["problem"]?["path"]?.scalarText ?? ""
        let reason = self["problem"]?["reason"]?.scalarText ?? "could not be read"
        return inert(place.isEmpty ? reason : "\(place): \(reason)")
    }

    private enum Answer: String { case present, absent, unreadable }

    /// The answer of an observation; nil for what is none.
    private var observed: Answer? { state.flatMap(Answer.init(rawValue:)) }

    /// What it says without where that was found: the value of an observation, nil where it is absent or null; the path
    /// and text of evidence that is a value of its own.
    fileprivate var shown: JSONValue? {
        switch observed {
        case .present: return self["value"]?.shown
        case .absent: return nil
        case .unreadable: return self
        case nil: break
        }
        switch self {
        case .null: return nil
        case .object(let members):
            if let text = evidenceText { return .string(text) }
            return .object(
                members.filter { $0.key != "searched" }.compactMap { member in
                    member.value.shown.map { Member(key: member.key, value: $0) }
                })
        case .array(let elements): return .array(elements.compactMap(\.shown))
        case .string, .number, .boolean: return self
        }
    }

    /// Every single value in it, by name; of what is there and holds none, that it is there.
    fileprivate func leaves(_ name: String) -> [(name: String, text: String)] {
        switch self {
        case .object(let members) where !isScalar:
            members.flatMap { $0.value.leaves("\(name).\($0.key)") }
        case .array(let elements) where !elements.isEmpty:
            elements.enumerated().flatMap { $0.element.leaves("\(name)[\($0.offset)]") }
        case .object(let members) where members.isEmpty: [(name, "there")]
        case .array(let elements) where elements.isEmpty: [(name, "there, empty")]
        default: [(name, scalarText)]
        }
    }

    /// `/etc/hostname: vm`; nil for what is no evidence.
    private var evidenceText: String? {
        guard case .object(let members) = self, case .string(let path)? = self["path"],
            case .string(let text)? = self["text"],
            members.allSatisfy({ ["path", "realPath", "line", "text"].contains($0.key) })
        else { return nil }
        return text.isEmpty ? path : "\(path): \(text)"
    }
}
