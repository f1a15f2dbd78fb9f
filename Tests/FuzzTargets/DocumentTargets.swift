/// What users and other programs write for amilint: policies, reports, lines of audits, AMI metadata.

import BatchRules
import Inspection
import Reporting
import TestSupport

extension FuzzTarget {
    static let documents = [
        parser(
            "policy",
            and: [
                "rules:\n  agent-latest: off\n  kernel-version:\n    level: required\ngroups: [batch]\nfail-on: required\n",
                "waivers:\n  - rule: docker-version\n    reason: known\n    expires: 2026-12-31\n    found: a\n",
            ]
        ) { _ = try PolicyFile($0, catalog: .batch) },
        parser(
            "ami-metadata",
            and: [
                #"{"Images":[{"ImageId":"ami-1","Architecture":"x86_64","VirtualizationType":"hvm","EnaSupport":true,"#
                    + #""BootMode":"uefi","BlockDeviceMappings":[{"DeviceName":"/dev/xvda","Ebs":{"VolumeSize":8}}]}]}"#
            ]
        ) { _ = try AMIMetadata(describeImages: $0) },
        parser("release-data", like: ["data/ecs-ami-releases.json"]) { _ = try ReleaseDataFile($0) },
        FuzzTarget(
            "report",
            seeds: { [Array(try json(of: LiteralSource(Base.debian.entries())).utf8)] }
        ) { input in
            _ = Result { try SavedReport(input) }
        },
        parser("audit", like: ["golden/audit.jsonl"]) { input in
            for line in input.split(separator: UInt8(ascii: "\n")) {
                if case .image = try AuditLine(line) { _ = try AuditedImage(line: line) }
            }
        },
    ]
}
