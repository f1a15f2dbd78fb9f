/// Reports are what the published schemas of their formats say.

import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite struct SchemaTests {
    static let sarifSchema = TestData.shared("schemas/sarif-2.1.0.json")
    static let junitSchema = TestData.shared("schemas/junit-10.xsd")
    static let schemaMissing: Comment = "shared/schemas expected beside the checkout, not found"

    @Test(
        "SARIF keeps its published schema",
        .enabled(if: Judge.hasPython, Judge.pythonMissing), .enabled(if: sarifSchema != nil, schemaMissing))
    func sarif() throws {
        for report in [try fullReport(), try report(everyKind), try report([])] {
            let said: ReadBack = try ReadBack.reading(
                ReportFormat.sarif.render(report), as: "sarif", schema: Self.sarifSchema)
            #expect(said.errors.isEmpty)
            #expect(Set(said.findings.keys) == Set(report.findings.filter(\.isBroken).map(\.rule)))
        }
    }

    @Test("a broken SARIF file is objected to", .enabled(if: Judge.hasPython && sarifSchema != nil, schemaMissing))
    func sarifObjections() throws {
        let text = try ReportFormat.sarif.render(fullReport()).replacing("\"startLine\" : 3", with: "\"startLine\" : 0")
        let said: ReadBack = try ReadBack.reading(text, as: "sarif", schema: Self.sarifSchema)
        #expect(said.errors.count == 1, "\(said.errors)")
    }

    @Test(
        "JUnit keeps the schema that Jenkins publishes",
        .enabled(if: Judge.hasXMLLint, Judge.xmllintMissing), .enabled(if: junitSchema != nil, schemaMissing))
    func junit() throws {
        let schema = try #require(Self.junitSchema).path
        for report in [try fullReport(), try report(everyKind), try report([]), try HostileReportTests.hostile()] {
            let result = try withFile(ReportFormat.junit.render(report)) {
                try run(["xmllint", "--noout", "--nonet", "--schema", schema, $0])
            }
            #expect(result.status == 0, "\(result.complaint.prefix(2000))")
        }
    }
}
