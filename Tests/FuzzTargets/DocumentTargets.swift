/// What users and other programs write for amilint: policies, reports, lines of audits, AMI metadata.

import BatchRules
import Inspection
import Reporting
import TestSupport

extension FuzzTarget {
    /// A text that may be refused.
    private static func document(
        _ name: String, like files: [String] = [], and texts: [String] = [],
        _ read: @escaping @Sendable ([UInt8]) throws -> Void
    ) -> FuzzTarget {
        FuzzTarget(
            name, seeds: { try files.map { try TestData.bytes(TestData.url($0)) } + texts.map { Array($0.utf8) } }
        ) { input in
            // An error is an answer; what cannot be is a trap.
            _ = Result { try read(input) }
        }
    }

    static let documents = [
        document(
            "policy",
            and: [
                "rules:\n  agent-latest: off\n  kernel-version:\n    level: required\ngroups: [batch]\nfail-on: required\n",
                "waivers:\n  - rule: docker-version\n    reason: known\n    expires: 2026-12-31\n    found: a\n",
            ]
        ) { _ = try PolicyFile($0, catalog: .batch) },
        document(
            "ami-metadata",
            and: [
                #"{"Images":[{"ImageId":"ami-1","Architecture":"x86_64","VirtualizationType":"hvm","EnaSupport":true,"#
                    + #""BootMode":"uefi","BlockDeviceMappings":[{"DeviceName":"/dev/xvda","Ebs":{"VolumeSize":8}}]}]}"#
            ]
        ) { _ = try AMIMetadata(describeImages: $0) },
        document("release-data", like: ["data/ecs-ami-releases.json"]) { _ = try ReleaseDataFile($0) },
        FuzzTarget(
            "report",
            seeds: { [Array(try json(of: LiteralSource(Base.debian.entries())).utf8)] }
        ) { input in
            _ = Result { try SavedReport(input) }
        },
        document("audit", like: ["golden/audit.jsonl"]) { input in
            for line in input.split(separator: UInt8(ascii: "\n")) {
                if case .image = try AuditLine(line) { _ = try AuditedImage(line: line) }
            }
        },
    ]
}
