/// How far the reading is, on a terminal, for whatever takes longer than a second.

import ImageReading
import Reporting
import Synchronization

/// One line on standard error that is written over and over, and leaves nothing behind.
final class ProgressLine: Sendable {
    private struct State {
        let start = ContinuousClock.now
        var next = ContinuousClock.now + .seconds(1)
    }

    private let name: String
    private let state = Mutex(State())

    /// A line about the image `name`, which must be inert.
    init(_ name: String) {
        self.name = name
    }

    /// Shows how far the reading is, at most eight times a second.
    func update(_ progress: ReadingProgress) {
        let line: String? = state.withLock { state in
            let now = ContinuousClock.now
            guard now >= state.next else { return nil }
            state.next = now + .milliseconds(125)
            let text = progressText(
                name: name, read: progress.bytesRead, total: progress.totalBytes,
                seconds: (now - state.start) / .seconds(1))
            return progress.scratch.map { "\(text)  decompressed into \(inert($0))" } ?? text
        }
        guard let line else { return }
        progressIsShown.store(true, ordering: .relaxed)
        printError(clearLine + line)
    }

    /// Takes the line away.
    func end() {
        guard progressIsShown.exchange(false, ordering: .relaxed) else { return }
        printError(clearLine)
    }
}

/// `image.tar.gz  45 %  134 of 298 MB  189 MB/s  1 s left`.
func progressText(name: String, read: Int, total: Int?, seconds: Double) -> String {
    let rate = seconds > 0 ? Double(read) / seconds : 0
    let speed = decimal(rate / 1e6) + " MB/s"
    guard let total, total > 0 else { return "\(name)  \(megabytes(read)) MB  \(speed)" }
    let percent = min(100, Int(100 * Double(read) / Double(total)))
    var text = "\(name)  \(percent) %  \(megabytes(read)) of \(megabytes(total)) MB  \(speed)"
    let left = (Double(max(0, total - read)) / rate).rounded(.up)
    if left < 1e9 { text += "  \(timeText(seconds: Int(left))) left" }
    return text
}

func megabytes(_ bytes: Int) -> String { decimal(Double(bytes) / 1e6) }

/// A number with one digit after the point below 10, with none above.
func decimal(_ number: Double) -> String {
    guard number < 10 else { return "\(Int(number.rounded()))" }
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
}

func timeText(seconds: Int) -> String {
    seconds < 100 ? "\(seconds) s" : seconds < 6000 ? "\(seconds / 60) min" : "\(seconds / 3600) h"
}
