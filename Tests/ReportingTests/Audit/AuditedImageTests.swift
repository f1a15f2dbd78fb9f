/// A line of an audit says all that its reports need, and reads back as what it was.

import BatchRules
import Foundation
import Testing

@testable import Reporting

@Suite struct AuditedImageTests {
    @Test("read back and written again, a line has the same bytes")
    func roundTrip() throws {
        let hostile = try HostileReportTests.tricks.enumerated().flatMap { number, trick in
            [
                try judged(trick, [("ecs-agent", .fail(trick, remedy: [RemedyStep(text: trick)]))], remarks: [trick]),
                try unreadable(trick, code: "truncated", trick),
            ]
        }
        for image in try sampleImages() + hostile {
            let line = try image.line()
            #expect(line.hasSuffix("}\n") && line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
            let read = try AuditedImage(line: line.utf8)
            #expect(try read.line() == line)
            #expect(read.name == image.name)
            #expect(read.standing == image.standing)
            #expect(read.report?.findings == image.report?.findings.map(\.printed))
        }
    }

    @Test("what could not be read keeps its reason and its dates")
    func unreadableImage() throws {
        let image = try AuditedImage(line: unreadable("a.tar", "a whole file expected, half of one found").line().utf8)
        guard case .unreadable(let failure) = image.outcome else {
            Issue.record("an unreadable image expected")
            return
        }
        #expect(failure == ReadingFailure(code: "truncated", reason: "a whole file expected, half of one found"))
        #expect(image.today.description == "2026-11-24")
        #expect(image.report == nil)
    }

    @Test("facts are left out of a line, key facts are kept")
    func facts() throws {
        let line = try AuditedImage(fullReport()).line()
        #expect(!line.contains("\"facts\""))
        let report = try #require(try AuditedImage(line: line.utf8).report)
        #expect(report.facts == nil)
        #expect(try report.keyFacts == fullReport().keyFacts)
        #expect(try report.remarks == fullReport().remarks)
    }

    @Test(
        "a line of another version of the format, or none, is refused",
        arguments: ["\"formatVersion\":2", "\"formatVersion\":0", "\"version\":1"])
    func refused(version: String) throws {
        for image in try sampleImages() {
            let line = try image.line().replacing("\"formatVersion\":1", with: version)
            #expect(throws: DecodingError.self) { try AuditedImage(line: line.utf8) }
        }
    }

    @Test("a line that is cut is refused")
    func cut() throws {
        let line = Array(try unreadable("a.tar", "why").line().utf8.dropLast())
        for end in line.indices { #expect(throws: DecodingError.self) { try AuditedImage(line: line[..<end]) } }
        #expect(throws: DecodingError.self) { try Audit(AuditLines([line[...], line.dropLast()])) }
    }
}
