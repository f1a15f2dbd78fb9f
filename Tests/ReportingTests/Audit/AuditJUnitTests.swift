/// An audit as test suites, whose counts are right.

import BatchRules
import TestSupport
import Testing

@testable import Reporting

@Suite struct AuditJUnitTests {
    @Test(
        "it keeps the schema that Jenkins publishes",
        .enabled(if: Judge.hasXMLLint, Judge.xmllintMissing),
        .enabled(if: SchemaTests.junitSchema != nil, SchemaTests.schemaMissing))
    func schema() throws {
        let schema = try #require(SchemaTests.junitSchema).path
        for audit in [try sampleAudit(), try audit([]), try hostileAudit()] {
            let result = try withFile(AuditFormat.junit.text(audit)) {
                try run(["xmllint", "--noout", "--nonet", "--schema", schema, $0])
            }
            #expect(result.status == 0, "\(result.complaint.prefix(2000))")
        }
    }

    @Test("every count is what an XML parser counts", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func counts() throws {
        for audit in [try sampleAudit(), try audit([])] {
            let said: ReadAudit = try ReadAudit.reading(AuditFormat.junit.text(audit), as: .junit)
            #expect(said.errors.isEmpty, "\(said.errors)")
            #expect(said.images.count == audit.totals.images)
        }
    }

    @Test("test cases of images that share a file name differ by their class")
    func classes() throws {
        let found: [(String, Verdict)] = [("ecs-agent", .fail("none"))]
        let xml = try AuditFormat.junit.text(audit([judged("a/x.tar", found), judged("b/x.tar", found)]))
        for folder in ["a", "b"] { #expect(xml.contains("classname=\"amilint.\(folder).x_tar.specification\"")) }
    }

    @Test("an image that could not be read is one test case in error")
    func unreadableImage() throws {
        let xml = try AuditFormat.junit.text(audit([unreadable("a.tar", "half of it found")]))
        #expect(xml.contains("<testsuites name=\"amilint\" tests=\"1\" failures=\"0\" errors=\"1\">"))
        #expect(
            xml.contains("<error type=\"truncated\" message=\"half of it found\">could not be read: half of it found"))
    }

    @Test("a waiver that has nothing to accept on one image is not said there, one that counts no more is")
    func waivers() throws {
        let xml = try AuditFormat.junit.text(audit([AuditedImage(fullReport())]))
        #expect(!xml.contains("accepts nothing"))
        #expect(xml.contains("expired on 2026-10-31"))
    }
}
