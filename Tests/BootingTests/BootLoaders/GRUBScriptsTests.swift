/// GRUB 2's script language: hundreds of generated scripts run as the real GRUB ran them, and hostile ones refused.

import Booting
import Foundation
import ImageReading
import TestSupport
import Testing

@Suite struct GRUBScriptsTests {
    private struct Record {
        var words: [String] = []
        var script = ""
    }

    private static func records() throws -> [Record] {
        let file = TestData.url("grub-scripts.txt")
        var records: [Record] = []
        for line in try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line == "##### boots" {
                records.append(Record())
            } else if line.hasPrefix("##### ") {
                records[records.count - 1].words.append(String(line.dropFirst(6)))
            } else if !records.isEmpty {
                records[records.count - 1].script += line + "\n"
            }
        }
        return records
    }

    @Test func runsGeneratedScriptsAsTheRealGRUBDoes() throws {
        let records = try Self.records()
        #expect(records.count > 150)
        for record in records {
            let found = boot(["/boot/grub/grub.cfg": .text(record.script)])
            let words = found.value.map { [$0.entry?.kernel ?? ""] + ($0.commandLine ?? []) } ?? []
            #expect(
                words == record.words,
                "\(record.script.replacingOccurrences(of: "\n", with: "@@"))\n\(String(describing: found.problem))")
        }
    }

    private func boot(_ entries: [String: LiteralEntry]) -> Observation<BootingKernel> {
        var entries = entries
        for number in 1...20 { entries["/boot/vmlinuz-\(number)"] = "kernel" }
        entries["/lib/modules/6.1.0/modules.dep"] = ""
        let root = RootFilesystem(entries)
        return BootingKernel.observe(
            in: root, kernels: InstalledKernels.observe(in: root), partitions: BootPartitions.observe(in: root))
    }
}
