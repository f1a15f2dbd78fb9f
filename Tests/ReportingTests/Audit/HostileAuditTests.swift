/// Whatever stands in images and their names, a report on many says it and does nothing else, as real parsers see it.

import BatchRules
import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite struct HostileAuditTests {
    /// Formats that say what was found of every rule, and those that say it of broken rules.
    static let formats: [(AuditFormat, onlyBroken: Bool)] = [
        (.json, false), (.jsonl, false), (.junit, false), (.html, false), (.sarif, true),
    ]

    /// What a parser makes of an image's name in this format.
    private func name(_ image: AuditedImage, in format: AuditFormat) -> String {
        switch format {
        case .json, .jsonl: image.name
        case .junit: inert(image.name).split(separator: "\n").joined(separator: " ")
        default: inert(image.name)
        }
    }

    private func says(_ text: String, _ part: String) -> Bool {
        // What an ellipsis cuts off is not looked for.
        let part = words(part.hasSuffix("…") ? String(part.dropLast()) : part)
        return part.isEmpty || words(text).contains(part)
    }

    private func words(_ text: String) -> String {
        text.unicodeScalars.split { $0 == " " || $0 == "\n" }.map { String($0) }.joined(separator: " ")
    }

    @Test(
        "every image and every rule is there once and says its trick",
        .enabled(if: Judge.hasPython, Judge.pythonMissing),
        arguments: formats)
    func said(format: AuditFormat, onlyBroken: Bool) throws {
        let audit = try hostileAudit()
        let schema = format == .sarif ? TestData.shared("schemas/sarif-2.1.0.json") : nil
        let said: ReadAudit = try ReadAudit.reading(format.text(audit), as: format, schema: schema)
        #expect(said.errors.isEmpty, "\(said.errors.prefix(5))")
        #expect(said.links.allSatisfy { format == .html && $0.hasPrefix("#") }, "\(said.links)")
        #expect(said.images.count == audit.totals.images)
        try audit.forEach { image in
            let name = name(image, in: format)
            let rules = try #require(said.images[name], "\(name.prefix(200))")
            let trick = String(image.name.drop { $0 != "/" }.dropFirst())
            let shown = format == .sarif ? withoutLinks(inert(trick)) : inert(trick)
            guard let report = image.report else {
                #expect(Set(rules.keys) == ["error"])
                #expect(says(rules["error"] ?? "", shown), "\(name.prefix(200))")
                return
            }
            let findings = report.findings.filter { $0.isBroken || !onlyBroken }
            #expect(Set(rules.keys) == Set(findings.map(\.rule)))
            // A page shows so much of a line.
            #expect(rules.values.allSatisfy { says($0, clipped(shown, to: 999)) }, "\(name.prefix(200))")
        }
    }

    @Test(
        "a spreadsheet gets one row an image, every cell in its column, and no formula",
        .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func csv() throws {
        let audit = try hostileAudit()
        let said: ReadAudit = try ReadAudit.reading(AuditFormat.csv.text(audit), as: .csv)
        #expect(said.errors.isEmpty, "\(said.errors.prefix(5))")
        try audit.forEach { image in
            let rules = try #require(said.images[inert(image.name)])
            guard let report = image.report else { return }
            #expect(rules == Dictionary(uniqueKeysWithValues: report.findings.map { ($0.rule, $0.standing.rawValue) }))
        }
    }

    @Test("Markdown is no markup but its own, to GitHub and GitLab", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func markdown() throws {
        // A long name leaves no room for others.
        let images = try HostileReportTests.tricks.filter { $0.utf8.count < 200 }.flatMap { trick in
            [
                try judged("a " + trick, [("ecs-agent", .fail(trick, remedy: [RemedyStep(text: trick)]))]),
                try unreadable("b " + trick, trick),
            ]
        }
        let former = FormerAudit(judged: [:], unreadable: Set(HostileReportTests.tricks.map { "c " + $0 }))
        let said: [String: ReadAudit] = try ReadAudit.reading(
            AuditFormat.markdown.text(audit(images, since: former)), as: .markdown)
        for site in ["github", "gitlab"] {
            let said = try #require(said[site])
            #expect(
                Set(said.elements).isSubset(of: [
                    "h2", "h3", "h4", "p", "strong", "code", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
                    "details", "summary", "sub",
                ]), "\(site): \(said.elements)")
            #expect(said.attributes.isEmpty, "\(site): \(said.attributes)")
            #expect(said.links.isEmpty, "\(site): \(said.links)")
            for image in images {
                #expect(says(said.text, inert(image.name)), "\(site): \(inert(image.name))")
            }
        }
    }

    @Test("HTML is no markup but its own", .enabled(if: Judge.hasPython, Judge.pythonMissing))
    func html() throws {
        let said: ReadAudit = try ReadAudit.reading(AuditFormat.html.text(hostileAudit()), as: .html)
        #expect(Set(said.elements).isDisjoint(with: ["script", "img", "a:b", "object", "iframe", "b"]))
        #expect(said.elements.allSatisfy { !$0.hasPrefix("!--") })
        #expect(said.attributes.allSatisfy { !$0.hasPrefix("on") && $0 != "style" })
    }

    @Test("text has no line that is not its own")
    func text() throws {
        let text = try AuditFormat.text.text(hostileAudit())
        let starts = [
            "FAIL ", "UNDETERMINED ", "UNREADABLE ", "pass ", "judged ", "since the former audit", "RULE ", "note: ",
        ]
        let rules = RuleCatalog.batch.rules.map { $0.id + " " }
        for line in text.split(separator: "\n").dropFirst() {
            #expect((starts + rules + ["    "]).contains { line.hasPrefix($0) }, "\(line.prefix(100))")
        }
    }
}
