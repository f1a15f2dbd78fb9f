/// What a value encodes itself as, without Foundation, which asks of every value whether it is one of its own kinds.

import FileSystems

/// Any JSON value that this program writes.
enum JSONValue: Hashable {
    /// In the order of the bytes of their keys.
    case object([Member])
    case array([JSONValue])
    case string(String)
    case number(Int)
    case boolean(Bool)
    case null

    /// One member of an object.
    struct Member: Hashable {
        let key: String
        let value: JSONValue
    }

    /// The JSON that `value` encodes itself as. Throws what its `encode` throws, and for a number that is not whole.
    init(encoding value: some Encodable) throws {
        let encoder = ValueEncoder()
        try value.encode(to: encoder)
        self = encoder.value
    }

    /// What an object has under a key; nil where it has nothing there, and of what is no object.
    subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}

/// One place of the value that grows, and the encoder of what stands there.
private final class ValueEncoder: Encoder {
    /// What stands at a place: known at once, as most is, or encoded by an encoder of its own.
    enum Part {
        case value(JSONValue)
        case encoder(ValueEncoder)

        var value: JSONValue {
            switch self {
            case .value(let value): value
            case .encoder(let encoder): encoder.value
            }
        }
    }

    var scalar: JSONValue?
    var isArray = false
    var members: [(key: String, part: Part)] = []
    var elements: [Part] = []
    /// The encoder of the last member or element that was encoded at once, empty again.
    private var spare: ValueEncoder?
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var value: JSONValue {
        if let scalar { return scalar }
        if isArray { return .array(elements.map(\.value)) }
        return .object(
            members.map { JSONValue.Member(key: $0.key, value: $0.part.value) }.sorted { precedes($0.key, $1.key) })
    }

    /// What a member or an element encodes itself as. One encoder serves all that stand beside each other.
    func encoded(_ value: some Encodable) throws -> Part {
        let place = spare ?? ValueEncoder()
        spare = nil
        try value.encode(to: place)
        let result = place.value
        place.empty()
        spare = place
        return .value(result)
    }

    private func empty() {
        scalar = nil
        isArray = false
        members.removeAll(keepingCapacity: true)
        elements.removeAll(keepingCapacity: true)
    }

    /// The place of a member that is encoded piece by piece.
    func member(_ key: some CodingKey) -> ValueEncoder {
        let place = ValueEncoder()
        members.append((key.stringValue, .encoder(place)))
        return place
    }

    /// The place of one more element that is encoded piece by piece.
    func element() -> ValueEncoder {
        let place = ValueEncoder()
        elements.append(.encoder(place))
        return place
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedContainer<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        isArray = true
        return UnkeyedContainer(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(encoder: self) }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ValueEncoder
    var codingPath: [any CodingKey] { [] }

    private func set(_ value: JSONValue, _ key: Key) { encoder.members.append((key.stringValue, .value(value))) }

    func encodeNil(forKey key: Key) { set(.null, key) }
    func encode(_ value: String, forKey key: Key) { set(.string(value), key) }
    func encode(_ value: Bool, forKey key: Key) { set(.boolean(value), key) }
    func encode(_ value: Int, forKey key: Key) { set(.number(value), key) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        encoder.members.append((key.stringValue, try encoder.encoded(value)))
    }

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

    func encodeNil() { encoder.elements.append(.value(.null)) }
    func encode(_ value: String) { encoder.elements.append(.value(.string(value))) }
    func encode<T: Encodable>(_ value: T) throws { encoder.elements.append(try encoder.encoded(value)) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder.element().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.element().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder.element() }
}

private struct SingleContainer: SingleValueEncodingContainer {
    let encoder: ValueEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { encoder.scalar = .null }
    func encode(_ value: Bool) { encoder.scalar = .boolean(value) }
    func encode(_ value: String) { encoder.scalar = .string(value) }
    func encode<T: Encodable>(_ value: T) throws { try value.encode(to: encoder) }

    func encode<T: BinaryInteger & Encodable>(_ value: T) throws {
        guard let number = Int(exactly: value) else { throw Self.unfit(value) }
        encoder.scalar = .number(number)
    }

    func encode(_ value: Double) throws { throw Self.unfit(value) }
    func encode(_ value: Float) throws { throw Self.unfit(value) }

    private static func unfit(_ value: some Any) -> EncodingError {
        .invalidValue(value, .init(codingPath: [], debugDescription: "a whole number of 64 bits expected"))
    }
}
