/// The schema of policy files knows what the reader of policy files knows.

import BatchRules
import Foundation
import Inspection
import TestSupport
import Testing

@Suite struct PolicySchemaTests {
    private struct Schema: Decodable {
        struct Form: Decodable {
            let reference: String

            private enum CodingKeys: String, CodingKey { case reference = "$ref" }
        }

        struct Rules: Decodable { let properties: [String: Form] }

        struct Properties: Decodable { let rules: Rules }

        let id: String
        let properties: Properties

        private enum CodingKeys: String, CodingKey {
            case properties
            case id = "$id"
        }
    }

    private static func schema() throws -> Schema {
        let file = TestData.url("schema/policy.schema.json")
        return try JSONDecoder().decode(Schema.self, from: Data(contentsOf: file))
    }

    @Test("every rule stands in it, with its parameter and no other")
    func rules() throws {
        let schema = try Self.schema()
        #expect(schema.id == "urn:amilint:policy:1")
        let forms = schema.properties.rules.properties.mapValues {
            $0.reference.split(separator: "/").last.map(String.init)
        }
        let expected = RuleCatalog.batch.rules.map { ($0.id, $0.parameter?.key ?? "rule") }
        #expect(forms == Dictionary(uniqueKeysWithValues: expected.map { ($0.0, Optional($0.1)) }))
    }
}
