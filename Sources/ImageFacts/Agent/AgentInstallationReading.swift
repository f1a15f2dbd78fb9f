/// The sources that can show the agent, and what follows from them together.

import ByteParsing
import ImageReading
import PackageDatabases

/// Each source's own answer about the agent (aws/amazon-ecs-agent: packaging/, ecs-init/config, ecs-init/cache).
struct AgentInstallationReading {
    private let root: RootFilesystem
    private let package: Observation<Package>
    private let program: Observation<File>
    private let jobs: Observation<[AgentJob]>
    private let images: Observation<[LoadedAgentImage]>

    private static let programs: [Want] = [
        "/usr/libexec/amazon-ecs-init", "/usr/sbin/amazon-ecs-init", "/sbin/amazon-ecs-init",
        "/usr/bin/amazon-ecs-init", "/usr/local/libexec/amazon-ecs-init", "/usr/local/sbin/amazon-ecs-init",
        "/usr/local/bin/amazon-ecs-init",
    ].map { Want.head($0, bytes: 1) }
    private static let state = Want.head("/var/cache/ecs/state", bytes: 1)
    private static let archive = Want.head("/var/cache/ecs/ecs-agent.tar", bytes: 1)
    /// Among them what the link `ecs-agent.tar` leads to.
    private static let cache = Want.head("/var/cache/ecs/*", bytes: 1)
    static let wants = programs + [state, archive, cache] + LoadedAgentImage.wants

    init(root: RootFilesystem, packages: InstalledPackages, jobs: Observation<[AgentJob]>) {
        self.root = root
        package = packages.package(named: Agent.packageNames)
        let programs = Self.programs.map { root[$0] }
        program =
            programs.first { $0.value != nil } ?? programs.first { !$0.isAbsent }
            ?? .absent(searched: Self.programs.map(\.path))
        self.jobs = jobs
        images = LoadedAgentImage.observe(in: root)
    }

    var agent: Observation<Agent> {
        if package.value != nil || program.value != nil { return ecsInit }
        let byHand = (jobs.value ?? []).filter { $0.given != nil }
        if !byHand.isEmpty { return self.byHand(byHand) }
        if let images = images.value, !images.isEmpty {
            return present(.loadedImage, Self.version(of: images), self.images.evidence)
        }
        return absence
    }

    /// What is to be said where nothing shows the agent: absent, or else the first thing that could not be read.
    private var absence: Observation<Agent> {
        for job in jobs.value ?? [] {
            if case .unclear(let problem) = job.command { return .unreadable(job.evidence, problem) }
        }
        var searched: [ImagePath] = []
        for source in [
            package.map { _ in () }, program.map { _ in () }, jobs.map { _ in () }, images.map { _ in () },
        ] {
            switch source {
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .absent(let places): searched += places
            case .present: break
            }
        }
        return .absent(searched: searched)
    }
}

extension AgentInstallationReading {
    private typealias Version = (text: String, source: Agent.VersionSource, evidence: [Evidence])

    private func present(
        _ installation: Agent.Installation, _ version: Version?, _ evidence: [Evidence], cache: Agent.Cache? = nil,
        isPulledAsLatest: Bool = false
    ) -> Observation<Agent> {
        let problem = package.problem
        let agent = Agent(
            installation: installation,
            package: package.value?.name,
            packageProblem: problem,
            versionText: version?.text,
            version: version.flatMap { ReleaseVersion($0.text) },
            versionSource: version?.source,
            cache: cache,
            isPulledAsLatest: isPulledAsLatest
        )
        var all = evidence
        for more in version?.evidence ?? [] where !all.contains(more) { all.append(more) }
        return .present(agent, all)
    }

    private var ecsInit: Observation<Agent> {
        let program = program.value.map { [$0.evidence("the program of ecs-init")] } ?? []
        let version = packageVersion ?? archiveVersion ?? images.value.flatMap(Self.version)
        let evidence = (packageVersion?.evidence ?? []) + (package.value == nil ? program : [])
        return present(.ecsInit, version, evidence, cache: cacheState)
    }

    private var packageVersion: Version? {
        guard case .present(let package, let evidence) = package else { return nil }
        let named = evidence.map { Evidence($0.path, realPath: $0.realPath, line: $0.line, package.label) }
        return (package.fullVersion, .package, named)
    }

    /// The version in the name of the archive that the cache's link leads to; the revision that the deb's name ends in
    /// is left out.
    private var archiveVersion: Version? {
        guard let target = root.linkTarget(of: Self.archive.path).value else { return nil }
        let name = ImagePath(target).name
        guard name.hasPrefix("ecs-agent-"), name.hasSuffix(".tar") else { return nil }
        let middle = name.dropFirst("ecs-agent-".count).dropLast(".tar".count)
        guard let part = middle.split(separator: "-").first(where: { $0.first == "v" }),
            ReleaseVersion(part) != nil
        else { return nil }
        return (String(part), .archive, [Evidence(Self.archive.path, "symbolic link to \(target)")])
    }

    /// As ecs-init itself decides it: both files not empty, and a state that begins with a digit other than 0.
    private var cacheState: Agent.Cache {
        for want in [Self.state, Self.archive] {
            switch root[want] {
            case .present(let file, _) where file.size == 0: return .notCached(reason: "\(want.path) is empty")
            case .present(let file, _) where want == Self.state:
                guard let byte = file.bytes.first, UInt8(ascii: "1")...UInt8(ascii: "9") ~= byte else {
                    return .notCached(reason: "\(want.path) does not begin with a digit other than 0")
                }
            case .present: break
            case .absent: return .notCached(reason: "\(want.path) is not there")
            case .unreadable(_, let problem) where problem.code == .danglingLink:
                return .notCached(reason: problem.description)
            case .unreadable(_, let problem): return .unreadable(problem: problem)
            }
        }
        return .cached
    }

    private func byHand(_ jobs: [AgentJob]) -> Observation<Agent> {
        let version = jobs.lazy.compactMap { job -> Version? in
            guard case .dockerRun(let run) = job.command else { return nil }
            let reference = ImageReference(run.image)
            if let tag = reference.versionTag { return (tag, .tag, job.evidence) }
            return self.images.value.flatMap { images in
                Self.version(of: images.filter { $0.reference.repository == reference.repository })
            }
        }.first
        let isPulled = jobs.contains { job in
            if case .dockerRun(let run) = job.command { isPulledAsLatest(ImageReference(run.image)) } else { false }
        }
        return present(
            .byHand, version, jobs.flatMap(\.evidence), isPulledAsLatest: version == nil && isPulled)
    }

    /// Docker pulls a tag that it has no image of; which one it would have is not known where its storage is unreadable.
    private func isPulledAsLatest(_ reference: ImageReference) -> Bool {
        guard reference.isLatestOfAWS else { return false }
        switch images {
        case .absent: return true
        case .present(let images, _):
            return !images.contains { $0.reference.repository == reference.repository && $0.reference.isLatest }
        case .unreadable: return false
        }
    }

    /// The version tag of the image that is also called `latest`, else the only version tag there is.
    private static func version(of images: [LoadedAgentImage]) -> Version? {
        let latest = images.first { $0.reference.tag == "latest" }?.identifier
        let tagged = images.filter { $0.reference.versionTag != nil }
        let current = tagged.filter { latest == nil || $0.identifier == latest }
        guard Set(current.map(\.reference.versionTag)).count == 1, let image = current.first,
            let tag = image.reference.versionTag
        else { return nil }
        return (tag, .loadedImage, [image.evidence])
    }
}
