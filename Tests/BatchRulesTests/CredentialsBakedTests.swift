import ImageFacts
import TestSupport
import Testing

@testable import BatchRules

@Suite struct CredentialsBakedTests {
    /// No real ones; written in two parts, so that no scanner takes them for such.
    static let identifier = "AKIA" + "QX7ZP2M4L6N8R5TV"
    static let temporary = "ASIA" + "QX7ZP2M4L6N8R5TV"
    static let secret = "q8Zr3Kp/7Vb2Nw5Xc9Ls" + "4Dt6Hy1Jm+0Gf8Eu2RaQ"

    static func file(_ path: String, _ text: String) -> AgentImage { AgentImage(entries: [path: .text(text)]) }

    static let lines = "aws_access_key_id = \(identifier)\naws_secret_access_key = \(secret)\n"

    @Test(arguments: [
        RuleCase(
            "AWS's own file", file("/root/.aws/credentials", "[default]\n" + lines), .fail,
            "/root/.aws/credentials:2: an access key (AKIA…)", line: 2),
        RuleCase(
            "a user's", file("/home/ec2-user/.aws/credentials", lines), .fail,
            "/home/ec2-user/.aws/credentials:2: a secret access key"),
        RuleCase(
            "ecs.config", file("/etc/ecs/ecs.config", "AWS_ACCESS_KEY_ID=\(identifier)\n"), .fail,
            "/etc/ecs/ecs.config:1"),
        RuleCase(
            "a secret alone", file("/etc/ecs/ecs.config", "AWS_SECRET_ACCESS_KEY=\(secret)\n"), .fail,
            "a secret access key"),
        RuleCase(
            "a temporary one", file("/etc/environment", "AWS_ACCESS_KEY_ID=\(temporary)\n"), .fail,
            "a temporary access key"),
        RuleCase(
            "a unit",
            file("/etc/systemd/system/a.service", "[Service]\nEnvironment=\"AWS_ACCESS_KEY_ID=\(identifier)\"\n"),
            .fail, "a.service:2"),
        RuleCase(
            "a drop-in", file("/etc/systemd/system/a.service.d/k.conf", "[Service]\nEnvironment=K=\(identifier)\n"),
            .fail, "k.conf:2"),
        RuleCase(
            "cloud-init",
            file("/etc/cloud/cloud.cfg.d/99.cfg", "write_files:\n- content: |\n    aws_access_key_id: \(identifier)\n"),
            .fail, "99.cfg:3"),
        RuleCase(
            "user data of a former instance",
            file("/var/lib/cloud/instances/i-0/user-data.txt", "export AWS_ACCESS_KEY_ID=\(identifier)\n"), .fail,
            "user-data.txt:1"),
        RuleCase(
            "a history", file("/root/.bash_history", "ls\naws configure set aws_access_key_id \(identifier)\n"), .fail,
            ".bash_history:2"),
        RuleCase(
            "AWS's example",
            file(
                "/root/.aws/credentials",
                "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
            ), .pass, ""),
        RuleCase(
            "a comment", file("/etc/ecs/ecs.config", "# AWS_ACCESS_KEY_ID=\(identifier)\n  ;\(identifier)\n"), .pass, ""
        ),
        RuleCase("part of a longer word", file("/etc/environment", "A=x\(identifier)\nB=\(identifier)7\n"), .pass, ""),
        RuleCase(
            "a role",
            file("/root/.aws/config", "[default]\nrole_arn = arn:aws:iam::123456789012:role/x\nregion = eu-west-1\n"),
            .pass, ""),
        RuleCase("a digest", file("/etc/environment", "SUM=\(secret)\n"), .pass, ""),
        RuleCase(
            "unreadable", AgentImage(entries: ["/etc/environment": .unreadable(.permissionDenied)]), .undetermined,
            "/etc/environment: permissionDenied"),
        RuleCase("nothing", .none, .pass, "no access key"),
    ])
    func keysAreNamedByPlaceAndKind(row: RuleCase) throws {
        try row.check(.credentialsBaked)
        let shown = "\(try row.image.facts())\(try row.image.finding(.credentialsBaked))"
        for key in [Self.identifier, Self.temporary, Self.secret] { #expect(!shown.contains(key)) }
    }
}
