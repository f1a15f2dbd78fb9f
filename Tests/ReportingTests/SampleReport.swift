/// Reports with chosen verdicts, for the tests of every format.

import BatchRules
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import Reporting

/// A rule that answers `verdict` whatever the image, in the group of the catalog's rule of that name.
func rule(_ id: String, _ level: Level, _ verdict: Verdict, title: String = "", remedy: String = "mend it") -> Rule {
    Rule(
        id: id, level: level, title: title.isEmpty ? "what \(id) asks for" : title,
        group: RuleCatalog.batch.rule(id)?.group ?? .host, clause: RuleCatalog.batch.rule(id)?.clause ?? .beside,
        question: "",
        reason: "", consequence: RuleCatalog.batch.rule(id)?.consequence, decidedBy: "", remedy: remedy, reference: "",
        judge: { _, _ in verdict })
}

/// A report on a literal image judged by `rules`.
func report(
    _ rules: [Rule], image: ImageDescription = ImageDescription(name: "image.tar.gz", kind: "tar", compression: "gzip"),
    entries: [String: LiteralEntry] = [
        "/etc/os-release": "ID=amzn\nVERSION_ID=\"2023\"\nPRETTY_NAME=\"Amazon Linux 2023\"\n"
    ],
    levels: [String: LevelChange] = [:]
) throws -> Report {
    let catalog = RuleCatalog(rules: rules)
    let policy = Policy(today: try #require(CalendarDay("2026-11-24")), levels: levels)
    let facts = Facts(in: RootFilesystem(entries))
    return Report(
        image: image, facts: facts, judgement: catalog.judge(facts, of: image.name, by: policy, as: { $0 }),
        rules: catalog,
        policy: policy)
}

/// One finding of each kind, with what is long, wide and odd in them.
let everyKind: [Rule] = [
    rule(
        "linux-distribution", .required,
        .pass("Amazon Linux 2023", [Evidence("/etc/os-release", realPath: "/usr/lib/os-release", line: 3, "ID=amzn")])),
    rule(
        "kernel-version", .required,
        .pass(
            "kernel 6.1.188-233.385.amzn2023.x86_64 boots, 3.10 or newer expected",
            [Evidence("/boot/grub2/grub.cfg", line: 120, "linux /boot/vmlinuz-6.1.188")])),
    rule(
        "awslogs-driver", .required,
        .fail(
            "\"awslogs\" expected among the log drivers when the agent starts, json-file and syslog found",
            [Evidence("/etc/ecs/ecs.config", line: 3, "ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"syslog\"]")]),
        title: "the awslogs log driver, available when the agent starts",
        remedy: "add \"awslogs\" to the list in /etc/ecs/ecs.config, or take the line out: ecs-init's default has it"),
    rule(
        "hvm-virtualization", .required,
        .undetermined("a boot chain or AMI metadata expected, neither found in the image", []),
        title: "HVM virtualization type", remedy: "pass --ami-metadata FILE, the output of aws ec2 describe-images"),
    rule(
        "agent-latest", .recommended, .fail("agent 1.80.0 found, 1.106.1 is the latest of the data of 2026-08-20", []),
        title: "the latest ECS agent", remedy: "update ecs-init"),
    rule(
        "docker-tested", .recommended, .undetermined("no release of family al2023 in the data has agent 1.80.0", []),
        title: "a Docker tested with this agent", remedy: "look it up"),
    rule("multi-node-parallel", .recommended, .notApplicable("no agent (see ecs-agent)")),
]
