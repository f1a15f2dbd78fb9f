/// YAML as a tree of values that know where they stand.

/// A value of a YAML document, with the place it begins at.
public struct YAMLNode: Sendable {
    /// The three shapes of YAML values.
    public enum Content: Sendable {
        /// A scalar as text; `isPlain` where it was written without quotes, so that `true`, `null` and numbers mean
        /// what they look like.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the file, merged mappings (`<<`) first; a key may come twice, the later one counts.
        case mapping([Pair])
    }

    /// A key and its value.
    public struct Pair: Sendable {
        /// The key, a scalar in every file that is read here.
        public let key: YAMLNode
        /// What it stands for.
        public let value: YAMLNode
    }

    /// What it holds.
    public let content: Content
    /// The line it begins on, 1-based.
    public let line: Int
    /// The column it begins at, 1-based, in characters.
    public let column: Int
    /// How many nodes it holds, itself and what aliases repeat included.
    let count: Int

    init(_ content: Content, line: Int, column: Int) {
        self.content = content
        self.line = line
        self.column = column
        count =
            switch content {
            case .scalar: 1
            case .sequence(let items): items.reduce(1) { $0 + $1.count }
            case .mapping(let pairs): pairs.reduce(1) { $0 + $1.key.count + $1.value.count }
            }
    }

    /// The text of a scalar, whatever its type; nil for a sequence or mapping.
    public var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// Whether it is YAML's null: nothing, `~` or `null`, without quotes.
    public var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The truth value of a plain scalar as YAML 1.1 has it (`yes` and `on` too); nil for anything else.
    public var bool: Bool? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        return switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": false
        default: nil
        }
    }

    /// The items of a sequence; nil for anything else.
    public var items: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    /// The pairs of a mapping; nil for anything else.
    public var pairs: [Pair]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }

    /// The value of a key of a mapping, the last where it comes twice; nil where there is none.
    public subscript(key: String) -> YAMLNode? {
        pairs?.last { $0.key.text == key }?.value
    }
}
