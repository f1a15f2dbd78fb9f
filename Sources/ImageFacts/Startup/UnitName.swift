/// Names of systemd units and their parts (systemd.unit(5)).

/// `prefix@instance.type`, or `prefix.type`.
struct UnitName: Hashable, Sendable {
    /// `foo` of `foo@bar.service`.
    let prefix: String
    /// `bar` of `foo@bar.service`, empty for the template `foo@.service`; nil for a plain name.
    let instance: String?
    /// `service`.
    let type: String

    /// The kinds of units, systemd's own suffixes.
    static let types: Set<String> = [
        "service", "socket", "target", "device", "mount", "automount", "swap", "timer", "path", "slice", "scope",
    ]

    /// Longer names are refused by systemd (UNIT_NAME_MAX).
    static let longest = 255

    /// Nil where systemd would not take the text for a unit's name.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.longest, let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let type = String(decoding: bytes[(dot + 1)...], as: UTF8.self)
        guard Self.types.contains(type), bytes[..<dot].allSatisfy(Self.isValid) else { return nil }
        let at = bytes[..<dot].firstIndex(of: UInt8(ascii: "@"))
        guard dot > 0, at != 0 else { return nil }
        prefix = String(decoding: bytes[..<(at ?? dot)], as: UTF8.self)
        instance = at.map { String(decoding: bytes[($0 + 1)..<dot], as: UTF8.self) }
        self.type = type
    }

    /// A name as systemctl(1) takes it: one without a type is a service's.
    static func completed(_ text: some StringProtocol) -> String {
        UnitName(text) == nil ? "\(text).service" : String(text)
    }

    private init(prefix: String, instance: String?, type: String) {
        self.prefix = prefix
        self.instance = instance
        self.type = type
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

    var text: String { instance.map { "\(prefix)@\($0).\(type)" } ?? "\(prefix).\(type)" }

    var isTemplate: Bool { instance?.isEmpty == true }

    /// `foo@.service` of `foo@bar.service`; nil where there is no instance.
    var template: UnitName? {
        guard let instance, !instance.isEmpty else { return nil }
        return UnitName(prefix: prefix, instance: "", type: type)
    }

    /// This name with an instance in the place of its own.
    func with(instance: String) -> UnitName {
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
        var names: [String] = []
        var prefix = Substring(self.prefix)
        while true {
            let name = UnitName(prefix: String(prefix), instance: instance, type: type)
            names.append(name.text)
            if let template = name.template { names.append(template.text) }
            // "foo-bar" is cut to "foo-"; of "foo-" the dashes at the end are passed over first.
            var end = prefix
            while end.utf8.last == UInt8(ascii: "-") { end = end.dropLast() }
            guard let dash = end.utf8.lastIndex(of: UInt8(ascii: "-")), dash != end.startIndex else { return names }
            prefix = end[...dash]
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
            case "N": result += instance.map { "\(prefix)@\($0)" } ?? prefix
            case "p", "P": result += prefix
            case "i", "I": result += instance ?? ""
            case "j", "J": result += prefix.split(separator: "-", omittingEmptySubsequences: false).last ?? ""
            default: return nil
            }
        }
        return result + rest
    }
}
