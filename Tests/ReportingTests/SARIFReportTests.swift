/// What code scanning makes alerts of, and how it knows them again.

import BatchRules
import Foundation
import ImageReading
import Testing

@testable import Reporting

@Suite struct SARIFReportTests {
    private func results(_ report: Report) throws -> [[String: Any]] {
        let text = try ReportFormat.sarif.render(report)
        let log = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        return try #require(run["results"] as? [[String: Any]])
    }

    private func place(_ result: [String: Any]) throws -> (uri: String?, region: [String: Any]?) {
        let location = try #require((result["locations"] as? [[String: Any]])?.first)
        let physical = try #require(location["physicalLocation"] as? [String: Any])
        let artifact = try #require(physical["artifactLocation"] as? [String: Any])
        return (artifact["uri"] as? String, physical["region"] as? [String: Any])
    }

    @Test("broken rules alone are results; required is above recommended, a failure above what is undetermined")
    func levels() throws {
        let verdicts: [Verdict] = [.pass("p"), .fail("f"), .undetermined("u"), .notApplicable("n")]
        let rules = Level.allCases.flatMap { level in
            verdicts.map { rule("\(level)-\($0.kind.rawValue)", level, $0) }
        }
        let levels = try results(report(rules)).map { "\($0["ruleId"] ?? "") \($0["level"] ?? "")" }
        #expect(
            levels == [
                "required-fail error", "required-undetermined warning", "recommended-fail warning",
                "recommended-undetermined note",
            ])
    }

    @Test("an accepted finding is a note with a suppression that says why and until when")
    func suppressions() throws {
        let results = try results(fullReport()).filter { $0["suppressions"] != nil }
        #expect(results.map { $0["ruleId"] as? String } == ["hvm-virtualization", "docker-tested"])
        #expect(results.allSatisfy { $0["level"] as? String == "note" })
        let suppression = try #require((results.last?["suppressions"] as? [[String: Any]])?.first)
        #expect(suppression["kind"] as? String == "external")
        #expect(
            suppression["justification"] as? String
                == "accepted until 2026-12-31 by the platform team: the pair is tested by our own nightly jobs")
    }

    @Test("every result has a place: line and file, the file, or the image itself")
    func places() throws {
        let results = try results(
            report(
                [
                    rule("line", .required, .fail("x", [Evidence("/etc/a b#c", line: 3, "text")])),
                    rule("file", .required, .fail("x", [Evidence("/etc/größe%")])), rule("none", .required, .fail("x")),
                ], image: ImageDescription(name: "/builds/my image.tar", kind: "tar")))
        let places = try results.map(place)
        #expect(places.map(\.uri) == ["etc/a%20b%23c", "etc/gr%C3%B6%C3%9Fe%25", "my%20image.tar"])
        #expect(places.map { $0.region?["startLine"] as? Int } == [3, nil, nil])
    }

    @Test("a fingerprint survives moves to another line and changes with what was found")
    func fingerprints() throws {
        func fingerprint(line: Int, _ text: String) throws -> String? {
            let rules = [rule("a", .required, .fail("x", [Evidence("/etc/a", line: line, text)]))]
            return (try results(report(rules)).first?["partialFingerprints"] as? [String: String])?[
                "primaryLocationLineHash"]
        }
        #expect(try fingerprint(line: 1, "a") != nil)
        #expect(try fingerprint(line: 1, "a") == fingerprint(line: 9, "a"))
        #expect(try fingerprint(line: 1, "a") != fingerprint(line: 1, "b"))
    }
}
