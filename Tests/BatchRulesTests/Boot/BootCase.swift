import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// One change to a whole image that boots, and what a rule has to say of it.
struct BootCase: Sendable, CustomTestStringConvertible {
    /// The image that is changed.
    enum Base: Sendable { case amazonLinux, debian }

    let name: String
    let base: Base
    let changes: [String: LiteralEntry?]
    let metadata: AMIMetadata?
    /// The disk that the image lies on; nil where it is none.
    let disk: DiskLayout?
    let verdict: Verdict.Kind
    /// What it counts as, where that is to be checked.
    let level: Level?
    /// Parts of the message.
    let says: [String]
    let line: Int
    var testDescription: String { name }

    init(
        _ name: String, _ base: Base = .amazonLinux, _ changes: [String: LiteralEntry?] = [:],
        metadata: AMIMetadata? = nil, disk: DiskLayout? = nil, _ verdict: Verdict.Kind, counting level: Level? = nil,
        says: String...,
        line: Int = #line
    ) {
        self.name = name
        self.base = base
        self.changes = changes
        self.metadata = metadata
        self.disk = disk
        self.verdict = verdict
        self.level = level
        self.says = says
        self.line = line
    }

    static func entries(_ base: Base) throws -> [String: LiteralEntry] {
        try base == .amazonLinux ? WholeImage.amazonLinux() : WholeImage.debian()
    }

    func finding(_ rule: Rule) throws -> Finding {
        var entries = try Self.entries(base)
        for (path, entry) in changes { entries[path] = entry }
        let root = try LiteralSource(entries, disk: disk).read(Facts.wants) { _ = Facts(in: $0) }.root
        let policy = Policy(today: CalendarDay(year: 2026, month: 11, day: 24), amiMetadata: metadata)
        return rule.evaluate(Facts(in: root), policy)
    }

    func check(_ rule: Rule) throws {
        let finding = try finding(rule)
        #expect(finding.verdict == verdict, "line \(line): \(finding.message)")
        if let level { #expect(finding.level == level, "line \(line): \(finding.message)") }
        for text in says { #expect(finding.message.contains(text), "line \(line): \(finding.message)") }
        let isBroken = verdict == .fail || verdict == .undetermined
        #expect((finding.remedy?.isEmpty == false) == isBroken, "line \(line)")
        if isBroken, rule.id != "hvm-virtualization" { #expect(!finding.evidence.isEmpty, "line \(line)") }
    }
}

extension BootCase {
    /// The boot entry of the image like Amazon Linux 2023 with these arguments, and without or with an initramfs.
    static func entry(_ arguments: String, initrd: String? = "/boot/initramfs-\(kernel).img") -> [String: LiteralEntry?]
    {
        [
            "/boot/loader/entries/ec2e3be6e3b14a3ea3c2f4ed2a9b1f55-\(kernel).conf": .text(
                "title Amazon Linux\nversion \(kernel)\nlinux /boot/vmlinuz-\(kernel)\n"
                    + (initrd.map { "initrd \($0)\n" } ?? "") + "options \(arguments)\n")
        ]
    }

    static let kernel = "6.1.188-233.385.amzn2023.x86_64"
    static let root = "root=UUID=9c4e4b1a-0000-4000-8000-000000000001"
}
