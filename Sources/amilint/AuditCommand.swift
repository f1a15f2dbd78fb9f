/// `amilint audit`: many images, several at a time.

import ArgumentParser
import BatchRules
import Glibc
import Inspection
import Reporting

/// Judges every image that is found.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Judge every image below a directory.",
        usage: "amilint audit PATH ... [OPTIONS]",
        discussion: """
            EXAMPLE
              amilint audit images -o text -o html=audit.html --state audit.state
            """
    )

    @Argument(help: "A directory to search, or an image.", completion: .file())
    var paths: [String] = []

    @Option(help: ArgumentHelp("Images, a path a line; - for standard input.", valueName: "file"), completion: .file())
    var filesFrom: String?

    @Option(help: ArgumentHelp("Of what is found, only names like this; may be repeated.", valueName: "pattern"))
    var include: [String] = []

    @Option(help: ArgumentHelp("No names like this, nor what is below; may be repeated.", valueName: "pattern"))
    var exclude: [String] = []

    @Flag(help: "List what was found and is no image.")
    var passedOver = false

    @Option(help: ArgumentHelp("Images at a time; else one a processor.", valueName: "n"))
    var jobs: Int?

    @Option(help: ArgumentHelp("What reading one image may take.", valueName: "seconds"))
    var timeLimit: Int?

    @Option(help: ArgumentHelp("What reading one image may take.", valueName: "MB"))
    var memoryLimit: Int?

    @Option(
        help: ArgumentHelp("Where compressed disks are decompressed; else refused.", valueName: "dir"),
        completion: .directory)
    var scratch: String?

    @Option(help: ArgumentHelp("Keep what was read, and read it no more.", valueName: "dir"), completion: .directory)
    var state: String?

    @Option(
        help: ArgumentHelp("Of N parts part I, from 0; auto[/N]: what the engine says.", valueName: "i/n"),
        transform: { text in
            do throws(ShardError) {
                return try ShardOption(text)
            } catch {
                throw ValidationError("\(error)")
            }
        })
    var shard: ShardOption?

    @OptionGroup(title: "Judging") var judging: PolicyOptions

    @OptionGroup(title: "Reports") var former: BaselineOption<FormerAudit>

    @OptionGroup(title: "Reports") var grouping: GroupingOption

    @OptionGroup(title: "Reports") var reports: ReportOptions<AuditFormat>

    @OptionGroup var sandbox: SandboxOptions

    func validate() throws {
        if paths.isEmpty, filesFrom == nil { throw ValidationError("a directory or an image expected, none found") }
        if paths.contains("-") {
            throw ValidationError("files and directories expected, standard input found; 'amilint check -' reads one")
        }
        for (name, value) in [("--jobs", jobs), ("--time-limit", timeLimit), ("--memory-limit", memoryLimit)] {
            if let value, !(1...1_000_000 ~= value) {
                throw ValidationError("a number from 1 to 1000000 expected for \(name), \(value) found")
            }
        }
    }

    func run() throws {
        let file = try judging.policyFile()
        let failOn = try former.failing(by: file.failOn)
        let policy = try judging.judging(by: file, today: try judging.date.day())
        let former = try former.former()
        let shard = try takenShard()
        let reports = try reports.named(forShard: shard?.index)
        let discovery = Discovery(
            paths, listed: try listedPaths(), selection: Selection(including: include, excluding: exclude),
            shard: shard, leavingOut: state)
        let metadata = AMIMetadataTable(try judging.metadataOfMany(), files: discovery.names)
        say(metadata.remarks(isWhole: shard == nil))

        try checkSandbox(discovery)
        let kept = try openState(shard)
        noteInterrupt()
        let run = AuditRun(
            jobs: jobs ?? usableProcessors(),
            limits: ReaderLimits(time: timeLimit.map { .seconds($0) }, memory: memoryLimit.map { $0 << 20 }),
            catalog: judging.catalog, policy: policy, metadata: metadata,
            reader: [ReadImageCommand._commandName, "\(getpid())"] + (scratch.map { ["--scratch=\($0)"] } ?? [])
                + (memoryLimit.map { ["--memory-limit=\($0 << 20)"] } ?? []) + sandbox.arguments)
        var progress = AuditProgressLine(isShown: !reports.quiet)
        let result = try run.run(discovery, keeping: kept) { now in
            progress.show(now)
            return interruptingSignal.load(ordering: .relaxed) == 0
        }
        progress.end()
        guard let result else { throw stopped(at: progress.last) }
        endOnInterrupt()
        report(result)

        let scope = AuditScope(
            shard: shard.map { AuditHeader.Shard(index: $0.index, count: $0.count) }, leftOut: discovery.leftOut)
        let audit = try Audit(
            result.lines, scope: scope, view: AuditView(grouping: grouping.groupBy), since: former)
        try reports.write(audit)
        if let error = result.stateError { throw Stop(.unwritableReport, "what was read is not kept: \(error)") }
        throw Stop(ExitStatus(audit.totals, failOn: failOn, isPart: shard != nil))
    }

    /// The part of the images to take; nil for all.
    private func takenShard() throws(Stop) -> Shard? {
        switch shard {
        case nil: return nil
        case .fixed(let shard): return shard
        case .ofEngine(let count):
            do throws(ShardError) {
                let (shard, engine) = try Shard.ofEngine(count: count, environment: environment)
                say(["shard \(shard) by \(engine)"])
                return shard
            } catch {
                throw Stop(.usage, "--shard auto: \(error)")
            }
        }
    }

    private func listedPaths() throws(Stop) -> [String] {
        guard let filesFrom else { return [] }
        return try settings(filesFrom) { path throws(SettingsError) in try listedFiles(in: path) }
    }

    /// Each reader enters the sandbox for itself; what the system does not offer is said here, once.
    private func checkSandbox(_ discovery: Discovery) throws(Stop) {
        guard !sandbox.noSandbox else { return }
        let offered = Sandbox.offered
        try sandbox.check(offered, forDirectory: discovery.hasDirectories)
        offered.report()
    }

    private func openState(_ shard: Shard?) throws(Stop) -> AuditState? {
        guard let state else { return nil }
        do throws(WriteError) {
            return try AuditState(state, shard: shard) {
                say(["another audit uses \(state); waiting until it has ended"])
            }
        } catch {
            throw Stop(.unwritableReport, error.description)
        }
    }

    /// Says on standard error what is in no report: what was passed over, and how much was read.
    private func report(_ result: AuditResult) {
        var lines: [String] = []
        if passedOver {
            lines += result.passedOver.map { "passed over: \($0.name): \($0.reason)" }
        } else if !result.passedOver.isEmpty {
            let count = result.passedOver.count
            lines.append("\(count) file\(count == 1 ? "" : "s") passed over; --passed-over lists them")
        }
        if state != nil {
            lines.append("\(result.read) of \(result.files) files read, the others kept from before")
        }
        say(lines)
    }

    private func stopped(at progress: AuditProgress?) -> Stop {
        let count = progress.map { "\($0.done) of \($0.images) images are done" } ?? "no image is done"
        let advice =
            state.map { "\(count) and kept in \($0); the same command goes on from there" }
            ?? "\(count) and none is kept; with --state DIRECTORY the same command would go on from there"
        let isTermination = interruptingSignal.load(ordering: .relaxed) == SIGTERM
        return Stop(isTermination ? .terminated : .interrupted, "interrupted: " + advice)
    }
}
