/// The sandbox of every process that reads an image: entered by commands, when all files are open and none is read.

import ArgumentParser
import CSandbox
import Glibc
import ImageReading
import Inspection
import Reporting

/// How far a process that reads is locked in.
enum Sandbox: String {
    /// It opens no file but those below the directory that is the image, and asks nothing of the system that reading does
    /// not need.
    case full
    /// A directory is read by a process that can open other files, for reading; of files and pipes it is as good as full.
    case withoutLandlock = "without Landlock"
    case none

    /// What this system offers.
    static var offered: Sandbox { Sandbox(amilint_sandbox_offered()) }

    fileprivate init(_ bits: Int32) {
        let (landlock, seccomp) = (Int32(amilint_landlock), Int32(amilint_seccomp))
        self = bits & seccomp == 0 ? .none : bits & landlock == 0 ? .withoutLandlock : .full
    }

    /// Whether it is what `--require-sandbox` demands.
    func suffices(forDirectory isDirectory: Bool) -> Bool {
        switch self {
        case .full: true
        case .withoutLandlock: !isDirectory
        case .none: false
        }
    }

    /// Says on standard error, once, what it means that there is none.
    func report() {
        if self == .none {
            say(["this system offers no sandbox (seccomp): what an image makes of its reader is not held back"])
        }
    }
}

/// Options of commands that read images.
struct SandboxOptions: ParsableArguments {
    @Flag(help: "Refuse to read where the system has no sandbox.")
    var requireSandbox = false

    /// For what observes the program itself from inside: valgrind, coverage, sanitizers.
    @Flag(help: .hidden)
    var noSandbox = false

    func validate() throws {
        if requireSandbox, noSandbox {
            throw ValidationError("one of --require-sandbox and --no-sandbox expected, both found")
        }
    }

    /// The same options as arguments.
    var arguments: [String] {
        (requireSandbox ? ["--require-sandbox"] : []) + (noSandbox ? ["--no-sandbox"] : [])
    }

    /// Locks this process in, for good: from here on it reads what is open and, of a directory, what is below, and opens
    /// nothing else. Gives the process that writes `files` for it; nil where there are none, and where it can itself.
    ///
    /// `memory` is what it may take, in bytes. Says where it cannot be locked in unless `isSaid`, or throws where that is
    /// required.
    func enter(
        reading images: [ImageFiles], writing files: [String] = [], memory: Int = 4 << 30, isSaid: Bool = false
    ) throws(Stop) -> WritingProcess? {
        guard !noSandbox else { return nil }
        var writer: WritingProcess?
        do throws(WriteError) {
            if !files.isEmpty { writer = try WritingProcess(files: files) }
        } catch {
            throw Stop(unwritten: error)
        }
        let directories = images.compactMap(\.directory)
        var needs: Int32 = 0
        if !directories.isEmpty { needs |= Int32(amilint_opens_files) }
        if directories.count < images.count { needs |= Int32(amilint_starts_threads) }
        if images.contains(where: \.hasScratch) { needs |= Int32(amilint_writes_scratch) }
        var tops: [Int32] = []
        var parts: [Int32] = []
        var isRunningSystem = false
        defer { for part in parts { close(part) } }
        for directory in directories {
            if let below = partsOfRunningSystem(directory) {
                parts += below
                isRunningSystem = true
            } else {
                tops.append(directory)
            }
        }
        tops += parts
        let sandbox = Sandbox(unsafe amilint_enter_sandbox(tops, Int32(tops.count), needs, UInt64(memory)))
        try check(sandbox, forDirectory: !directories.isEmpty)
        if !isSaid {
            sandbox.report()
            if isRunningSystem, sandbox == .full {
                say(["files in /home and /root of the running system are not read, and count as unreadable"])
            }
        }
        return writer
    }

    /// Throws where a sandbox is required and `sandbox` is not enough of one.
    func check(_ sandbox: Sandbox, forDirectory isDirectory: Bool) throws(Stop) {
        guard requireSandbox, !sandbox.suffices(forDirectory: isDirectory) else { return }
        throw Stop(
            .usage,
            "--require-sandbox: \(isDirectory ? "Landlock and seccomp" : "seccomp") expected of this system, "
                + (sandbox == .none ? "no sandbox" : "only seccomp") + " found")
    }
}

/// Where `directory` is the root of the running system: its directories that are read, of which /dev, /proc and /sys are
/// no files of an image, and /home and /root hold the keys of who runs this. Nil of any other directory.
private func partsOfRunningSystem(_ directory: Int32) -> [Int32]? {
    var status = stat()
    var root = stat()
    guard unsafe fstat(directory, &status) == 0, unsafe stat("/", &root) == 0,
        (status.st_dev, status.st_ino) == (root.st_dev, root.st_ino)
    else { return nil }
    let others: Set<Substring> = ["dev", "proc", "sys", "home", "root"]
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    for name in topLevelNamesRead.subtracting(others) {
        _ = unsafe glob("/" + name, GLOB_APPEND, nil, &found)
    }
    // O_PATH of Linux's fcntl.h, which the C library's module leaves out.
    return unsafe UnsafeBufferPointer(start: found.gl_pathv, count: Int(found.gl_pathc)).compactMap { path in
        let part = unsafe path.map { unsafe open($0, 0o10000000 | O_CLOEXEC) } ?? -1
        return part < 0 ? nil : part
    }
}
