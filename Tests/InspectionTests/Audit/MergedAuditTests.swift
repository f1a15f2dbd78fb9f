/// Results of many runs are merged as if one had found them; what does not fit is said.

import BatchRules
import Foundation
import Reporting
import Testing

@testable import Inspection

@Suite struct MergedAuditTests {
    static let policy = Policy(today: LifecycleTable.builtIn.date)

    static func line(_ name: String, _ reason: String = "cut short") throws -> String {
        try AuditedImage(name, unreadable: ReadingFailure(code: "torn", reason: reason), policy: policy).line()
    }

    static func header(_ index: Int, _ count: Int, images: Int) -> String {
        #"{"formatVersion":1,"images":\#(images),"shard":{"count":\#(count),"index":\#(index)}}"# + "\n"
    }

    /// Merges files with these contents; gives what one run would have written, and the remarks.
    private func merge(_ contents: [String]) throws -> (text: String, merged: MergedAudit) {
        let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = try contents.enumerated().map { number, text in
            let file = directory.appending(path: "\(number).jsonl")
            try Data(text.utf8).write(to: file)
            return file.path
        }
        let merged = try MergedAudit(files: files)
        var text = ""
        try AuditFormat.jsonl.render(try Audit(merged.lines)) { text += $0 }
        return (text, merged)
    }

    @Test("shards in any order give the lines of one run")
    func merges() throws {
        let (a, b, c) = (try Self.line("a"), try Self.line("b"), try Self.line("c/ä"))
        let (text, merged) = try merge([
            Self.header(1, 2, images: 1) + b, Self.header(0, 2, images: 2) + a + c,
        ])
        #expect(text == a + b + c)
        #expect(merged.remarks.isEmpty && merged.scope == AuditScope())
    }

    @Test("an image that is there twice counts once; where the two differ the first counts, and it is said")
    func duplicates() throws {
        let (a, b) = (try Self.line("a"), try Self.line("b"))
        let same = try merge([a + b, a])
        #expect(same.text == a + b)
        #expect(same.merged.remarks == ["1 image is there more than once, and counted once"])
        let other = try merge([a, try Self.line("a", "other")])
        #expect(other.text == a)
        #expect(other.merged.remarks.count == 2 && other.merged.remarks[1].hasPrefix("a is in "))
    }

    @Test("missing shards are said, and shards of different audits")
    func missing() throws {
        let (_, merged) = try merge([Self.header(0, 4, images: 0), Self.header(2, 4, images: 0)])
        #expect(merged.remarks == ["2 of 4 shards are missing: 1, 3"])
        #expect(merged.scope.missing == [MissingShards(of: 4, [1, 3])])
        let mixed = try merge([Self.header(0, 1, images: 0), Self.header(0, 2, images: 0)]).merged
        #expect(
            mixed.remarks == [
                "shards of one audit expected, shards of 1 and of 2 found", "1 of 2 shards is missing: 1",
            ])
    }

    @Test("a file that is cut short anywhere, or is something else, is refused by name and line")
    func refuses() throws {
        let whole = Self.header(0, 1, images: 2) + (try Self.line("a")) + (try Self.line("b"))
        let bytes = Array(whole.utf8)
        for length in 1..<bytes.count {
            let text = String(decoding: bytes[..<length], as: UTF8.self)
            #expect(throws: MergeError.self, "cut at \(length)") { _ = try merge([text]) }
        }
        for (text, said) in [
            ("{}\n", "line 1: an image of 'amilint audit -o jsonl' expected"),
            ("# Title\n", "line 1: an image of 'amilint audit -o jsonl' expected"),
            (try Self.line("a") + "x\n", "line 2: an image of 'amilint audit -o jsonl' expected"),
            (
                try Self.line("a").replacing("\"formatVersion\":1", with: "\"formatVersion\":9"),
                "line 1: format 1 expected, format 9 found"
            ),
        ] {
            let error = #expect(throws: MergeError.self) { _ = try merge([text]) }
            #expect(error?.description.contains(said) == true, "\(String(describing: error))")
        }
    }

    @Test("a former audit knows its images, those too that it could not read")
    func former() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "old.jsonl")
        let judged = try AuditStatusTests.image(.fail("broken")).line()
        try Data((judged + (try Self.line("torn"))).utf8).write(to: file)
        let former = try FormerAudit(file: file.path)
        guard case .judged = former.standing(of: "image"), case .unreadable = former.standing(of: "torn"),
            case .unknown = former.standing(of: "other")
        else {
            Issue.record("judged, unreadable and unknown expected")
            return
        }
    }
}
