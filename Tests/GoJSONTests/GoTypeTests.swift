import GoJSON
import TestSupport
import Testing

@Suite struct GoTypeTests {
    static let types: [String: GoType] = [
        "text": .text, "bool": .bool, "conditional": .conditional, "uint16": .integer(0...65535),
        "int8": .integer(-128...127), "int64": .integer(Int.min...Int.max), "texts": .texts, "ports": .ports,
        "textMap": .textMap, "prefix": .prefix, "prefixes": .prefixes, "object": .object, "anything": .anything,
    ]

    @Test func storesWhatGoStores() throws {
        var count = 0
        for row in try goTypeAnswers() where row.type != "drivers" {
            let type = try #require(Self.types[row.type])
            let mismatch = type.mismatch(try GoValue.unmarshal(row.text))
            #expect(
                (mismatch == nil) == (row.answer == "ok"),
                "\(row.type) from \(String(decoding: row.text, as: UTF8.self)): Go says \(row.answer)")
            count += 1
        }
        #expect(count > 500)
    }
}
