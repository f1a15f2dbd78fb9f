/// Names of systemd units and their parts (systemd.unit(5)).

/// `prefix@instance.type`, or `prefix.type`.
package struct UnitName: Hashable, Sendable {
    /// The whole name.
    package let text: String
    /// Where the first `@` stands; nil in a plain name.
    private let at: String.Index?
    /// Where the last `.` stands.
    private let dot: String.Index

    /// `foo` of `foo@bar.service`.
    var prefix: Substring { text[..<(at ?? dot)] }
    /// `bar` of `foo@bar.service`, empty for the template `foo@.service`; nil for a plain name.
    package var instance: Substring? { at.map { text[text.utf8.index(after: $0)..<dot] } }
    /// `service`.
    var type: Substring { text[text.utf8.index(after: dot)...] }

    /// The kinds of units, systemd's own suffixes, frequent ones first.
    private static let types = [
        "service", "target", "socket", "timer", "mount", "path", "slice", "automount", "device", "swap", "scope",
    ]

    /// Longer names are refused by systemd (UNIT_NAME_MAX).
    static let longest = 255

    /// Nil where systemd would not take the text for a unit's name.
    package init?(_ text: some StringProtocol) {
        self.init(String(text))
    }

    /// Nil where systemd would not take the text for a unit's name.
    package init?(_ text: String) {
        let bytes = text.utf8.span
        var dot = bytes.count - 1
        while dot > 0, bytes[dot] != UInt8(ascii: ".") { dot -= 1 }
        guard dot > 0, bytes.count <= Self.longest else { return nil }
        var at: Int?
        for index in 0..<dot {
            guard Self.isValid(bytes[index]) else { return nil }
            if at == nil, bytes[index] == UInt8(ascii: "@") { at = index }
        }
        guard at != 0 else { return nil }
        self.init(text: text, at: at, dot: dot)
        guard Self.types.contains(String(type)) else { return nil }
    }

    /// A name as systemctl(1) takes it: one without a type is a service's.
    static func completed(_ text: some StringProtocol) -> String {
        UnitName(text) == nil ? "\(text).service" : String(text)
    }

    private init(prefix: some StringProtocol, instance: (some StringProtocol)?, type: some StringProtocol) {
        var text = String(prefix)
        var at: Int?
        if let instance {
            at = text.utf8.count
            text += "@"
            text += instance
        }
        let dot = text.utf8.count
        text += "."
        text += type
        self.init(text: text, at: at, dot: dot)
    }

    /// `at` and `dot` are counted in bytes.
    private init(text: String, at: Int?, dot: Int) {
        self.text = text
        self.at = at.map { text.utf8.index(text.startIndex, offsetBy: $0) }
        self.dot = text.utf8.index(text.startIndex, offsetBy: dot)
    }

    private static func isValid(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "@"):
            true
        default: false
        }
    }

    /// Whether it is a name of many: `foo@.service`.
    package var isTemplate: Bool { instance?.isEmpty == true }

    /// `foo@.service` of `foo@bar.service`; nil where there is no instance.
    package var template: UnitName? {
        guard let instance, !instance.isEmpty else { return nil }
        return with(instance: "")
    }

    /// This name with an instance in the place of its own.
    package func with(instance: some StringProtocol) -> UnitName {
        UnitName(prefix: prefix, instance: instance, type: type)
    }

    /// A template as the instance that `other` makes of it where it names it: by its own instance, else its prefix.
    func filled(by other: UnitName) -> UnitName {
        isTemplate ? with(instance: other.instance ?? other.prefix) : self
    }

    /// Whether a link of this name may make it another name of `target` (unit_validate_alias_symlink in systemd's
    /// shared/install.c): the same type, and both plain, both templates or the same instance; an instance may lead to
    /// a template.
    func mayBeAlias(of target: UnitName) -> Bool {
        guard type == target.type else { return false }
        guard let instance, let other = target.instance else { return instance == nil && target.instance == nil }
        return instance == other || (!instance.isEmpty && other.isEmpty)
    }

    /// The names whose `.d`, `.wants` and the like apply to this unit, nearest first: itself, its template, and each
    /// with its prefix cut after every dash (`foo-bar.service`, `foo-.service`).
    var namesOfDropIns: [String] {
        let template = template
        var names = [text] + (template.map { [$0.text] } ?? [])
        var end = prefix.utf8
        while true {
            // "foo-bar" is cut to "foo-"; of "foo-" the dashes at the end are passed over first.
            while end.last == UInt8(ascii: "-") { end.removeLast() }
            guard let dash = end.lastIndex(of: UInt8(ascii: "-")), dash != end.startIndex else { return names }
            end = end[...dash]
            for name in [self, template].compactMap(\.self) {
                var cut = String(Substring(end))
                cut.append(contentsOf: name.text[name.prefix.endIndex...])
                names.append(cut)
            }
        }
    }

    /// Replaces the specifiers that stand for parts of the unit's name; nil where another one is used, which offline
    /// reading cannot answer (systemd.unit(5), "Specifiers").
    func expandingSpecifiers(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var result = ""
        var rest = Substring(text)
        while let percent = rest.utf8.firstIndex(of: UInt8(ascii: "%")) {
            result += rest[..<percent]
            rest = rest[rest.utf8.index(after: percent)...]
            guard let letter = rest.popFirst() else { return nil }
            switch letter {
            case "%": result += "%"
            case "n": result += self.text
            case "N": result += self.text[..<dot]
            case "p", "P": result += prefix
            case "i", "I": result += instance ?? ""
            case "j", "J": result += prefix.split(separator: "-", omittingEmptySubsequences: false).last ?? ""
            default: return nil
            }
        }
        return result + rest
    }
}
