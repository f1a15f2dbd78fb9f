/// One YAML document from bytes, by libyaml's events, with limits that hostile files run into.

public import ByteParsing
import CYAML

/// Limits on what a document may hold, aliases counted as what they repeat.
enum YAMLLimit {
    static let nodes = 100_000
    static let depth = 64
}

/// Reads a file that holds one YAML document (YAML 1.1, as libyaml reads it); nil where it holds none.
///
/// Throws `FormatError` with the byte offset for a syntax error, an unknown alias, a second document, more than
/// 100,000 nodes or more than 64 levels.
public func parseYAML(_ bytes: [UInt8]) throws(FormatError) -> YAMLNode? {
    var reader = try YAMLReader(bytes)
    return try reader.document()
}

/// One thing that libyaml reports, copied out of its memory.
private struct Event {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd, sequenceEnd, mappingEnd
        case alias(String)
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case mappingStart
    }

    let kind: Kind
    let anchor: String?
    let offset: Int
    let line: Int
    let column: Int
}

/// Builds nodes from events; the only place that touches libyaml's memory.
@safe private struct YAMLReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private var anchors: [String: YAMLNode] = [:]
    private var nodes = 0

    init(_ bytes: [UInt8]) throws(FormatError) {
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: bytes.count)
        _ = unsafe input.initialize(from: bytes)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            unsafe input.deallocate()
            throw FormatError(.limitExceeded, "memory for a YAML parser expected, none left")
        }
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    mutating func document() throws(FormatError) -> YAMLNode? {
        var document: YAMLNode?
        while true {
            let event = try next()
            switch event.kind {
            case .streamStart, .documentEnd: continue
            case .streamEnd: return document
            case .documentStart:
                guard document == nil else {
                    throw FormatError(.malformed, "one YAML document expected, a second found", at: event.offset)
                }
                document = try node(try next(), depth: 1)
            default: throw FormatError(.malformed, "a YAML document expected", at: event.offset)
            }
        }
    }

    private mutating func node(_ event: Event, depth: Int) throws(FormatError) -> YAMLNode {
        guard depth <= YAMLLimit.depth else {
            throw FormatError(.limitExceeded, "at most \(YAMLLimit.depth) levels of YAML expected", at: event.offset)
        }
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let text, let isPlain): content = .scalar(text, isPlain: isPlain)
        case .sequenceStart: content = .sequence(try items(depth: depth))
        case .mappingStart: content = .mapping(try pairs(depth: depth))
        case .alias(let name):
            guard let node = anchors[name] else {
                throw FormatError(.malformed, "the alias *\(name) names no anchor before it", at: event.offset)
            }
            try count(node.count, at: event.offset)
            return node
        default: throw FormatError(.malformed, "a YAML value expected", at: event.offset)
        }
        try count(1, at: event.offset)
        let node = YAMLNode(content, line: event.line, column: event.column)
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func count(_ more: Int, at offset: Int) throws(FormatError) {
        nodes += more
        guard nodes <= YAMLLimit.nodes else {
            throw FormatError(.limitExceeded, "at most \(YAMLLimit.nodes) YAML values expected", at: offset)
        }
    }

    private mutating func items(depth: Int) throws(FormatError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try next()
            if case .sequenceEnd = event.kind { return items }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func pairs(depth: Int) throws(FormatError) -> [YAMLNode.Pair] {
        var merged: [YAMLNode.Pair] = []
        var pairs: [YAMLNode.Pair] = []
        while true {
            let event = try next()
            if case .mappingEnd = event.kind { return merged + pairs }
            let key = try node(event, depth: depth + 1)
            let value = try node(try next(), depth: depth + 1)
            guard case .scalar("<<", isPlain: true) = key.content else {
                pairs.append(YAMLNode.Pair(key: key, value: value))
                continue
            }
            // The earlier of several merged mappings counts, and a key's last place does: so they come in reverse.
            let mappings = value.items ?? [value]
            for mapping in mappings.reversed() {
                guard let more = mapping.pairs else {
                    throw FormatError(.malformed, "a mapping to merge expected after <<", at: event.offset)
                }
                merged += more
            }
        }
    }

    private mutating func next() throws(FormatError) -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw error() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe event.start_mark
        var anchor: String?
        let kind: Event.Kind
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias(unsafe text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            unsafe anchor = text(scalar.anchor)
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(
                unsafe String(decoding: bytes, as: UTF8.self),
                isPlain: unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.plain_implicit != 0)
        case YAML_SEQUENCE_START_EVENT:
            unsafe anchor = text(event.data.sequence_start.anchor)
            kind = .sequenceStart
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            unsafe anchor = text(event.data.mapping_start.anchor)
            kind = .mappingStart
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: kind = .streamEnd
        }
        return Event(
            kind: kind, anchor: anchor, offset: Int(mark.index), line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// A copy of a NUL-terminated string of libyaml; nil for none.
    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }

    private func error() -> FormatError {
        let mark = unsafe parser.pointee.problem_mark
        let said = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "YAML expected"
        // A reader error (bytes that are no UTF-8) has an offset and no mark.
        guard unsafe parser.pointee.error != YAML_READER_ERROR else {
            return FormatError(.malformed, said, at: unsafe Int(parser.pointee.problem_offset))
        }
        return FormatError(
            .malformed, "line \(mark.line + 1), column \(mark.column + 1): \(said)", at: Int(mark.index))
    }
}
