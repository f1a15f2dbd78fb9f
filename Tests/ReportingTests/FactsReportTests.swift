/// What an image says of itself, without a judgement.

import BatchRules
import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import Reporting

@Suite struct FactsReportTests {
    private func observed(_ entries: [String: LiteralEntry]) -> ObservedImage {
        ObservedImage(in: RootFilesystem(entries))
    }

    private let status: LiteralEntry = """
        Package: docker-ce
        Status: install ok installed
        Architecture: amd64
        Version: 5:27.3.1-1~debian.12~bookworm

        Package: procps
        Status: install ok installed
        Architecture: amd64
        Version: 2:4.0.2-3

        """

    private func json(packages: Bool) throws -> [String: Any] {
        let day = try #require(CalendarDay("2026-11-24"))
        let text = try FactsFormat.json.render(
            observed(["/var/lib/dpkg/status": status]), packages: packages, today: day, dataDate: day)
        return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("the JSON is the spine without findings; packages are there only where asked for")
    func spine() throws {
        let without = try json(packages: false)
        #expect(Set(without.keys) == ["formatVersion", "tool", "dataDate", "today", "image", "facts"])
        #expect((without["facts"] as? [String: Any])?["packages"] == nil)
        let with = try json(packages: true)
        let packages = try #require((with["facts"] as? [String: Any])?["packages"] as? [[String: Any]])
        #expect(packages.compactMap { $0["name"] as? String } == ["docker-ce", "procps"])
        #expect(packages.first?["epoch"] as? Int == 5)
        #expect(packages.first?["source"] is NSNull)
        #expect((with["facts"] as? [String: Any])?["packagesProblem"] is NSNull)
    }

    @Test("the text has every fact of the JSON, its state, and packages where asked for")
    func text() throws {
        let day = try #require(CalendarDay("2026-11-24"))
        let image = observed(["/var/lib/dpkg/status": status])
        let text = try FactsFormat.text.render(image, packages: true, today: day, dataDate: day)
        let facts = try #require(try json(packages: false)["facts"] as? [String: Any])
        for name in facts.keys {
            let spoken = name.reduce("") { $0 + ($1.isUppercase ? " " + $1.lowercased() : String($1)) }
            #expect(text.contains("\n\(spoken)"), "\(spoken)")
        }
        #expect(text.contains("packages: 2\n    docker-ce 5:27.3.1-1~debian.12~bookworm amd64\n"))
        #expect(!text.contains("\u{1b}"))
    }

    @Test("a list that one unreadable database may add to is null with its reason, and in text not known")
    func unknownPackages() throws {
        let day = try #require(CalendarDay("2026-11-24"))
        let image = observed(["/var/lib/dpkg/status": status, "/var/lib/rpm/rpmdb.sqlite": "SQLite format 3"])
        let json = try FactsFormat.json.render(image, packages: true, today: day, dataDate: day)
        let document = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let facts = try #require(document["facts"] as? [String: Any])
        #expect(facts["packages"] is NSNull)
        let problem = try #require(facts["packagesProblem"] as? [String: Any])
        #expect(problem["path"] as? String == "/var/lib/rpm/rpmdb.sqlite")
        #expect(problem["offset"] as? Int == 0)
        let text = try FactsFormat.text.render(image, packages: true, today: day, dataDate: day)
        #expect(
            text.hasSuffix(
                "\npackages: not known: /var/lib/rpm/rpmdb.sqlite: offset 0: a header of 100 bytes expected, 15 found\n"
            ),
            "\(text.suffix(300))")
        let without = try FactsFormat.json.render(image, packages: false, today: day, dataDate: day)
        #expect(!without.contains("\"packages\"") && !without.contains("packagesProblem"))
    }

    @Test("what the image says acts on no terminal")
    func hostile() throws {
        let day = try #require(CalendarDay("2026-11-24"))
        let image = observed(["/etc/os-release": "ID=\u{1b}[2J\u{202e}x\nPRETTY_NAME=\"\u{9b}1m\"\n"])
        for format in FactsFormat.allCases {
            let text = try format.render(image, packages: true, today: day, dataDate: day)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isActive }, "\(format)")
        }
    }
}
