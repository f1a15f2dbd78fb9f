/// Every image is counted once, and every finding under its rule.

import BatchRules
import Testing

@testable import Reporting

@Suite struct AuditTotalsTests {
    @Test("images are counted by verdict, findings by rule and standing")
    func counts() throws {
        let totals = try sampleAudit().totals
        #expect(totals.images == 5)
        #expect([totals.pass, totals.fail, totals.undetermined, totals.unreadable] == [2, 1, 1, 1])
        let rules = Dictionary(uniqueKeysWithValues: totals.rules.map { ($0.rule, $0) })
        #expect(rules["linux-distribution"]?.count(.pass) == 4)
        #expect(rules["agent-latest"]?.count(.fail) == 2)
        #expect(rules["hvm-virtualization"]?.count(.undetermined) == 1)
        #expect(rules["hvm-virtualization"]?.count(.accepted) == 1)
        #expect(rules["cloud-init"] == nil, "a rule that was not judged")
        #expect(totals.rules.map(\.rule) == RuleCatalog.batch.rules.map(\.id).filter { rules[$0] != nil })
        #expect(rules["agent-latest"]?.level == .recommended && rules["awslogs-driver"]?.level == .required)
        let broken = totals.rulesByFailures.prefix { $0.count(.fail) + $0.count(.undetermined) > 0 }
        let advice = broken.drop { $0.level == .required }
        #expect(advice.allSatisfy { $0.level == .recommended }, "required rules come first")
        #expect(advice.first?.rule == "agent-latest")
        #expect(totals.fresh == ["gpu/ecs-gpu-2026-11-21.tar.zst"])
        #expect(totals.gone == ["gpu/ecs-gpu-2026-11-13.tar.zst"])
    }

    @Test("without a former audit nothing is new or gone")
    func alone() throws {
        let totals = try audit(sampleImages()).totals
        #expect(totals.fresh == nil && totals.gone == nil)
    }

    @Test(
        "the sentence counts every kind that occurs",
        arguments: [
            (0, 0, 0, 0, "no image was found"), (1, 0, 0, 0, "1 of 1 image passes"), (0, 1, 0, 0, "1 of 1 image fails"),
            (2, 0, 1, 1, "1 of 4 images could not be read, 1 is undetermined, 2 pass"),
            (1, 2, 2, 0, "2 of 5 images fail, 2 are undetermined, 1 passes"),
        ])
    func sentence(pass: Int, fail: Int, undetermined: Int, lost: Int, sentence: String) throws {
        var images: [AuditedImage] = []
        for number in 0..<pass { images.append(try judged("p\(number)", [("ecs-agent", .pass("x"))])) }
        for number in 0..<fail { images.append(try judged("f\(number)", [("ecs-agent", .fail("x"))])) }
        for number in 0..<undetermined { images.append(try judged("u\(number)", [("ecs-agent", .undetermined("x"))])) }
        for number in 0..<lost { images.append(try unreadable("l\(number)", "x")) }
        #expect(try audit(images).totals.sentence == sentence)
    }

    @Test("waivers that do not count are said once, with the number of images")
    func waivers() throws {
        let notes = try audit([AuditedImage(fullReport()), AuditedImage(fullReport())]).totals.waiverNotes
        #expect(notes.map(\.isBroken) == [true, true, false])
        #expect(notes.first?.text.contains("agent-latest (line 14 of the policy) expired on 2026-10-31") == true)
        #expect(notes.allSatisfy { $0.text.contains("2 images") || $0.text.contains("accepts nothing") })
    }
}
