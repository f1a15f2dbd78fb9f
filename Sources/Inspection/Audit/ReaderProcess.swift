/// A process of its own for each image: whatever becomes of it, the audit goes on.

import CProcess
import Glibc
import Reporting

/// What an image may cost.
public struct ReaderLimits: Sendable {
    /// Time on the clock; nil for as long as it takes.
    public let time: Duration?
    /// Bytes of memory; nil for as much as it takes.
    public let memory: Int?

    /// Limits of each image.
    public init(time: Duration? = nil, memory: Int? = nil) {
        self.time = time
        self.memory = memory
    }
}

/// The process that reads one image and says on its standard output what came of it, as `ReadOutcome.json` gives it.
struct ReaderProcess {
    private let process: pid_t
    private let output: Int32
    private let start = ContinuousClock.now

    /// How often limits are looked at: what is over one is over it for as long at most.
    private static let pause: Int32 = 20

    /// Of what it says, in bytes.
    private static let outputLimit = 64 << 20

    /// Starts this program again with `arguments`.
    init(arguments: [String]) throws(SystemError) {
        var reading: Int32 = 0
        var writing: Int32 = 0
        guard unsafe amilint_pipe(&reading, &writing) == 0 else { throw SystemError(number: errno) }
        defer { close(writing) }
        do throws(SystemError) {
            process = try spawn(arguments, output: writing)
        } catch {
            close(reading)
            throw error
        }
        output = reading
    }

    /// Waits until the process has ended. `progress` is given how many bytes it has read so far, some fifty times a
    /// second; where it answers false, the process is ended and the outcome is nil.
    func outcome(within limits: ReaderLimits, progress: (Int) -> Bool) -> (outcome: ReadOutcome, json: [UInt8])? {
        var json: [UInt8] = []
        var failure: ReadingFailure?
        var isWanted = true
        while failure == nil, isWanted, read(&json) {
            isWanted = progress(bytesRead)
            failure = overrun(limits, said: json.count)
        }
        if failure != nil || !isWanted { kill(process, SIGKILL) }
        close(output)
        let end = end()
        guard isWanted else { return nil }
        if let failure { return (.failed(failure), []) }
        if let end { return (.failed(end), []) }
        do {
            return (try ReadOutcome(json: json), json)
        } catch {
            return (.failed(readerEnded("said what cannot be understood")), [])
        }
    }

    /// Takes what the process has said, waiting a moment for it. False at the end; what is cut short shows when it is
    /// decoded.
    private func read(_ json: inout [UInt8]) -> Bool {
        var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, Self.pause) > 0 else { return true }
        let count = unsafe withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            let count = unsafe Glibc.read(output, buffer.baseAddress, buffer.count)
            if count > 0 { unsafe json += buffer[..<count] }
            return count
        }
        return count > 0 || count < 0 && errno == EINTR
    }

    private func overrun(_ limits: ReaderLimits, said: Int) -> ReadingFailure? {
        if let time = limits.time, ContinuousClock.now - start > time {
            return ReadingFailure(
                code: "timeLimit",
                reason: "at most \(time.components.seconds) s of time expected (--time-limit), more needed")
        }
        if let memory = limits.memory, let used = memoryInUse, used > memory {
            return ReadingFailure(
                code: "memoryLimit",
                reason: "at most \(memory >> 20) MB of memory expected (--memory-limit), \(used >> 20) MB needed")
        }
        return said > Self.outputLimit ? readerEnded("said more than \(Self.outputLimit >> 20) MB") : nil
    }

    /// Why the process did not end as it should; nil where it did.
    private func end() -> ReadingFailure? {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else {
                return readerEnded("was waited for in vain: \(systemText(errno).lowercased())")
            }
        }
        // WIFSIGNALED and WEXITSTATUS of wait(2), which are macros.
        let signal = status & 0x7f
        if signal == SIGKILL { return readerEnded("was killed, as a system does that has no memory left") }
        if signal != 0 {
            let name = unsafe strsignal(signal).map { unsafe String(cString: $0) } ?? "unknown"
            return readerEnded("ended by signal \(signal) (\(name.lowercased()))")
        }
        let exit = status >> 8 & 0xff
        return exit == 0 ? nil : readerEnded("ended with status \(exit)")
    }

    /// Bytes of files that it has read, as the system counts them; 0 where that cannot be known.
    private var bytesRead: Int {
        let text = smallFile("/proc/\(process)/io") ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("rchar: ") }.flatMap { Int($0.dropFirst(7)) } ?? 0
    }

    /// Bytes of memory that it occupies; nil where that cannot be known, as of a process that has ended.
    private var memoryInUse: Int? {
        guard let text = smallFile("/proc/\(process)/statm") else { return nil }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return pages.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
    }
}

private func readerEnded(_ what: String) -> ReadingFailure {
    ReadingFailure(
        code: "readerEnded", reason: "the process that read it \(what); `amilint check` on it alone shows more")
}

/// The text of a small file of the system; nil where it cannot be read.
private func smallFile(_ path: String) -> String? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
        let count = unsafe read(file, buffer.baseAddress, buffer.count)
        return count > 0 ? unsafe String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}

/// The words that /proc/self/exe is called with to be this program: its name, and where a loader runs it
/// (`ld-linux.so --library-path DIRECTORY amilint`), that loader and what it was given before.
private func ownWords() -> [String] {
    let words = (smallFile("/proc/self/cmdline") ?? "").split(separator: "\0").map { String($0) }
    guard let name = CommandLine.arguments.first, let index = words.firstIndex(of: name), index > 0 else {
        return ["amilint"]
    }
    return Array(words[...index])
}

/// Starts this program with `arguments`, its standard output being `output` and its standard input empty.
///
/// It has a process group of its own: Ctrl-C on a terminal reaches this process alone, which ends the others in its own
/// time.
private func spawn(_ arguments: [String], output: Int32) throws(SystemError) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)

    var words: [UnsafeMutablePointer<CChar>?] = unsafe (ownWords() + arguments).map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    var process: pid_t = 0
    let number = unsafe posix_spawn(&process, "/proc/self/exe", &actions, &attributes, words, environ)
    guard number == 0 else { throw SystemError(number: number) }
    return process
}
