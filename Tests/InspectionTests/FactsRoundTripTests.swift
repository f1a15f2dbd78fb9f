import BatchRules
import Foundation
import ImageFacts
import ImageReading
import TestSupport
import Testing

/// What later runs judge again without the image gives the same findings.
struct FactsRoundTripTests {
    private static func check(_ entries: [String: LiteralEntry], _ name: String) throws {
        let source = LiteralSource(entries)
        let facts = try source.read(Facts.wants) { Facts(in: $0) }.value
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = try encoder.encode(facts)
        let decoded = try JSONDecoder().decode(Facts.self, from: text)
        #expect(try encoder.encode(decoded) == text, "\(name)")
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        let before = RuleCatalog.batch.judge(facts, of: "literal", by: policy, as: { $0 }).findings
        let after = RuleCatalog.batch.judge(decoded, of: "literal", by: policy, as: { $0 }).findings
        for (first, second) in zip(before, after) {
            #expect(first == second, "\(name): \(first.rule): \(first.message) <> \(second.message)")
        }
        #expect(before.count == after.count && before.count == RuleCatalog.batch.rules.count)
    }

    @Test func `good images are judged alike from their facts' JSON`() throws {
        try Self.check(WholeImage.amazonLinux(), "amazonLinux")
        try Self.check(WholeImage.debian(), "debian")
        try Self.check(["/etc/passwd": ""], "nothing")
        try Self.check(["/Windows/System32/ntoskrnl.exe": "MZ", "/bootmgr": "x"], "Windows")
    }

    @Test(arguments: WholeImageTests.cases)
    func `images with one change are judged alike from their facts' JSON`(row: WholeImageTests.Case) throws {
        var entries = try WholeImageTests.entries(row.base)
        for (path, entry) in row.change { entries[path] = entry }
        try Self.check(entries, row.name)
    }

    @Test(arguments: HostileImageTests.replacements.indices)
    func `images with damaged files are judged alike from their facts' JSON`(replacement: Int) throws {
        let (name, entry) = HostileImageTests.replacements[replacement]
        for path in [
            "/usr/lib/os-release", "/var/lib/dpkg/status", "/boot/grub/grub.cfg", "/etc/docker/daemon.json",
            "/etc/ecs/ecs.config", "/etc/ecs/ecs.config.json", "/usr/lib/systemd/system/ecs.service",
            "/usr/lib/systemd/system/docker.service", "/etc/cloud/cloud.cfg", "/usr/sbin/iptables", "/etc/fstab",
        ] {
            var entries = try WholeImage.debian()
            entries[path] = entry
            try Self.check(entries, "\(path) \(name)")
        }
    }
}
