/// Standard output and error, terminals, signals and the clock: all that the program knows of where it runs.

import BatchRules
import Glibc
import Inspection
import Reporting
import Synchronization

/// Writes to standard output. A reader who left (a closed pipe) ends the program without a word.
func printOut(_ text: String) throws(Stop) {
    do throws(WriteError) {
        try write(Array(text.utf8), to: STDOUT_FILENO, standardOutput)
    } catch {
        throw Stop(unwritten: error)
    }
}

/// What errors call it.
let standardOutput = "standard output"

extension Stop {
    /// A report that could not be written. A reader who left (a closed pipe) is no reason for a word.
    init(unwritten error: WriteError) {
        self.init(.unwritableReport, error.number == EPIPE ? nil : error.description)
    }
}

/// Writes to standard error, as far as that is possible.
func printError(_ text: String) {
    do throws(WriteError) {
        try write(Array(text.utf8), to: STDERR_FILENO, "standard error")
    } catch {
        // There is nobody left to tell.
    }
}

/// Says what is in no report.
func say(_ lines: [String]) {
    for line in lines { printError("amilint: \(inert(line))\n") }
}

/// Whether a descriptor is a terminal that understands more than plain text.
func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && environment("TERM") != "dumb"
}

/// The columns that text on standard output is set in: `COLUMNS` where it says so (POSIX, "Environment Variables"), else
/// those of the terminal, as many as text reads well in; 80 where there is none.
func terminalWidth() -> Int {
    if let columns = environment("COLUMNS").flatMap({ Int($0) }), columns > 0 { return min(max(columns, 40), 1_000) }
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return min(max(Int(size.ws_col), 40), 120)
}

/// The columns of the terminal on standard error; 80 where there is none.
func errorWidth() -> Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
}

/// Writes bytes to standard output.
func writeAll(_ bytes: [UInt8]) throws(WriteError) {
    try write(bytes, to: STDOUT_FILENO, standardOutput)
}

/// The value of an environment variable; nil where it is not set.
func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Whether something stands at a path of this machine.
func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// Today's date in UTC. The only place where a calendar clock is read.
func today() -> CalendarDay? {
    var now = time_t()
    unsafe time(&now)
    return day(at: now)
}

/// The day in UTC that builds are said to be of (SOURCE_DATE_EPOCH, reproducible-builds.org); nil where none is said.
func dayOfSource() throws(Stop) -> CalendarDay? {
    guard let text = environment("SOURCE_DATE_EPOCH"), !text.isEmpty else { return nil }
    guard let day = time_t(text).flatMap({ day(at: $0) }) else {
        throw Stop(.usage, "seconds since 1970 expected in SOURCE_DATE_EPOCH, '\(text)' found")
    }
    return day
}

private func day(at seconds: time_t) -> CalendarDay? {
    var parts = unsafe tm()
    guard unsafe withUnsafePointer(to: seconds, { unsafe gmtime_r($0, &parts) }) != nil else { return nil }
    func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return unsafe CalendarDay("\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))")
}

/// Whether an unfinished progress line stands on the terminal.
let progressIsShown = Atomic<Bool>(false)

/// What clears the line the cursor stands in.
let clearLine = "\r\u{1b}[K"

/// The signal that asked for an end since `noteInterrupt`; 0 while none did.
let interruptingSignal = Atomic<Int32>(0)

/// Makes the first Ctrl-C, and the first SIGTERM, a wish that `interruptingSignal` shows; the next ends the program at
/// once.
func noteInterrupt() {
    for number in [SIGINT, SIGTERM] {
        signal(number) { number in
            if interruptingSignal.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
        }
    }
}

/// Makes Ctrl-C end the program at once and without a word, SIGTERM too, and a closed pipe an error that can be handled.
func endOnInterrupt() {
    signal(SIGTERM, SIG_DFL)
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    progressIsShown.store(false, ordering: .relaxed)
    signal(SIGINT) { _ in
        // Only what is safe in a signal handler: no allocation, no locks.
        if progressIsShown.load(ordering: .relaxed) {
            let clear: StaticString = "\r\u{1b}[K"
            _ = unsafe Glibc.write(STDERR_FILENO, clear.utf8Start, clear.utf8CodeUnitCount)
        }
        _exit(ExitStatus.interrupted.rawValue)
    }
    // A parent may have left them blocked, as threads of libdispatch do; people and schedulers want an end all the same.
    var ending = sigset_t()
    unsafe sigemptyset(&ending)
    unsafe sigaddset(&ending, SIGINT)
    unsafe sigaddset(&ending, SIGTERM)
    unsafe pthread_sigmask(SIG_UNBLOCK, &ending, nil)
}
