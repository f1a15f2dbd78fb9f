/// Reports with all that a report can have, for the tests of the formats: one as images are, one as attackers wish.

import BatchRules
import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import Reporting

/// A finding of each kind and level, with waivers that came to every end, and a former report.
func fullReport() throws -> Report {
    let waivers = [
        try waiver(
            "docker-tested", "the pair is tested by our own nightly jobs", "2026-12-31", by: "the platform team"),
        try waiver("hvm-virtualization", "every instance type we launch is HVM", "2027-03-31", by: nil),
        try waiver("agent-latest", "update waits for the next base image", "2026-10-31", by: "Kim", line: 14),
        try waiver("awslogs-driver", "only syslog is missing", "2027-01-31", by: nil, line: 21, found: ["DRIVERS=[]"]),
        try waiver("docker-version", "an old Docker on the builder image", "2027-01-31", by: nil, line: 28),
    ]
    let former = [
        Finding(rule: "kernel-version", level: .required, verdict: .fail("kernel 3.9"), remedy: ""),
        Finding(rule: "agent-latest", level: .recommended, verdict: .fail("old", [agentPackage]), remedy: ""),
    ]
    let changed = [
        ChangedFact(name: "kernel", before: "3.9.11", after: "6.8.0-1021-aws"),
        ChangedFact(name: "agent", before: nil, after: "1.80.0"),
    ]
    return try report(
        fullRules,
        image: ImageDescription(
            name: "builds/batch-ami-2026-11-24.tar.gz", kind: "tar", compression: "gzip",
            remarks: ["1,024 bytes follow the end of the archive, not read"]),
        entries: fullImage, waivers: waivers, former: former, changedFacts: changed)
}

func waiver(
    _ rule: String, _ reason: String, _ expires: String, by: String?, line: Int? = nil, found: [String]? = nil
) throws -> Waiver {
    Waiver(
        rule: rule, found: found, reason: reason, expires: try #require(CalendarDay(expires)), acceptedBy: by,
        line: line)
}

/// A report on a literal image judged by `rules`, with waivers and a former report.
func report(
    _ rules: [Rule], image: ImageDescription, entries: [String: LiteralEntry], waivers: [Waiver], former: [Finding],
    changedFacts: [ChangedFact]
) throws -> Report {
    let catalog = RuleCatalog(rules: rules)
    let policy = Policy(today: try #require(CalendarDay("2026-11-24")), waivers: waivers)
    let facts = Facts(in: RootFilesystem(entries))
    let judgement = catalog.judge(facts, of: image.name, by: policy, as: { $0 })
    return Report(
        image: image, facts: facts, judgement: judgement, rules: catalog, policy: policy
    ).compared(Comparison(of: judgement.findings, since: former, changedFacts: changedFacts))
}

private let agentPackage = Evidence("/var/lib/dpkg/status", line: 9, "amazon-ecs-init 1.80.0-1")

private let awslogsLine: RemedyText = "ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"syslog\",\"awslogs\"]"

private let fullImage: [String: LiteralEntry] = [
    "/etc/os-release": "ID=ubuntu\nVERSION_ID=\"24.04\"\nPRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\n",
    "/etc/ecs/ecs.config":
        "ECS_CLUSTER=\nECS_DATADIR=/data\nECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"syslog\"]\n",
    "/var/lib/dpkg/status": """
    Package: docker-ce
    Status: install ok installed
    Architecture: amd64
    Version: 5:27.3.1-1~ubuntu.24.04~noble

    Package: amazon-ecs-init
    Status: install ok installed
    Architecture: amd64
    Version: 1.80.0-1

    """,
    "/boot/vmlinuz-6.8.0-1021-aws": "",
]

/// Rules as the catalog has them, answering what they are told to.
private let fullRules: [Rule] = [
    fullRule(
        "linux-distribution", .required, .linux, "a modern Linux distribution, not Windows",
        .pass(
            "Ubuntu 24.04.3 LTS",
            [
                Evidence(
                    "/etc/os-release", realPath: "/usr/lib/os-release", line: 3, "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"")
            ])
    ),
    fullRule(
        "kernel-version", .required, .kernel, "Linux kernel 3.10 or newer",
        .pass(
            "kernel 6.8.0-1021-aws boots, 3.10 or newer expected",
            [Evidence("/boot/grub/grub.cfg", line: 120, "linux /boot/vmlinuz-6.8.0-1021-aws root=PARTUUID=ab12 ro")])),
    fullRule(
        "hvm-virtualization", .required, .virtualization, "HVM virtualization type",
        .undetermined("a boot chain or AMI metadata expected, neither found in the image"),
        remedy: "pass --ami-metadata FILE, the output of aws ec2 describe-images"),
    fullRule(
        "awslogs-driver", .required, .logDriver, "awslogs among the agent's available log drivers",
        .fail(
            "awslogs expected among the log drivers when the agent starts, json-file and syslog found",
            [
                Evidence("/etc/ecs/ecs.config", line: 3, "ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\",\"syslog\"]"),
                Evidence("/usr/lib/systemd/system/ecs.service", line: 17, "EnvironmentFile=-/etc/ecs/ecs.config"),
            ],
            remedy: [
                RemedyStep(
                    text: "add \"awslogs\" to the list in /etc/ecs/ecs.config",
                    action: .edit(FileEdit("/etc/ecs/ecs.config", .setLine(number: 3, text: awslogsLine)))),
                RemedyStep(text: "or take the line out: ecs-init's default has it"),
            ]),
        remedy: "add \"awslogs\" to the list in /etc/ecs/ecs.config, or take the line out: ecs-init's default has it",
        question: "asks whether the agent offers the awslogs log driver when it starts",
        reason:
            "jobs that log to CloudWatch, which is what Batch does unless told otherwise, are never placed on the host",
        decidedBy: "the environment of what starts the agent: /etc/ecs/ecs.config, /var/lib/ecs/ecs.config, drop-ins",
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/batch-ami-spec.html"),
    fullRule(
        "docker-version", .required, .docker, "Docker daemon 1.9 or newer",
        .pass("Docker 27.3.1", [Evidence("/var/lib/dpkg/status", line: 1, "docker-ce 5:27.3.1-1~ubuntu.24.04~noble")])),
    fullRule(
        "docker-config", .required, .beside, "a configuration that dockerd accepts",
        .undetermined(
            Problem(.permissionDenied, at: "/etc/docker/daemon.json", "a readable file expected, permission denied"),
            [Evidence("/etc/docker/daemon.json")]),
        remedy: "read the image as root, or from a tar"),
    fullRule(
        "agent-at-boot", .required, .supervision, "the agent starts at boot",
        .fail(
            "ecs.service expected to start at boot, its unit is masked",
            [Evidence("/etc/systemd/system/ecs.service", "-> /dev/null")]),
        remedy: "run `systemctl unmask ecs.service` and `systemctl enable ecs.service` in the image",
        reason: "an agent that does not run takes no jobs: instances start, and jobs stay in RUNNABLE"),
    fullRule(
        "agent-latest", .recommended, .agent, "the latest ECS agent",
        .fail("agent 1.80.0 found, 1.106.1 is the latest of the data of 2026-08-20", [agentPackage]),
        remedy: "update amazon-ecs-init"),
    fullRule(
        "docker-tested", .recommended, .testedDocker, "the Docker version tested with this agent",
        .fail(
            "Docker 27.3.1 found, 25.0.14 was released with agent 1.80.0",
            [Evidence("/var/lib/dpkg/status", line: 1, "docker-ce 5:27.3.1-1~ubuntu.24.04~noble")]),
        remedy: "install docker 25.0.14"),
    fullRule(
        "agent-supervised", .recommended, .supervision, "an init and nanny process runs the agent",
        .undetermined("/usr/local/bin/start-agent is a script that does not plainly show how it runs the agent")),
    fullRule(
        "multi-node-parallel", .recommended, .multiNode, "Amazon Linux with ecs-init, for multi-node parallel jobs",
        .notApplicable("no multi-node jobs asked for (--multi-node)")),
]

private func fullRule(
    _ id: String, _ level: Level, _ clause: Clause, _ title: String, _ verdict: Verdict, remedy: String = "mend it",
    question: String = "", reason: String = "", decidedBy: String = "", reference: String = ""
) -> Rule {
    Rule(
        id: id, level: level, title: title, group: clause == .beside ? .host : .specification, clause: clause,
        question: question, reason: reason, consequence: RuleCatalog.batch.rule(id)?.consequence, decidedBy: decidedBy,
        remedy: remedy, reference: reference, judge: { _, _ in verdict })
}
