/// What is listed is chosen and grouped; what is counted is not.

import BatchRules
import Testing

@testable import Reporting

@Suite struct AuditViewTests {
    private func audit(_ view: AuditView, _ images: [AuditedImage]? = nil) throws -> Audit {
        let images = try images ?? sampleImages()
        return try Audit(AuditLines(images.map { Array(try $0.line().utf8.dropLast())[...] }), view: view)
    }

    /// The names of those that are listed.
    private func names(_ audit: Audit) throws -> [String] {
        var names: [String] = []
        try audit.forEach { names.append($0.name) }
        return names
    }

    @Test(
        "images are listed by verdict, name, rule and architecture",
        arguments: [
            (
                AuditView(),
                [
                    "base/al2023.tar.gz", "base/minimal", "builds/batch-ami-2026-11-24.tar.gz",
                    "gpu/ecs-gpu-2026-11-20.tar.zst", "gpu/ecs-gpu-2026-11-21.tar.zst",
                ]
            ),
            (AuditView(verdicts: [.fail]), ["builds/batch-ami-2026-11-24.tar.gz"]),
            (AuditView(verdicts: [.unreadable, .undetermined]), ["base/minimal", "gpu/ecs-gpu-2026-11-20.tar.zst"]),
            (AuditView(rules: ["agent-latest"]), ["base/al2023.tar.gz", "builds/batch-ami-2026-11-24.tar.gz"]),
            (AuditView(architectures: ["sparc64"]), []),
            (AuditView(verdicts: [.pass], listsName: { $0.hasPrefix("gpu/") }), ["gpu/ecs-gpu-2026-11-21.tar.zst"]),
        ])
    func lists(view: AuditView, expected: [String]) throws {
        let audit = try audit(view)
        #expect(try names(audit) == expected)
        let whole = try self.audit(AuditView())
        #expect(
            audit.totals.broken == whole.totals.broken && audit.totals.images == 5
                && audit.totals.fail == whole.totals.fail)
        #expect(audit.totals.shown == (view.listsAll ? nil : expected.count))
    }

    @Test("every format lists what is wanted, counts all, and says how many are shown", arguments: AuditFormat.allCases)
    func formats(format: AuditFormat) throws {
        if format == .jsonl { return }
        let text = try format.text(audit(AuditView(verdicts: [.fail])))
        #expect(text.contains("builds/batch-ami-2026-11-24.tar.gz"))
        // Notes name images whatever is listed.
        #expect(!text.contains("base/minimal"))
        switch format {
        case .csv: #expect(text.split(separator: "\n").count == 2)
        case .json, .sarif: #expect(text.replacing(" ", with: "").contains("\"shown\":1"))
        default:
            let said = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(said.contains("1 of 5 images shown"), "\(text.prefix(300))")
        }
    }

    @Test("images stand together by directory or distribution, with what each group comes to")
    func groups() throws {
        let byDirectory = try audit(AuditView(grouping: .directory))
        #expect(byDirectory.totals.groups.map(\.name) == ["base", "builds", "gpu"])
        #expect(
            byDirectory.totals.groups.map(\.sentence) == [
                "2 images: 1 is undetermined, 1 passes", "1 image: 1 fails", "2 images: 1 could not be read, 1 passes",
            ])
        let text = try AuditFormat.text.text(byDirectory)
        let places = try ["base - 2 images", "base/al2023", "builds - 1 image", "gpu - 2 images"].map {
            try #require(text.range(of: $0), "\(text)").lowerBound
        }
        #expect(places == places.sorted())
        #expect(try audit(AuditView(grouping: .distribution)).totals.groups.contains { $0.name == "could not be read" })
        #expect(try AuditFormat.markdown.text(byDirectory).contains("| builds | 1 | 1 |"))
        #expect(try AuditFormat.json.text(byDirectory).contains("\"group\" : \"builds\""))
        #expect(try AuditFormat.csv.text(byDirectory).contains(",builds,"))
    }

    @Test("an index leads to a page for each group, which has its images and no others")
    func pages() throws {
        var pages: [String: String] = [:]
        let groups = try sampleAudit().pages { name, content in
            var text = ""
            try content { text += $0 }
            pages[name] = text
        }
        #expect(groups == 3 && pages.keys.sorted() == ["group-1.html", "group-2.html", "group-3.html", "index.html"])
        let index = try #require(pages["index.html"])
        for number in 1...3 { #expect(index.contains("href=\"group-\(number).html\"")) }
        #expect(index.contains("1 of 5 images fails") && !index.contains("<table"))
        let builds = try #require(pages["group-2.html"])
        #expect(builds.contains("[\"builds/batch-ami-2026-11-24.tar.gz\",") && !builds.contains("[\"base/"))
        #expect(builds.contains("1 of 1 image fails") && builds.contains("href=\"index.html\""))
    }

    @Test("hostile names of groups are text on pages and in tables")
    func hostile() throws {
        let images = try HostileReportTests.tricks.map { try judged($0 + "/a", [("ecs-agent", .fail("none"))]) }
        let audit = try audit(AuditView(grouping: .directory), images)
        let text = try AuditFormat.html.text(audit)
        #expect(!text.contains("<script>alert") && !text.contains("<img src"))
        #expect(audit.totals.groups.allSatisfy { inert($0.name) == $0.name })
    }

    @Test("where there is no room for all, the worst images are shown, and how many are not is said")
    func worst() throws {
        let images = try (0..<9).map { number in
            let rules = ["ecs-agent", "awslogs-driver", "docker-version"].prefix(number % 4)
            return try judged("\(number)", rules.map { ($0, .fail("none")) } + [("kernel-version", .pass("new"))])
        }
        let audit = try audit(AuditView(), images)
        for (most, expected) in [
            (2, ["3", "7"]), (3, ["2", "3", "7"]), (5, ["1", "2", "3", "6", "7"]), (9, nil), (20, nil),
        ] {
            var worst = try WorstImages(audit, most: most)
            let count = worst.count
            var names: [String] = []
            try audit.forEachOutline { if worst.take($0) { names.append($0.name) } }
            #expect(names == expected ?? images.map(\.name) && count == names.count, "\(most)")
        }
    }

    @Test("code scanning is given the worst results first")
    func order() throws {
        let text = try AuditFormat.sarif.text(audit(AuditView()))
        let levels = text.split(separator: "\n").filter { $0.hasPrefix("      {") }.compactMap { line in
            ["error", "warning", "note"].firstIndex { line.contains("\"level\":\"\($0)\",\"locations\"") }
        }
        #expect(levels.count > 3 && levels == levels.sorted(), "\(levels)")
    }
}
