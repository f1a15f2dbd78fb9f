import BatchRules
import TestSupport
import Testing

/// What people's hosts did is what is said of their images.
struct ReportedImageTests {
    private static func findings(_ report: ReportedImages.Report) throws -> [Finding] {
        var entries =
            report.base == .amazonLinux ? try WholeImage.amazonLinux() : try WholeImage.debian()
        if report.base == .byHand {
            for path in [
                "/usr/libexec/amazon-ecs-init", "/usr/lib/systemd/system/ecs.service",
                "/etc/systemd/system/ecs.service.d/user-data.conf", "/var/cache/ecs/ecs-agent.tar",
                "/var/cache/ecs/ecs-agent-v1.106.1-1.tar", "/var/cache/ecs/state",
                "/etc/systemd/system/cloud-init.target.wants/ecs.service",
            ] { entries[path] = nil }
            let status = WholeImage.status(docker: "5:25.0.5-1~debian.12~bookworm", kernel: "6.1.0-56-cloud-amd64")
            entries["/var/lib/dpkg/status"] = .text(
                status.replacing("Package: amazon-ecs-init\n", with: "Package: amazon-ec2-utils\n"))
            entries["/etc/ecs/ecs.config"] = ""
            entries["/etc/systemd/system/ecs-agent.service"] = ReportedImages.unit()
            entries["/etc/systemd/system/cloud-init.target.wants/ecs-agent.service"] = .link(
                "/etc/systemd/system/ecs-agent.service")
        }
        for (path, entry) in report.change { entries[path] = entry }
        return try WholeImageTests.findings(entries)
    }

    @Test(arguments: ReportedImages.failures)
    func `a host that took no job fails, and for its cause`(report: ReportedImages.Report) throws {
        let findings = try Self.findings(report)
        let failures = findings.filter { $0.verdict == .fail && $0.level == .required }
        let all = failures.map { "\($0.rule): \($0.message)" }
        let finding = try #require(
            failures.first { $0.rule == report.rule },
            "\(all)\n\(findings.first { $0.rule == report.rule }?.message ?? "")")
        for text in report.says { #expect(finding.message.contains(text), "\(finding.message)") }
        #expect(finding.remedy?.isEmpty == false)
    }

    @Test(arguments: ReportedImages.undecided)
    func `where chance decides, the image does not pass`(report: ReportedImages.Report) throws {
        let findings = try Self.findings(report)
        #expect(findings.allSatisfy { $0.verdict != .fail || $0.level != .required })
        let finding = try #require(findings.first { $0.rule == report.rule })
        #expect(finding.verdict == .undetermined && finding.level == .required, "\(finding.message)")
        for text in report.says { #expect(finding.message.contains(text), "\(finding.message)") }
    }

    @Test(arguments: ReportedImages.working)
    func `a host that took jobs fails nothing that is required`(report: ReportedImages.Report) throws {
        let findings = try Self.findings(report)
        // Without its GPUs a host takes all other jobs.
        let against = findings.filter {
            $0.level == .required && $0.group != .gpu && ![.pass, .notApplicable].contains($0.verdict)
        }
        #expect(against.isEmpty, "\(against.map { "\($0.rule): \($0.message)" })")
        let finding = try #require(findings.first { $0.rule == report.rule })
        for text in report.says { #expect(finding.message.contains(text), "\(finding.message)") }
    }
}
