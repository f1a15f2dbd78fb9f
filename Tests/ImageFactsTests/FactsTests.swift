/// Whatever Facts holds is asked of an image beforehand: no fact is left out of the list that says what all want.

import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

/// Where the type of a fact stands behind the answer or the list that a property of Facts holds.
private protocol HoldsFact {
    static var fact: Any.Type { get }
}

extension Observation: HoldsFact {
    fileprivate static var fact: Any.Type { (Value.self as? any HoldsFact.Type)?.fact ?? Value.self }
}

extension Array: HoldsFact {
    fileprivate static var fact: Any.Type { Element.self }
}

struct FactsTests {
    @Test func everyPropertysTypeSaysWhatItWants() throws {
        let facts = Mirror(reflecting: Facts(in: try LiteralSource([:]).root(Facts.wants))).children
        let types = facts.map { (type(of: $0.value) as? any HoldsFact.Type)?.fact ?? type(of: $0.value) }
        for type in types {
            #expect(Facts.types.contains { $0 == type }, "\(type).self expected in Facts.types")
        }
        for type in Facts.types {
            #expect(types.contains { $0 == type }, "a property of Facts expected that holds \(type)")
        }
    }
}
