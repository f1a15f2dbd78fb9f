/// A part of an audit is never taken for the whole, in whatever format.

import Foundation
import Testing

@testable import Reporting

@Suite struct AuditScopeTests {
    private static let missing = [MissingShards(of: 3, [1])]

    private func audit(_ scope: AuditScope, since former: FormerAudit? = nil) throws -> Audit {
        let images = try sampleImages()
        return try Audit(
            AuditLines(images.map { Array(try $0.line().utf8.dropLast())[...] }), scope: scope, since: former)
    }

    @Test("every format says first that shards are missing, and none counts of all", arguments: AuditFormat.allCases)
    func incomplete(format: AuditFormat) throws {
        let text = try format.text(audit(AuditScope(missing: Self.missing)))
        let said = format == .json || format == .jsonl ? "\"missing\"" : "1 of 3 shards is missing: 1"
        let place = try #require(text.range(of: said), "\(text.prefix(300))")
        // Nothing of an image stands before it.
        let image = try #require(text.range(of: "base/"))
        #expect(place.lowerBound < image.lowerBound || format == .csv)
        #expect(!text.contains("of 5 images"))
        #expect(try !format.text(audit(AuditScope())).contains(said))
    }

    @Test("each row says it, so that a few of them are not taken for all")
    func rows() throws {
        let audit = try audit(AuditScope(missing: Self.missing))
        let lines = try AuditFormat.jsonl.text(audit).split(separator: "\n")
        #expect(lines[0] == #"{"formatVersion":1,"images":5,"incomplete":[{"missing":[1],"shards":3}]}"#)
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(#"{"incomplete":[{"missing":[1],"shards":3}],"#) })
        let csv = try AuditFormat.csv.text(audit).split(separator: "\n")
        #expect(csv.count == 6)
        let cell = "\"incomplete, 1 of 3 shards is missing: 1\""
        #expect(csv.dropFirst().allSatisfy { $0.contains(cell) })
    }

    @Test("a line says what it lacks, and is without it what it was")
    func mark() throws {
        for image in try sampleImages() {
            let line = try image.line()
            let mark = try AuditLine.mark(Self.missing)
            let first: String = "{" + mark + line.dropFirst()
            let last: String = line.dropLast(2) + "," + mark.dropLast() + "}\n"
            for marked in [first, last] {
                let bytes = Array(marked.utf8.dropLast())
                guard case .image(let read) = try AuditLine(bytes[...]), let mark = read.mark else {
                    Issue.record("an image with a mark expected: \(marked)")
                    continue
                }
                #expect(read.incomplete == Self.missing && read.name == image.name)
                let rest = Array(bytes[..<mark.lowerBound]) + Array(bytes[mark.upperBound...])
                #expect(rest == Array(line.utf8.dropLast()))
                #expect(try AuditedImage(line: bytes).line() == line)
            }
        }
    }

    @Test(
        "what was left out is counted in every format, and so is which shard it is", arguments: AuditFormat.allCases)
    func leftOut(format: AuditFormat) throws {
        let text = try format.text(audit(AuditScope(shard: AuditHeader.Shard(index: 0, count: 3), leftOut: 7)))
        switch format {
        case .json, .jsonl:
            let plain = text.replacing(" ", with: "").replacing("\n", with: "")
            #expect(plain.contains(#""leftOut":7"#) && plain.contains(#""shard":{"count":3,"index":0}"#), "\(text)")
        case .csv:
            let rows = text.split(separator: "\n").dropFirst()
            #expect(rows.allSatisfy { $0.contains(",shard 0 of 3,7,") }, "\(rows)")
        default:
            let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(text.contains("7 files or directories left out by --include or --exclude"), "\(text)")
            #expect(text.contains("shard 0 of 3"))
        }
    }

    @Test("a former audit that is incomplete is said to be: what it lacks looks new", arguments: AuditFormat.allCases)
    func former(format: AuditFormat) throws {
        let text = try format.text(audit(AuditScope(), since: FormerAudit(judged: [:], missing: Self.missing)))
        switch format {
        case .json: #expect(text.contains("\"baselineIncomplete\""))
        // Lines and rows are of images; what is new in them is not said there.
        case .jsonl, .csv: break
        default:
            let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(text.contains("images may look new: 1 of 3 shards is missing: 1"), "\(text)")
        }
    }
}
