/// What ds-identify settles on, held against what the real one of several releases said of the same files.

import Booting
import Foundation
import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct DataSourceIdentificationTests {
    /// A line of testdata/cloud-init/ds-identify.jsonl.
    struct Case: Decodable, Sendable {
        let files: [String: String]
        let commandLine: String
        let machine: String
        /// By release: `off`, `none`, or the list.
        let answers: [String: String]
    }

    @Test func settlesOnWhatTheRealOneDoes() throws {
        let text = try String(contentsOf: TestData.url("cloud-init/ds-identify.jsonl"), encoding: .utf8)
        var compared = 0
        for line in text.split(separator: "\n") {
            let row = try JSONDecoder().decode(Case.self, from: Data(line.utf8))
            let root = RootFilesystem(Self.entries(row))
            let partitions = BootPartitions.observe(in: root)
            let kernels = InstalledKernels.observe(in: root)
            let kernel = BootingKernel.observe(in: root, kernels: kernels, partitions: partitions)
            for (release, answer) in row.answers {
                let ours = DataSourceIdentification(
                    in: root, files: CloudInitConfiguration.files(in: root), kernel: kernel,
                    architecture: Architecture(rawValue: row.machine), version: ReleaseVersion(release))
                #expect(ours.answer.text == answer.withoutLastNone, "\(release): \(line)")
                compared += 1
            }
        }
        #expect(compared > 1_000)
        print("compared with the real ds-identify: \(compared) answers of 7 releases")
    }

    @Test func isLeftOutWhereNothingRunsIt() throws {
        let row = Case(
            files: ["etc/cloud/cloud.cfg": "datasource_list: [ NoCloud, None ]\n"], commandLine: "ci.ds=Azure",
            machine: "x86_64", answers: [:])
        for missing in ["/usr/lib/cloud-init/ds-identify", "/usr/lib/systemd/system-generators/cloud-init-generator"] {
            var entries = Self.entries(row)
            entries[missing] = nil
            let root = RootFilesystem(entries)
            let ours = DataSourceIdentification(
                in: root, files: CloudInitConfiguration.files(in: root), kernel: .absent(searched: []),
                architecture: .x86_64, version: nil)
            #expect(ours.answer.text == "none")
        }
    }

    private static func entries(_ row: Case) -> [String: LiteralEntry] {
        var entries: [String: LiteralEntry] = [
            "/usr/lib/cloud-init/ds-identify": .executable("#!/bin/sh\n"),
            "/usr/lib/systemd/system-generators/cloud-init-generator": .executable("#!/bin/sh\n"),
            "/boot/vmlinuz-6.1.0": "k",
            "/boot/extlinux/extlinux.conf": .text("label l\nlinux /boot/vmlinuz-6.1.0\nappend \(row.commandLine)\n"),
        ]
        for (path, text) in row.files { entries["/" + path] = .text(text) }
        return entries
    }
}

extension DataSourceIdentification.Answer {
    /// As the recorded answers say it.
    fileprivate var text: String {
        switch self {
        case .none: "none"
        case .off, .nothingFound: "off"
        case .list(let names, _): names.joined(separator: ", ").withoutLastNone
        case .told(let name, _): name.withoutLastNone
        }
    }
}

extension String {
    /// Whether a list of one is written with `None` behind it differs by release and makes no difference.
    fileprivate var withoutLastNone: String { hasSuffix(", None") ? String(dropLast(", None".count)) : self }
}
