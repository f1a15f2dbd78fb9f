import BatchRules
import Foundation
import Inspection
import Reporting
import TestSupport
import Testing

/// What keeps several rules undetermined is said once.
struct OneCauseTests {
    private static let cause = "/var/lib/dpkg/status: offset 0"

    private static func words(_ format: ReportFormat, _ entries: [String: LiteralEntry]) throws -> String {
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        let report = try observe(LiteralSource(entries)).report(by: .batch, under: policy)
        return try format.render(report).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test func `a package database that cannot be read is one block, with the rules that wait for it`() throws {
        var entries = try WholeImage.debian()
        entries["/var/lib/dpkg/status"] = .bytes([0xFF, 0x13, 0x37, 0x0A])
        let text = try Self.words(.text, entries)
        #expect(text.contains("UNDETERMINED 3 rules: \(Self.cause)"))
        #expect(text.contains("wait for it: docker-version, docker-agent-api; advice: docker-tested"))
        // A remark, and the block.
        let blocks = text.components(separatedBy: Self.cause).count - 1
        #expect(blocks == 3, "\(text)")
    }

    @Test func `a program finds the cause beside each finding that waits for it, and beside no other`() throws {
        var entries = try WholeImage.debian()
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        func causes() throws -> [String: String] {
            let report = try observe(LiteralSource(entries)).report(by: .batch, under: policy)
            let json = try JSONSerialization.jsonObject(with: Data(try ReportFormat.json.render(report).utf8))
            let findings = try #require((json as? [String: Any])?["findings"] as? [[String: Any]])
            return findings.reduce(into: [:]) { causes, finding in
                if let rule = finding["rule"] as? String { causes[rule] = finding["cause"] as? String }
            }
        }
        #expect(try causes().isEmpty)
        entries["/var/lib/dpkg/status"] = .bytes([0xFF, 0x13, 0x37, 0x0A])
        let found = try causes()
        #expect(found.keys.sorted() == ["docker-agent-api", "docker-tested", "docker-version"])
        #expect(found.values.allSatisfy { $0.hasPrefix(Self.cause) })
    }

    @Test func `a rule that asks something else too stands alone, with its own place`() throws {
        var entries = try WholeImage.debian()
        entries["/var/lib/dpkg/status"] = .bytes([0xFF, 0x13, 0x37, 0x0A])
        entries["/usr/bin/docker-proxy"] = nil
        let text = try Self.words(.text, entries)
        #expect(text.contains("UNDETERMINED docker-config (host): "), "\(text)")
        #expect(text.contains("/usr/bin/docker-proxy"))
    }
}
