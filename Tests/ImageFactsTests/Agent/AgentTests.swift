import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct AgentTests {
    static func status(_ packages: String...) -> LiteralEntry {
        .text(packages.map { $0 + "\n" }.joined(separator: "\n"))
    }

    static func package(_ name: String, _ version: String, _ status: String = "install ok installed") -> String {
        "Package: \(name)\nStatus: \(status)\nArchitecture: amd64\nVersion: \(version)\n"
    }

    /// The agent of a literal image, read through what it wants and no more.
    static func agent(
        _ entries: [String: LiteralEntry], jobs: Observation<[AgentJob]> = .absent(searched: ["/etc/systemd/system"])
    ) throws -> Observation<Agent> {
        let root = try LiteralSource(entries).root(Agent.wants + PackageDatabaseSummary.wants)
        return Agent.observe(in: root, packages: InstalledPackages.observe(in: root), jobs: jobs)
    }

    static func job(_ image: String, name: String = "ecs-agent.service") -> AgentJob {
        AgentJob(
            name: name,
            manager: .systemd,
            command: .dockerRun(run: .init(image: image, restart: nil, environment: [], problem: nil)),
            start: .notStarted(evidence: []),
            evidence: [Evidence("/etc/systemd/system/ecs-agent.service", line: 7, "ExecStart=/usr/bin/docker run")]
        )
    }

    static let deb: [String: LiteralEntry] = [
        "/var/lib/dpkg/status": status(package("amazon-ecs-init", "1.62.1-1")),
        "/usr/libexec/amazon-ecs-init": .executable(),
        "/var/cache/ecs/ecs-agent.tar": .link("/var/cache/ecs/ecs-agent-v1.62.1-1.tar"),
        "/var/cache/ecs/ecs-agent-v1.62.1-1.tar": .sized(100_000_000),
        "/var/cache/ecs/state": "2",
    ]

    @Test func packageWithCachedArchive() throws {
        let answer = try Self.agent(Self.deb)
        let agent = try #require(answer.value)
        #expect(agent.installation == .ecsInit)
        #expect(agent.package == "amazon-ecs-init")
        #expect(agent.version == ReleaseVersion(1, 62, 1))
        #expect(agent.versionSource == .package)
        #expect(answer.evidence.map(\.text) == ["amazon-ecs-init 1.62.1-1"])
    }

    @Test func packageRemovedWithItsConfigurationLeftIsNoAgent() throws {
        let entries: [String: LiteralEntry] = [
            "/var/lib/dpkg/status": Self.status(
                Self.package("amazon-ecs-init", "1.62.1-1", "deinstall ok config-files"))
        ]
        #expect(try Self.agent(entries).isAbsent)
    }

    struct CacheCase: Sendable {
        let name: String
        let changes: [String: LiteralEntry]
        var removed: [String] = []
        let cache: Agent.Cache
    }

    @Test(arguments: [
        CacheCase(name: "state 2 after the build", changes: [:], cache: .cached),
        CacheCase(name: "state 1 after a run", changes: ["/var/cache/ecs/state": "1\n"], cache: .cached),
        CacheCase(
            name: "state 0", changes: ["/var/cache/ecs/state": "0"],
            cache: .notCached(reason: "/var/cache/ecs/state does not begin with a digit other than 0")),
        CacheCase(
            name: "no state", changes: [:], removed: ["/var/cache/ecs/state"],
            cache: .notCached(reason: "/var/cache/ecs/state is not there")),
        CacheCase(
            name: "SUSE's empty files", changes: ["/var/cache/ecs/state": "", "/var/cache/ecs/ecs-agent.tar": ""],
            cache: .notCached(reason: "/var/cache/ecs/state is empty")),
        CacheCase(
            name: "empty archive", changes: ["/var/cache/ecs/ecs-agent.tar": ""],
            cache: .notCached(reason: "/var/cache/ecs/ecs-agent.tar is empty")),
        CacheCase(
            name: "dangling", changes: [:], removed: ["/var/cache/ecs/ecs-agent-v1.62.1-1.tar"],
            cache: .notCached(
                reason: "/var/cache/ecs/ecs-agent.tar: symbolic link to /var/cache/ecs/ecs-agent-v1.62.1-1.tar, "
                    + "which is not in the image")),
        CacheCase(
            name: "relative link",
            changes: ["/var/cache/ecs/ecs-agent.tar": .link("ecs-agent-v1.62.1-1.tar")], cache: .cached),
    ])
    func cacheIsJudgedAsEcsInitJudgesIt(_ row: CacheCase) throws {
        var entries = Self.deb
        entries["/var/cache/ecs/ecs-agent-v1.62.1-1.tar"] = "tar"
        for (path, entry) in row.changes { entries[path] = entry }
        for path in row.removed { entries[path] = nil }
        #expect(try Self.agent(entries).value?.cache == row.cache, "\(row.name)")
    }

    struct ArchiveCase: Sendable {
        let target: String
        let version: String?
    }

    @Test(arguments: [
        ArchiveCase(target: "ecs-agent-v1.106.1.tar", version: "v1.106.1"),
        ArchiveCase(target: "/var/cache/ecs/ecs-agent-v1.106.1-1.tar", version: "v1.106.1"),
        ArchiveCase(target: "ecs-agent-arm64-v1.87.1.tar", version: "v1.87.1"),
        ArchiveCase(target: "ecs-agent.tar.1", version: nil),
        ArchiveCase(target: "ecs-agent-latest.tar", version: nil),
    ])
    func damagedDatabaseBesideTheProgramAndItsArchive(_ row: ArchiveCase) throws {
        let answer = try Self.agent([
            "/var/lib/rpm/Packages": .unreadable(.inputOutput),
            "/usr/libexec/amazon-ecs-init": .executable(),
            "/var/cache/ecs/ecs-agent.tar": .link(row.target),
        ])
        let agent = try #require(answer.value)
        #expect(agent.installation == .ecsInit)
        #expect(agent.package == nil && agent.packageProblem != nil)
        #expect(agent.versionText == row.version)
        #expect(agent.versionSource == (row.version == nil ? nil : .archive))
        #expect(answer.evidence.contains { $0.path == "/usr/libexec/amazon-ecs-init" })
    }

    @Test func absenceNeedsEverySourceReadable() throws {
        #expect(try Self.agent(["/etc": .directory]).isAbsent)
        let damaged: [[String: LiteralEntry]] = [
            ["/var/lib/rpm/Packages": .unreadable(.inputOutput)],
            ["/usr/libexec/amazon-ecs-init": .unreadable(.permissionDenied)],
            ["/usr/sbin": .unreadableDirectory(.permissionDenied)],
            ["/var/lib/docker/image/overlay2/repositories.json": "{"],
            ["/var/lib/docker/image/overlay2/repositories.json": .sized(1 << 30)],
            ["/var/lib/docker/image/overlay2/repositories.json": .text(String(repeating: "[", count: 100_000))],
        ]
        for entries in damaged {
            #expect(try Self.agent(entries).problem != nil, "\(entries.keys)")
        }
        let jobs: Observation<[AgentJob]> = .unreadable([], Problem(.tooLarge, at: "/etc/systemd/system/x", "large"))
        #expect(try Self.agent(["/etc": .directory], jobs: jobs).problem?.code == .tooLarge)
    }

    @Test func scriptThatDoesNotShowWhatItStartsLeavesTheQuestionOpen() throws {
        let job = AgentJob(
            name: "agent.service", manager: .systemd,
            command: .unclear(problem: Problem(.unsupported, at: "/opt/start.sh", "a script")),
            start: .notStarted(evidence: []),
            evidence: [Evidence("/etc/systemd/system/agent.service", line: 3)])
        let answer = try Self.agent(["/etc": .directory], jobs: .present([job], job.evidence))
        #expect(answer.problem?.path == "/opt/start.sh")
        let both = try Self.agent(["/usr/libexec/amazon-ecs-init": "x"], jobs: .present([job], job.evidence))
        #expect(both.value?.installation == .ecsInit)
    }

    static let repositories: LiteralEntry = .text(
        """
        {"Repositories":{
          "amazon/amazon-ecs-agent":{
            "amazon/amazon-ecs-agent:latest":"sha256:b",
            "amazon/amazon-ecs-agent:v1.61.0":"sha256:a",
            "amazon/amazon-ecs-agent:v1.62.1":"sha256:b",
            "amazon/amazon-ecs-agent@sha256:c":"sha256:b"},
          "public.ecr.aws/ecs/amazon-ecs-agent":{"public.ecr.aws/ecs/amazon-ecs-agent:v1.50.0":"sha256:d"},
          "busybox":{"busybox:latest":"sha256:e"}}}
        """)

    struct HandCase: Sendable {
        let image: String
        let version: String?
        let source: Agent.VersionSource?
    }

    @Test(arguments: [
        HandCase(image: "amazon/amazon-ecs-agent:v1.70.0", version: "v1.70.0", source: .tag),
        HandCase(image: "amazon/amazon-ecs-agent:latest", version: "v1.62.1", source: .loadedImage),
        HandCase(image: "amazon/amazon-ecs-agent", version: "v1.62.1", source: .loadedImage),
        HandCase(
            image: "public.ecr.aws/ecs/amazon-ecs-agent:latest", version: "v1.50.0", source: .loadedImage),
        HandCase(image: "mirror.example:5000/ecs/amazon-ecs-agent:latest", version: nil, source: nil),
        HandCase(image: "mirror.example:5000/ecs/amazon-ecs-agent", version: nil, source: nil),
    ])
    func versionOfAnAgentRunByHand(_ row: HandCase) throws {
        let entries = ["/var/lib/docker/image/overlay2/repositories.json": Self.repositories]
        let job = Self.job(row.image)
        let answer = try Self.agent(entries, jobs: .present([job], job.evidence))
        #expect(answer.value?.installation == .byHand)
        #expect(answer.value?.versionText == row.version)
        #expect(answer.value?.versionSource == row.source)
        #expect(answer.evidence.first == job.evidence.first)
    }

    @Test func loadedImageAlone() throws {
        let answer = try Self.agent(["/var/lib/docker/image/overlay2/repositories.json": Self.repositories])
        #expect(answer.value?.installation == .loadedImage)
        let others: LiteralEntry = #"{"Repositories":{"busybox":{"busybox:1.36":"sha256:e"}}}"#
        #expect(try Self.agent(["/var/lib/docker/image/vfs/repositories.json": others]).isAbsent)
    }

    @Test func archiveWithoutAnythingThatLoadsItIsNoAgent() throws {
        #expect(try Self.agent(["/var/cache/ecs/ecs-agent.tar": "x", "/var/cache/ecs/state": "1"]).isAbsent)
    }

    @Test func keysAreShownOnlyWhereTheyCannotBeHalfACredential() {
        #expect(AgentKey.shown("ECS_CLUSTER") == "ECS_CLUSTER")
        #expect(AgentKey.shown("ECS_TYPO") == "ECS_TYPO")
        for key in ["c2VjcmV0", "\"auth\":\"c2VjcmV0\"", "", "SECRET", "export ECS_CLUSTER"] {
            #expect(AgentKey.shown(key) == nil, "\(key)")
        }
        #expect(AgentKey.suggestion(for: "ECS_AVAILABLE_LOGGING_DRIVER") == AgentKey.drivers)
        #expect(AgentKey.suggestion(for: "ecs_cluster") == AgentKey.cluster)
        #expect(AgentKey.suggestion(for: "MY_OWN_VARIABLE") == nil)
    }
}
