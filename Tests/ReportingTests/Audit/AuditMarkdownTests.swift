/// An audit as a comment, which has to have room in what GitHub takes.

import BatchRules
import Testing

@testable import Reporting

@Suite struct AuditMarkdownTests {
    @Test(
        "a comment has room on GitHub however many images fail, and says how many are not shown", arguments: [3, 3000])
    func size(count: Int) throws {
        let long = String(repeating: "wide ", count: 60)
        let images = try (0..<count).flatMap { number in
            [
                try judged(
                    "a/\(number)",
                    [("ecs-agent", .fail(long, remedy: [RemedyStep(text: long)])), ("cloud-init", .fail(long))]),
                try judged("b/\(number)", [("ecs-agent", .undetermined(long))]),
                try unreadable("c/\(number)", long),
            ]
        }
        let former = FormerAudit(judged: [:], unreadable: Set((0..<count).map { "d/\($0)" + long }))
        let markdown = try AuditFormat.markdown.text(audit(images, since: former))
        #expect(markdown.unicodeScalars.count < 65_536)
        #expect(markdown.contains("for which there is no room here") == (count == 3000))
        #expect(markdown.contains("\(count) of \(3 * count) images fail"))
        let rows = markdown.matches(of: /\n\| `[abc]\//).count
        guard count == 3000 else {
            #expect(rows == 3 * count)
            return
        }
        #expect(markdown.contains("and \(3 * count - rows) more"))
        #expect(rows > 100)
    }

    @Test("one name or one message too long for a comment leaves the others room and is counted")
    func longest() throws {
        let huge = String(repeating: "x", count: 100_000)
        let images = [
            try judged("a", [("ecs-agent", .fail(huge))]), try judged("b", [("ecs-agent", .fail("none"))]),
            try judged(huge, [("ecs-agent", .fail("none"))]),
        ]
        let markdown = try AuditFormat.markdown.text(audit(images))
        #expect(markdown.utf8.count < 65_536)
        #expect(markdown.contains("\n| `a` |") && markdown.contains("\n| `b` |"))
        #expect(markdown.contains("and 1 more"))
    }

    @Test("images that pass are not listed, rules that all keep are counted")
    func brief() throws {
        let markdown = try AuditFormat.markdown.text(sampleAudit())
        #expect(!markdown.contains("| `base/al2023.tar.gz` |"))
        #expect(markdown.contains("4 more rules are broken by no image that was read"), "\(markdown.prefix(1500))")
        #expect(markdown.hasPrefix("## ❌ 1 of 5 images fails"))
    }
}
