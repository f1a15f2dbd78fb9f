/// One root as a directory, as a tar and on a disk: the same facts and the same findings, but for what only a disk says.

import BatchRules
import Foundation
import ImageReading
import Inspection
import Reporting
import TestSupport
import Testing

@Suite struct SameRootTests {
    /// Rules that the disk itself decides, and facts that only a disk has.
    static let rulesOfDisks: Set<String> = ["hvm-virtualization", "root-device", "fstab-mounts", "architecture-match"]
    static let factsOfDisks: Set<String> = ["disk"]

    static let missing: Comment =
        "no amazon below AMILINT_FIXTURES: roots of Amazon Linux on disks are NOT compared; `make fixtures` makes them"

    /// What is made of an image at a path.
    static func observed(_ path: String) throws -> ObservedImage {
        try observe(openImage(at: path, choice: .ofBooting()))
    }

    /// Facts by their names, each as text.
    static func facts(_ image: ObservedImage) throws -> [String: String] {
        let all = try JSONSerialization.jsonObject(with: JSONEncoder().encode(image.facts)) as? [String: Any] ?? [:]
        return try all.filter { !factsOfDisks.contains($0.key) }.mapValues {
            String(decoding: try JSONSerialization.data(withJSONObject: [$0], options: .sortedKeys), as: UTF8.self)
        }
    }

    static func findings(_ image: ObservedImage) throws -> [String: String] {
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        return image.report(by: .batch, under: policy).findings.reduce(into: [:]) { findings, finding in
            if !rulesOfDisks.contains(finding.rule) {
                findings[finding.rule] = "\(finding.verdict) \(finding.message) \(finding.evidence)"
            }
        }
    }

    static func compare(_ disk: ObservedImage, _ other: ObservedImage, _ name: String) throws {
        let (facts, expectedFacts) = (try Self.facts(disk), try Self.facts(other))
        for (fact, text) in expectedFacts {
            #expect(facts[fact] == text, "\(name): \(fact)")
        }
        let (findings, expected) = (try Self.findings(disk), try Self.findings(other))
        for (rule, text) in expected { #expect(findings[rule] == text, "\(name): \(rule)") }
        #expect(expectedFacts.count > 30 && expected.count > 20)
    }

    @Test(
        .enabled(if: TestData.fixture("amazon") != nil, missing),
        .enabled(if: Workshop.has("mke2fs", "tar"), "e2fsprogs is not installed"), arguments: ["al2023", "al2", "al1"])
    func amazonLinuxIsTheSameInEveryForm(_ name: String) throws {
        let root = try #require(TestData.fixture("amazon/\(name)")).path
        let workshop = try Workshop()
        try workshop.run("mke2fs -q -F -t ext4 -L / -d '\(root)' disk.raw 512M; tar -C '\(root)' -cf root.tar .")
        let disk = try Self.observed(workshop.path + "/disk.raw")
        #expect(disk.image.kind == "disk" && disk.image.disk?.volume == "the whole disk")
        try Self.compare(disk, Self.observed(root), "directory")
        try Self.compare(disk, Self.observed(workshop.path + "/root.tar"), "tar")
    }

    @Test(.enabled(if: Workshop.has("mke2fs"), "e2fsprogs is not installed"), arguments: [true, false])
    func aGoodImageIsTheSameOnADisk(_ isDebian: Bool) throws {
        let root = try WrittenRoot(isDebian ? WholeImage.debian() : WholeImage.amazonLinux())
        let workshop = try Workshop()
        try workshop.run("mke2fs -q -F -t ext4 -L / -d '\(root.url.path)' disk.raw 128M")
        try Self.compare(Self.observed(workshop.path + "/disk.raw"), Self.observed(root.url.path), "directory")
    }
}

/// Disks with the partitions of the real images, each with the same root of Amazon Linux 2023.
@Suite struct LayoutTests {
    struct Row: Sendable {
        let image: String
        let kinds: [String]
    }

    static let rows = [
        Row(image: "al2023", kinds: ["gpt", "partition 1", "xfs", "/boot/efi from partition 128"]),
        Row(image: "al2", kinds: ["gpt", "partition 1", "xfs"]),
        Row(
            image: "ubuntu2404",
            kinds: ["gpt", "partition 1", "ext4", "/boot from partition 16", "/boot/efi from partition 15"]),
        Row(image: "debian12", kinds: ["gpt", "partition 1", "ext4", "/boot/efi from partition 15"]),
        Row(
            image: "rhel9",
            kinds: ["gpt", "partition 4", "xfs", "/boot from partition 3", "/boot/efi from partition 2"]),
        Row(image: "mbr", kinds: ["mbr", "partition 1", "ext4"]),
        Row(image: "whole-btrfs", kinds: ["the whole disk", "btrfs", "subvolume /"]),
        Row(
            image: "fedora",
            kinds: [
                "gpt", "partition 4", "btrfs", "subvolume /root", "/boot from partition 3",
                "/home from partition 4, subvolume /home", "/var from partition 4, subvolume /var",
                "/boot/efi from partition 2",
            ]),
        Row(
            image: "suse",
            kinds: ["gpt", "partition 3", "btrfs", "subvolume /@/.snapshots/1/snapshot"]
                + ["home", "opt", "root", "srv", "var", ".snapshots", "usr/local"].map {
                    "/\($0) from partition 3, subvolume /@/\($0)"
                }),
        Row(image: "btrfs-lzo", kinds: ["the whole disk", "btrfs", "subvolume /"]),
        Row(image: "btrfs-blake2", kinds: ["the whole disk", "btrfs", "subvolume /"]),
    ]

    static let folder = ProcessInfo.processInfo.environment["AMILINT_DISK_IMAGES"]

    @Test(
        .enabled(if: folder != nil, "AMILINT_DISK_IMAGES names no directory of images"),
        .enabled(if: TestData.fixture("amazon") != nil, SameRootTests.missing), arguments: rows.indices)
    func everyLayoutIsJudgedAsTheRootIs(_ index: Int) throws {
        let row = Self.rows[index]
        let disk = try SameRootTests.observed(try #require(Self.folder) + "/\(row.image).raw")
        #expect(disk.image.disk?.kinds == row.kinds)
        let root = try #require(TestData.fixture("amazon/al2023")).path
        let expected = try SameRootTests.findings(SameRootTests.observed(root))
        let found = try SameRootTests.findings(disk)
        for (rule, text) in expected {
            // Where fstab is named, its lines are others.
            let verdict = text.prefix { $0 != " " }
            #expect(found[rule]?.prefix { $0 != " " } == verdict, "\(row.image): \(rule): \(found[rule] ?? "-")")
        }
        #expect(expected.count > 20)
    }
}
