/// Audits for the tests of every format: one as they are, one as attackers wish.

import BatchRules
import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Reporting

/// An audit of images, each read back from its line.
func audit(_ images: [AuditedImage], since former: FormerAudit? = nil) throws -> Audit {
    try Audit(lines(images), since: former)
}

/// What an audit of images said, read back from their lines.
func formerAudit(_ images: [AuditedImage]) throws -> FormerAudit {
    try FormerAudit(lines(images))
}

private func lines(_ images: [AuditedImage]) throws -> AuditLines {
    AuditLines(try images.map { Array(try $0.line().utf8.dropLast())[...] })
}

extension AuditFormat {
    /// The whole text that the format makes of an audit.
    func text(_ audit: Audit, style: TextStyle = .plain) throws -> String {
        var text = ""
        try render(audit, style: style) { text += $0 }
        return text
    }
}

/// An image that could not be read.
func unreadable(_ name: String, code: String = "truncated", _ reason: String) throws -> AuditedImage {
    AuditedImage(
        name, unreadable: ReadingFailure(code: code, reason: reason),
        policy: Policy(today: try #require(CalendarDay("2026-11-24"))))
}

/// An image about which the rules of the catalog with these ids say these verdicts.
func judged(_ name: String, _ verdicts: [(String, Verdict)], remarks: [String] = []) throws -> AuditedImage {
    let rules = verdicts.map { id, verdict in
        rule(id, RuleCatalog.batch.rule(id)?.level ?? .required, verdict)
    }
    return AuditedImage(
        try report(rules, image: ImageDescription(name: name, kind: "tar", compression: "gzip", remarks: remarks)))
}

/// Images of every standing: one with all there is, and one that is fine but for a recommendation.
func sampleImages() throws -> [AuditedImage] {
    let good: [(String, Verdict)] = [
        (
            "linux-distribution",
            .pass("Amazon Linux 2023", [Evidence("/etc/os-release", line: 3, "PRETTY_NAME=\"Amazon Linux 2023\"")])
        ),
        ("kernel-version", .pass("kernel 6.1.188 boots, 3.10 or newer expected")),
        ("awslogs-driver", .pass("awslogs is among the log drivers when the agent starts")),
    ]
    let doubtful: [(String, Verdict)] = [
        ("linux-distribution", .pass("Amazon Linux 2023")),
        ("hvm-virtualization", .undetermined("a boot chain or AMI metadata expected, neither found in the image")),
    ]
    return [
        try judged(
            "base/al2023.tar.gz",
            good + [("agent-latest", .fail("agent 1.80.0 found, 1.106.1 is the latest of the data of 2026-08-20"))]),
        try judged("base/minimal", doubtful),
        AuditedImage(try fullReport()),
        try unreadable(
            "gpu/ecs-gpu-2026-11-20.tar.zst",
            "the end of the archive expected, the file ends at byte 104857600 inside of /usr/lib/libcuda.so; "
                + "fetch it again"),
        try judged("gpu/ecs-gpu-2026-11-21.tar.zst", good, remarks: ["1,024 bytes follow the end of the archive"]),
    ]
}

/// The same, held against an audit of a week before.
func sampleAudit() throws -> Audit {
    var former: [String: FormerReport] = [:]
    for image in try sampleImages().prefix(3) {
        let report = try #require(image.report)
        // Then the agent was not the latest either, the kernel was too old, and nothing else was broken.
        var findings = report.findings.filter { $0.rule == "agent-latest" }
        findings.append(Finding(rule: "kernel-version", level: .required, verdict: .fail("kernel 3.9"), remedy: ""))
        former[image.name] = FormerReport(imageName: image.name, findings: findings, keyFacts: report.keyFacts)
    }
    return try audit(
        sampleImages(),
        since: FormerAudit(
            judged: former, unreadable: ["gpu/ecs-gpu-2026-11-13.tar.zst", "gpu/ecs-gpu-2026-11-20.tar.zst"]))
}

/// An image for each trick: its name, and what is found of every rule, are the trick; and one that could not be read
/// for that reason.
func hostileAudit() throws -> Audit {
    let verdicts = HostileReportTests.verdicts.map(\.1)
    var images: [AuditedImage] = []
    for (number, trick) in HostileReportTests.tricks.enumerated() {
        let place = Evidence(ImagePath("/etc/" + trick), realPath: ImagePath("/usr/" + trick), line: 7, trick)
        let found = RuleCatalog.batch.rules.enumerated().map { index, rule in
            (rule.id, verdicts[(number + index) % verdicts.count](trick, [place, place]))
        }
        images.append(try judged("\(number)/" + trick, found, remarks: [trick]))
        images.append(try unreadable("\(number)-unreadable/" + trick, code: "truncated", trick))
    }
    let gone = HostileReportTests.tricks.enumerated().map { "gone \($0.offset) " + $0.element }
    return try audit(images, since: FormerAudit(judged: [:], unreadable: Set(gone)))
}

/// An audit as an independent parser reads it.
struct ReadAudit: Decodable {
    /// By name, and by rule or under "error", what is said.
    let images: [String: [String: String]]
    let verdicts: [String: String]
    let elements, attributes, links, errors: [String]
    /// All there is besides.
    let text: String

    /// What the script below testdata/scripts reads of an audit.
    static func reading<Answer: Decodable>(_ text: String, as format: AuditFormat, schema: URL? = nil) throws -> Answer
    {
        let script = testdata.appending(path: "scripts/parse-audit.py").path
        let result = try withFile(text) { file in
            try run(["python3", script, format.rawValue, file] + (schema.map { [$0.path] } ?? []))
        }
        try #require(result.status == 0, "\(result.complaint)")
        return try JSONDecoder().decode(Answer.self, from: result.output)
    }
}
