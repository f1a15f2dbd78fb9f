/// How far an audit is: one line on a terminal, a line every 30 seconds elsewhere.

import Glibc
import Inspection
import Reporting

/// Says on standard error how far an audit is.
struct AuditProgressLine {
    private let isShown: Bool
    private let isTerminal = amilint.isTerminal(STDERR_FILENO)
    private let start = ContinuousClock.now
    private var next: ContinuousClock.Instant
    /// What was shown last, or would have been.
    private(set) var last: AuditProgress?

    init(isShown: Bool) {
        self.isShown = isShown
        next = start + (isTerminal ? .seconds(1) : .seconds(30))
    }

    mutating func show(_ progress: AuditProgress) {
        last = progress
        let now = ContinuousClock.now
        guard isShown, now >= next else { return }
        next = now + (isTerminal ? .milliseconds(125) : .seconds(30))
        let text = auditProgressText(progress, seconds: (now - start) / .seconds(1))
        guard isTerminal else { return printError("amilint: \(text)\n") }
        progressIsShown.store(true, ordering: .relaxed)
        let names = progress.inWork.map(inert).joined(separator: ", ")
        printError(clearLine + clipped(text + "  " + names, to: errorWidth() - 1))
    }

    /// Takes the line away.
    func end() {
        guard progressIsShown.exchange(false, ordering: .relaxed) else { return }
        printError(clearLine)
    }
}

/// `312 of 500 images  1.2 of 1.9 GB  410 MB/s  2 min left`.
func auditProgressText(_ progress: AuditProgress, seconds: Double) -> String {
    var text = "\(progress.done) of \(progress.images) images"
    guard progress.bytes > 0 else { return text }
    text += "  \(megabytes(progress.bytesDone)) of \(megabytes(progress.bytes)) MB"
    let rate = seconds > 0 ? Double(progress.bytesRead) / seconds : 0
    guard rate > 1e5 else { return text }
    let left = Double(max(0, progress.bytes - progress.bytesDone)) / rate
    return text + "  \(decimal(rate / 1e6)) MB/s  \(timeText(seconds: Int(left.rounded(.up)))) left"
}
