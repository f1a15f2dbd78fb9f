/// What programs read: a stable spine, the same bytes every time, and facts that can be judged again.

import BatchRules
import Foundation
import ImageFacts
import ImageReading
import Testing

@testable import Reporting

@Suite struct JSONReportTests {
    private func object(_ json: String) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    @Test("the spine has every key, null where there is nothing")
    func spine() throws {
        let top = try object(ReportFormat.json.render(report(everyKind)))
        #expect(
            Set(top.keys) == [
                "formatVersion", "tool", "dataDate", "today", "image", "facts", "policy", "findings", "summary",
            ])
        #expect(top["formatVersion"] as? Int == 1)
        #expect(top["today"] as? String == "2026-11-24")
        let image = try #require(top["image"] as? [String: Any])
        #expect(Set(image.keys) == ["name", "kind", "compression", "rootFolder", "remarks"])
        #expect(image["rootFolder"] is NSNull)
        let findings = try #require(top["findings"] as? [[String: Any]])
        #expect(findings.count == everyKind.count)
        for finding in findings {
            let keys: Set = ["rule", "group", "level", "verdict", "message", "evidence", "remedy", "steps"]
            #expect(Set(finding.keys).subtracting(["consequence"]) == keys)
            #expect(
                finding.keys.contains("consequence")
                    == (finding["verdict"] as? String == "fail" && finding["level"] as? String == "required"))
        }
        let evidence = try #require(findings[1]["evidence"] as? [[String: Any]])
        #expect(Set(try #require(evidence.first).keys) == ["path", "realPath", "line", "text"])
        #expect(evidence.first?["realPath"] is NSNull)
        #expect((top["summary"] as? [String: Any])?["verdict"] as? String == "fail")
    }

    @Test("a finding says where its rule is documented")
    func reference() throws {
        let findings = try #require(object(ReportFormat.json.render(fullReport()))["findings"] as? [[String: Any]])
        let links = findings.compactMap { finding in (finding["reference"] as? String).map { (finding["rule"], $0) } }
        #expect(links.map { $0.0 as? String } == ["awslogs-driver"])
        #expect(links.map(\.1) == ["https://docs.aws.amazon.com/batch/latest/userguide/batch-ami-spec.html"])
    }

    @Test("the same image gives the same bytes")
    func repeatable() throws {
        let first = try ReportFormat.json.render(report(everyKind))
        for _ in 0..<5 { #expect(try ReportFormat.json.render(report(everyKind)) == first) }
        #expect(first.hasSuffix("}\n"))
    }

    @Test("facts are their own round trip: decoded and encoded again they are the same bytes")
    func roundTrip() throws {
        let report = try report(everyKind)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let bytes = try encoder.encode(report.facts)
        #expect(try encoder.encode(JSONDecoder().decode(Facts.self, from: bytes)) == bytes)
    }

    @Test("what the image says stays data: findings inert, facts escaped and unchanged")
    func hostile() throws {
        let trick = "\u{1b}[2J\u{202e}evil\nFAKE\u{9b}\u{2028}\u{e0041}\u{7f}\u{0}"
        let name = "PRETTY_NAME=\"a\u{202e}b\u{e0041}c\"\n"
        let json = try ReportFormat.json.render(
            report(
                [
                    rule(
                        "a", .required,
                        .fail(
                            trick, [Evidence(ImagePath("/\(trick)"), line: 1, trick)],
                            remedy: [RemedyStep(text: trick, action: .command(["echo", trick]))]))
                ],
                image: ImageDescription(name: trick, kind: "tar", remarks: [trick]),
                entries: ["/etc/os-release": .text("ID=x\n\(name)")]))
        #expect(json.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isActive })
        let top = try object(json)
        let finding = try #require((top["findings"] as? [[String: Any]])?.first)
        let evidence = try #require((finding["evidence"] as? [[String: Any]])?.first)
        for text in [finding["message"], finding["remedy"], evidence["text"], evidence["path"]] {
            let text = try #require(text as? String)
            #expect(text.unicodeScalars.allSatisfy { !$0.isActive }, "\(text)")
            #expect(text.contains("evil"))
        }
        // What has to be escaped would be another command.
        let steps = try #require(finding["steps"] as? [[String: Any]])
        #expect(steps.map { Set($0.keys) } == [["text"]])
    }

    @Test("a remedy's steps are data, and what no case has of its own has none")
    func steps() throws {
        let findings = try #require(object(ReportFormat.json.render(fullReport()))["findings"] as? [[String: Any]])
        func steps(_ rule: String) throws -> [[String: Any]] {
            try #require(findings.first { $0["rule"] as? String == rule }?["steps"] as? [[String: Any]])
        }
        #expect(try steps("awslogs-driver").map { Set($0.keys) } == [["text", "edit"], ["text"]])
        #expect(try steps("agent-latest").isEmpty)
        #expect(try steps("docker-version").isEmpty)
    }
}
