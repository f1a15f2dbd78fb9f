/// What programs read of an audit: one document or a line an image, both as their schema says.

import BatchRules
import Foundation
import Testing

@testable import Reporting

@Suite struct AuditJSONTests {
    private static let schema = testdata.appending(path: "schema/audit.schema.json").path

    /// What the schema, or one of its definitions, objects to in a text that is called `name`.
    private func objections(_ text: String, definition: String = "", name: String = ".json") throws -> String {
        try withFile(text) { file in
            try FileManager.default.moveItem(atPath: file, toPath: file + name)
            defer { try? FileManager.default.removeItem(atPath: file + name) }
            let script = testdata.appending(path: "scripts/validate.py").path
            let result = try run(["python3", script, Self.schema + definition, file + name])
            let said = String(decoding: result.output, as: UTF8.self)
            #expect(result.status == (said.isEmpty ? 0 : 1), "\(result.complaint)")
            return said
        }
    }

    @Test("both documents are what the schema says", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func schema() throws {
        let plain = try hostileAudit()
        let audits = [try sampleAudit(), try audit(sampleImages()), try audit([]), plain]
        for audit in audits {
            // Names are as they are: a schema of what is shown does not hold for those that attack.
            let isHostile = audit.totals.images == plain.totals.images
            let objections = try objections(AuditFormat.json.text(audit))
            #expect(objections.split(separator: "\n").allSatisfy { isHostile && $0.contains("image") }, "\(objections)")
            let lines = try AuditFormat.jsonl.text(audit)
            let said = try self.objections(lines, definition: "#/$defs/line", name: ".jsonl")
            #expect(said.isEmpty || isHostile, "\(said)")
        }
    }

    @Test(
        "the schema objects to what is missing, unknown or of another kind",
        .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func strict() throws {
        let json = try AuditFormat.json.text(sampleAudit())
        for (from, to) in [
            ("\"images\" : 5", "\"images\" : -5"), ("\"unreadable\" : 1", "\"lost\" : 1"),
            ("\"verdict\":\"fail\"", "\"verdict\":\"bad\""), ("\"code\":\"truncated\",", ""),
            ("\"state\":\"absent\"", "\"state\":\"gone\""), ("\"keyFacts\":", "\"facts\":"),
            ("\"setLine\":", "\"moveLine\":"), ("\"steps\":[]", "\"steps\":[{}]"),
        ] {
            let changed = json.replacing(from, with: to, maxReplacements: 1)
            #expect(changed != json, "\(from)")
            #expect(try !objections(changed).isEmpty, "\(from)")
        }
    }

    @Test("lines are given on as they came; what a former audit said is added")
    func lines() throws {
        let images = try sampleImages()
        #expect(try AuditFormat.jsonl.text(audit(images)) == images.map { try $0.line() }.joined())
        let lines = try AuditFormat.jsonl.text(sampleAudit()).split(separator: "\n")
        #expect(lines.map { $0.contains("\"comparison\":") } == [true, true, true, false, false])
    }

    @Test("the document has the lines as its images")
    func document() throws {
        let json = try AuditFormat.json.text(sampleAudit())
        let document = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let images = try #require(document["images"] as? [NSDictionary])
        let lines = try AuditFormat.jsonl.text(sampleAudit()).split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary)
        }
        #expect(images == lines)
        let summary = try #require(document["summary"] as? [String: Any])
        #expect(summary["new"] as? [String] == ["gpu/ecs-gpu-2026-11-21.tar.zst"])
        #expect(summary["gone"] as? [String] == ["gpu/ecs-gpu-2026-11-13.tar.zst"])
    }
}
