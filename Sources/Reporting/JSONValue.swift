/// What a value encodes itself as, without a text between: Foundation's JSON and back took as long as reading an image.

/// Any JSON value that facts are encoded as.
enum JSONValue {
    case object([String: JSONValue])
    case array([JSONValue])
    case string(String)
    case number(Int)
    case boolean(Bool)
    case null

    /// The JSON that `value` encodes itself as. Throws what its `encode` throws, and for a number that is not whole.
    init(encoding value: some Encodable) throws {
        let encoder = ValueEncoder()
        try value.encode(to: encoder)
        self = encoder.value
    }
}

/// One place of the value that grows, and the encoder of what stands there.
private final class ValueEncoder: Encoder {
    enum Kind {
        case scalar(JSONValue)
        case object
        case array
    }

    var kind = Kind.object
    private var members: [String: ValueEncoder] = [:]
    private(set) var elements: [ValueEncoder] = []
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var value: JSONValue {
        switch kind {
        case .scalar(let value): value
        case .object: .object(members.mapValues(\.value))
        case .array: .array(elements.map(\.value))
        }
    }

    /// The place of a member.
    func member(_ key: some CodingKey) -> ValueEncoder {
        let place = ValueEncoder()
        members[key.stringValue] = place
        return place
    }

    /// The place of one more element.
    func element() -> ValueEncoder {
        let place = ValueEncoder()
        elements.append(place)
        return place
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedContainer<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        kind = .array
        return UnkeyedContainer(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(encoder: self) }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ValueEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) { encoder.member(key).kind = .scalar(.null) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try value.encode(to: encoder.member(key)) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        encoder.member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.member(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { encoder }
    func superEncoder(forKey key: Key) -> any Encoder { encoder.member(key) }
}

private struct UnkeyedContainer: UnkeyedEncodingContainer {
    let encoder: ValueEncoder
    var codingPath: [any CodingKey] { [] }
    var count: Int { encoder.elements.count }

    func encodeNil() { encoder.element().kind = .scalar(.null) }
    func encode<T: Encodable>(_ value: T) throws { try value.encode(to: encoder.element()) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder.element().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.element().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder.element() }
}

private struct SingleContainer: SingleValueEncodingContainer {
    let encoder: ValueEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { encoder.kind = .scalar(.null) }
    func encode(_ value: Bool) { encoder.kind = .scalar(.boolean(value)) }
    func encode(_ value: String) { encoder.kind = .scalar(.string(value)) }
    func encode<T: Encodable>(_ value: T) throws { try value.encode(to: encoder) }

    func encode<T: BinaryInteger & Encodable>(_ value: T) { encoder.kind = .scalar(.number(Int(clamping: value))) }

    func encode(_ value: Double) throws {
        throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "a whole number expected"))
    }

    func encode(_ value: Float) throws { try encode(Double(value)) }
}
