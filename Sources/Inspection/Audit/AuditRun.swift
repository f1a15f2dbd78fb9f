/// Reading and judging many images, several at a time.

public import BatchRules
import Glibc
public import Reporting
import Synchronization

/// What an audit is to do.
public struct AuditRun: Sendable {
    /// How many images are read at a time; at least 1.
    public let jobs: Int
    /// What each may cost.
    public let limits: ReaderLimits
    /// The rules they are judged by.
    public let catalog: RuleCatalog
    /// The circumstances they are judged under; AMI metadata are looked up for each.
    public let policy: Policy
    /// What EC2 says of the images.
    public let metadata: AMIMetadataTable

    /// An audit of images each read by this program started again with the arguments of `reader` and its path.
    public init(
        jobs: Int, limits: ReaderLimits, catalog: RuleCatalog, policy: Policy, metadata: AMIMetadataTable,
        reader: [String]
    ) {
        self.jobs = jobs
        self.limits = limits
        self.catalog = catalog
        self.policy = policy
        self.metadata = metadata
        self.reader = reader
    }

    let reader: [String]

    /// Reads and judges what was discovered, what `state` keeps without reading it again.
    ///
    /// `progress` is called some eight times a second by the thread that calls this; where it answers false, nothing more
    /// is begun, what is in work is ended, and the result is nil. Throws where the system has no thread to give, and where
    /// a line cannot be encoded, which is a defect of this program.
    public func run(
        _ discovery: Discovery,
        keeping state: AuditState?,
        progress: @escaping (AuditProgress) -> Bool
    ) throws -> AuditResult? {
        let work = Mutex(Work(discovery))
        let isWanted = Atomic(true)
        let ended = Atomic(0)
        var workers: [Worker] = []
        for _ in 0..<min(jobs, discovery.candidates.count) {
            do throws(SystemError) {
                workers.append(
                    try Worker {
                        while isWanted.load(ordering: .relaxed), let candidate = work.withLock({ $0.next() }) {
                            let found = outcome(of: candidate, state, work) { isWanted.load(ordering: .relaxed) }
                            guard let (outcome, isKept) = found else { break }
                            let line = Result { try self.line(of: candidate, outcome) }
                            work.withLock { $0.finish(candidate, line, isKept: isKept) }
                        }
                        ended.add(1, ordering: .releasing)
                    })
            } catch {
                // Fewer threads than were wanted do the work too.
                if workers.isEmpty { throw error }
                break
            }
        }
        var ticks = 0
        while ended.load(ordering: .acquiring) < workers.count {
            // A short wait at first: small audits end at once.
            usleep(ticks < 50 ? 2000 : 125_000)
            ticks += 1
            let now = work.withLock { $0.progress }
            if !progress(now) { isWanted.store(false, ordering: .relaxed) }
        }
        for worker in workers { worker.join() }
        guard isWanted.load(ordering: .relaxed) else { return nil }
        return try work.withLock { try $0.result(failures: discovery.failures, policy: policy) }
    }

    /// What came of reading an image, now or before; nil where it is not wanted any more.
    ///
    /// `isKept` where it was read before.
    private func outcome(
        of candidate: Candidate, _ state: AuditState?, _ work: borrowing Mutex<Work>, isWanted: () -> Bool
    ) -> (outcome: ReadOutcome, isKept: Bool)? {
        if !candidate.isDirectory, let kept = state?.outcome(of: candidate) { return (kept, true) }
        let process: ReaderProcess
        do throws(SystemError) {
            process = try ReaderProcess(arguments: reader + [candidate.path])
        } catch {
            let reason = "a process to read it expected, \(error.text.lowercased())"
            return (.failed(ReadingFailure(code: "readerEnded", reason: reason)), false)
        }
        let result = process.outcome(within: limits) { bytes in
            work.withLock { $0.read(candidate, bytes) }
            return isWanted()
        }
        guard let (outcome, json) = result else { return nil }
        // A file that was written to while it was read is not what it was found to be.
        if let state, !candidate.isDirectory, outcome.isLasting, !json.isEmpty, candidate.isUnchanged {
            do throws(WriteError) {
                try state.keep(json, of: candidate)
            } catch {
                work.withLock { $0.stateError = $0.stateError ?? error }
            }
        }
        return (outcome, false)
    }

    /// The line of an image; nil where it turned out to be none and was not asked for by name.
    private func line(of candidate: Candidate, _ outcome: ReadOutcome) throws -> Line {
        switch outcome {
        case .failed(let failure)
        where failure.code == "notAnImage" && !candidate.isNamed && !candidate.isCalledImage:
            return .passedOver(PassedOver(name: candidate.name, reason: failure.reason))
        case .failed(let failure):
            return .image([UInt8](try AuditedImage(candidate.name, unreadable: failure, policy: policy).line().utf8))
        case .observed(var image, let facts):
            image.name = candidate.name
            let report = ObservedImage(image: image, facts: facts, packages: nil)
                .report(by: catalog, under: policy.with(metadata[candidate.name]))
            return .image([UInt8](try AuditedImage(report).line().utf8))
        }
    }
}

private enum Line {
    case image([UInt8])
    case passedOver(PassedOver)
}

/// How far an audit has come.
public struct AuditProgress: Sendable {
    /// Images that are done, read or kept.
    public internal(set) var done = 0
    /// All of them.
    public let images: Int
    /// Bytes of files that were read in this run.
    public internal(set) var bytesRead = 0
    /// Bytes of files that are done, read or kept.
    public internal(set) var bytesDone = 0
    /// Bytes of all files.
    public let bytes: Int
    /// Names of the images in work.
    public internal(set) var inWork: [String] = []
    /// Images that were read in this run.
    public internal(set) var read = 0
}

/// What an audit found.
public struct AuditResult: Sendable {
    /// A line an image, in the order of their names.
    public let lines: AuditLines
    /// Files that are no images, in the order of their names.
    public let passedOver: [PassedOver]
    /// How many files and directories were looked at, images or not.
    public let files: Int
    /// How many of them were read in this run; what the others are was kept from a former one.
    public let read: Int
    /// Why something could not be kept; nil where all was, and where nothing was to be.
    public let stateError: WriteError?
}

/// What the threads of an audit have in common.
private struct Work: Sendable {
    private let candidates: [Candidate]
    private var position = 0
    private var lines: [(name: String, line: [UInt8])] = []
    private var passedOver: [PassedOver]
    private var error: (any Error)?
    private var inWork: [String: Int] = [:]
    private var finished: AuditProgress
    var stateError: WriteError?

    init(_ discovery: Discovery) {
        candidates = discovery.candidates
        passedOver = discovery.passedOver
        finished = AuditProgress(images: candidates.count, bytes: candidates.reduce(0) { $0 + $1.size })
    }

    mutating func next() -> Candidate? {
        guard position < candidates.count else { return nil }
        defer { position += 1 }
        inWork[candidates[position].name] = 0
        return candidates[position]
    }

    mutating func read(_ candidate: Candidate, _ bytes: Int) {
        inWork[candidate.name] = candidate.isDirectory ? 0 : min(bytes, candidate.size)
    }

    mutating func finish(_ candidate: Candidate, _ line: Result<Line, any Error>, isKept: Bool) {
        inWork[candidate.name] = nil
        finished.done += 1
        finished.bytesDone += candidate.size
        if !isKept {
            finished.read += 1
            finished.bytesRead += candidate.size
        }
        switch line {
        case .success(.image(let line)): lines.append((candidate.name, line.dropLast()))
        case .success(.passedOver(let file)): passedOver.append(file)
        case .failure(let error): self.error = self.error ?? error
        }
    }

    var progress: AuditProgress {
        var now = finished
        now.bytesRead += inWork.values.reduce(0, +)
        now.bytesDone += inWork.values.reduce(0, +)
        now.inWork = inWork.keys.sorted()
        return now
    }

    func result(failures: [String: ReadingFailure], policy: Policy) throws -> AuditResult {
        if let error { throw error }
        let failed = try failures.map { name, failure in
            (name, [UInt8](try AuditedImage(name, unreadable: failure, policy: policy).line().utf8).dropLast())
        }
        let all = (lines.map { ($0.name, $0.line[...]) } + failed.map { ($0.0, $0.1) })
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        return AuditResult(
            lines: AuditLines(all.map(\.1)),
            passedOver: passedOver.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) },
            files: candidates.count, read: finished.read, stateError: stateError)
    }
}
