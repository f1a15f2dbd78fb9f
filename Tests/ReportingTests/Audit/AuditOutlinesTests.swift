/// What totals and tables are made of is what all else is made of, but for the evidence.

import BatchRules
import Testing

@testable import Reporting

@Suite struct AuditOutlinesTests {
    /// What an outline has of an image, as text.
    private func outline(_ image: AuditedImage) throws -> String {
        guard let report = image.report else { return try image.line() }
        let findings = report.findings.map { finding in
            let said = Verdict(kind: finding.verdict, message: finding.message, evidence: [], remedy: [])
            let bare = Finding(
                rule: finding.rule, level: finding.level, verdict: said, remedy: "", group: finding.group)
            return finding.acceptance.map(bare.accepted) ?? bare
        }
        return try AuditedImage(
            Report(
                image: report.image, keyFacts: report.keyFacts, remarks: report.remarks, policy: report.policy,
                findings: findings, waivers: report.waivers, comparison: report.comparison, rules: .batch,
                today: report.today, dataDate: report.dataDate)
        ).line()
    }

    @Test("an outline is the image without evidence, of ordinary and of hostile images, however their JSON is written")
    func isTheImage() throws {
        let images =
            try sampleImages()
            + HostileReportTests.tricks.map {
                try judged($0, [("ecs-agent", .fail($0)), ("docker-config", .undetermined($0))], remarks: [$0])
            }
        var outlines = AuditOutlines()
        for line in try images.map({ try $0.line() }) + sampleLinesOfPython(images) {
            let bytes = Array(line.utf8.dropLast())[...]
            #expect(try outline(outlines.image(bytes)) == outline(AuditedImage(line: bytes)), "\(line)")
        }
    }

    /// The same lines as another program writes them: other escapes, blanks between the parts, no order of the keys.
    private func sampleLinesOfPython(_ images: [AuditedImage]) throws -> [String] {
        guard Judge.hasPython else { return [] }
        let program =
            "import json,sys\nfor l in open(sys.argv[1]): d = json.loads(l); "
            + "print(json.dumps(dict(reversed(d.items())), ensure_ascii=len(l) % 2 == 0))"
        return try withFile(images.map { try $0.line() }.joined()) { file in
            let result = try run(["python3", "-c", program, file])
            try #require(result.status == 0, "\(result.complaint)")
            return String(decoding: result.output, as: UTF8.self).split(separator: "\n").map { $0 + "\n" }
        }
    }

    @Test("a line that is cut short, or has something else where a value is expected, is an error and no shorter image")
    func refuses() throws {
        let line = try Array(judged("a\u{202e}", [("ecs-agent", .fail("none"))]).line().utf8.dropLast())
        var outlines = AuditOutlines()
        _ = try outlines.image(line[...])
        for length in 0..<line.count {
            #expect(throws: DecodingError.self, "cut at \(length)") { _ = try outlines.image(line[..<length]) }
        }
        let text = String(decoding: line, as: UTF8.self)
        for (from, to) in [
            ("\"verdict\":\"fail\"", "\"verdict\":\"bad\""), ("\"level\":", "\"lever\":"),
            ("\"formatVersion\":1", "\"formatVersion\":2"),
            ("\"today\":\"2", "\"today\":\"x"), ("\"keyFacts\":", "\"facts\":"), ("\"findings\":", "\"found\":"),
            ("\\u202e", "\\ud800"), ("\\u202e", "\\u20"), ("\\u202e", "\\x"), ("\\u202e", "\u{1}"),
            ("\"name\":\"a", "\"name\":01\""), ("[", String(repeating: "[", count: 100_000)),
        ] {
            let changed = text.replacing(from, with: to, maxReplacements: 1)
            #expect(changed != text, "\(from)")
            #expect(throws: DecodingError.self, "\(to.prefix(20))") { _ = try outlines.image(Array(changed.utf8)[...]) }
        }
        #expect(throws: DecodingError.self, "no UTF-8") {
            _ = try outlines.image(line.map { $0 == 0x3a ? 0xff : $0 }[...])
        }
    }
}
