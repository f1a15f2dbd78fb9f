/// Finding the images to audit: by what stands there, never by what it is called.

import Glibc
import ImageReading
import Reporting

/// An image, or a file that may be one: which it is shows when it is read.
struct Candidate: Sendable {
    /// How reports call it.
    let name: String
    /// Where it stands on this machine: from its root on and without links, so that what is kept of it is found again
    /// from any directory.
    let path: String
    let isDirectory: Bool
    /// Whether it was named itself: then it has a row whatever it turns out to be.
    let isNamed: Bool
    /// In bytes, `mostBytesCounted` for more; 0 for a directory.
    let size: Int
    let identity: FileIdentity

    /// 1 TiB. A sparse file may say that it has as many bytes as there are numbers, and sums are made of sizes.
    static let mostBytesCounted = 1 << 40
}

/// What was found below the directories that are audited.
public struct Discovery: Sendable {
    /// In the order of their names.
    private(set) var candidates: [Candidate] = []
    /// What could not be looked at, by name.
    private(set) var failures: [String: ReadingFailure] = [:]
    /// What is no image, with the reason, and what was left out by a pattern.
    private(set) var passedOver: [PassedOver] = []

    private let selection: Selection

    /// Finds the images in `paths`: a directory that looks like a root file system is one image, any other is searched;
    /// everything else is one image each. Names are relative to the directory where a single one is searched, and as
    /// given otherwise.
    ///
    /// - `listed` are paths of images, none of which is searched.
    /// - `shard` is the part of them to keep; nil for all.
    /// - `leavingOut` is a directory of this program that is not searched.
    public init(
        _ paths: [String], listed: [String], selection: Selection, shard: Shard? = nil, leavingOut: String? = nil
    ) {
        self.selection = selection
        let own = leavingOut.flatMap { try? FileStatus(at: $0, followingLinks: true).place }
        for path in paths { add(path, isAlone: paths.count + listed.count == 1, isSearched: true, own) }
        for path in listed { add(path, isAlone: false, isSearched: false, own) }
        candidates.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var last: String?
        candidates.removeAll { candidate in
            defer { last = candidate.name }
            return candidate.name == last
        }
        guard let shard else { return }
        candidates.removeAll { !shard.takes($0.name) }
        failures = failures.filter { shard.takes($0.key) }
        passedOver.removeAll { $0.isLeftOut && !shard.takes($0.name) }
    }

    /// How many files and directories patterns left out; of a shard, its part of them.
    public var leftOut: Int { passedOver.count(where: \.isLeftOut) }

    /// Whether unpacked roots are among what was found.
    public var hasDirectories: Bool { candidates.contains(where: \.isDirectory) }

    /// How reports call the images, or what may be one.
    public var names: [String] { candidates.map(\.name) }

    private mutating func add(_ path: String, isAlone: Bool, isSearched: Bool, _ own: [UInt64]?) {
        let status: FileStatus
        do throws(SystemError) {
            status = try FileStatus(at: path, followingLinks: true)
        } catch {
            failures[path] = failure(error, "a directory, an archive or a disk expected", of: path)
            return
        }
        switch status.kind {
        case .regular:
            add(Candidate(path, at: realPath(path), status, isNamed: true))
        case .directory where !isSearched || isImage(path):
            add(Candidate(path, at: realPath(path), status, isNamed: true))
        case .directory:
            let below = isAlone ? "" : path.hasSuffix("/") ? path : path + "/"
            search(realPath(path), called: below, own)
        case .link, .other:
            failures[path] = ReadingFailure(
                code: "notAnImage", reason: "a directory or an archive expected, something else found")
        }
    }

    private mutating func add(_ candidate: Candidate) {
        if selection.includes(candidate.name) {
            candidates.append(candidate)
        } else {
            passedOver.append(PassedOver(name: candidate.name, reason: "left out by --include", isLeftOut: true))
        }
    }

    /// Searches a directory and those below it. `prefix` is what comes before their names in reports.
    private mutating func search(_ top: String, called prefix: String, _ own: [UInt64]?) {
        var waiting = [(path: top, prefix: prefix)]
        while let (directory, prefix) = waiting.popLast() {
            let names: [[UInt8]]
            do throws(SystemError) {
                names = try namesInDirectory(directory)
            } catch {
                let name = prefix.isEmpty ? top : String(prefix.dropLast())
                failures[name] = failure(error, "a directory that can be listed expected")
                continue
            }
            for bytes in names {
                guard let name = String(validating: bytes, as: UTF8.self) else {
                    failures[prefix + String(decoding: bytes, as: UTF8.self)] = ReadingFailure(
                        code: "notAnImage", reason: "a name in UTF-8 expected, other bytes found; rename it")
                    continue
                }
                let path = directory.hasSuffix("/") ? directory + name : directory + "/" + name
                visit(path, prefix + name, own, &waiting)
            }
        }
    }

    private mutating func visit(
        _ path: String, _ name: String, _ own: [UInt64]?, _ waiting: inout [(path: String, prefix: String)]
    ) {
        if selection.excludes(name) {
            passedOver.append(PassedOver(name: name, reason: "left out by --exclude", isLeftOut: true))
            return
        }
        let status: FileStatus
        do throws(SystemError) {
            status = try FileStatus(at: path, followingLinks: false)
        } catch {
            // It went away between the listing and this look: no image any more.
            if error.number != ENOENT { failures[name] = failure(error, "a file that can be looked at expected") }
            return
        }
        switch status.kind {
        case .regular: add(Candidate(name, at: path, status, isNamed: false))
        case .directory where status.place == own: break
        case .directory where isImage(path): add(Candidate(name, at: path, status, isNamed: false))
        case .directory: waiting.append((path, name + "/"))
        case .link: passedOver.append(PassedOver(name: name, reason: "a symbolic link"))
        case .other: passedOver.append(PassedOver(name: name, reason: "no regular file and no directory"))
        }
    }
}

/// A file that was found and is no image.
public struct PassedOver: Hashable, Sendable {
    /// As reports would call it.
    public let name: String
    /// Why it has no row, a few words.
    public let reason: String
    /// Whether a pattern left it out, so that nobody looked whether it is an image.
    let isLeftOut: Bool

    init(name: String, reason: String, isLeftOut: Bool = false) {
        self.name = name
        self.reason = reason
        self.isLeftOut = isLeftOut
    }
}

/// Which files are looked at, by patterns as a shell has them. `*` stands for `/` too; a pattern without a `/` is held
/// against the last part of a name.
public struct Selection: Sendable {
    private let included: [String]
    private let excluded: [String]

    /// Everything, unless there are patterns of what is `included`; never what is `excluded`, nor what is below it.
    public init(including included: [String] = [], excluding excluded: [String] = []) {
        self.included = included
        self.excluded = excluded
    }

    /// Whether a file of this name is looked at.
    public func includes(_ name: String) -> Bool {
        (included.isEmpty || included.contains { matches(name, $0) }) && !excludes(name)
    }

    func excludes(_ name: String) -> Bool { excluded.contains { matches(name, $0) } }

    private func matches(_ name: String, _ pattern: String) -> Bool {
        let subject = pattern.utf8.contains(UInt8(ascii: "/")) ? name : lastPart(of: name)
        return unsafe fnmatch(pattern, subject, 0) == 0
    }
}

/// The last name of a path; the path itself where it ends in none.
func lastPart(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}

extension Candidate {
    /// Whether its name is that of an archive or a disk. Names decide nothing but this: what is called so and cannot be
    /// recognized may be damaged in its first bytes, and has a row.
    var isCalledImage: Bool {
        let parts = lastPart(of: name).lowercased().split(separator: ".").dropFirst().suffix(2)
        return !Set(parts).isDisjoint(with: [
            "tar", "cpio", "tgz", "tbz", "tbz2", "txz", "tzst", "raw", "img", "vmdk", "vhd", "vhdx", "qcow2", "ova",
        ])
    }

    /// Whether the same still stands at its path.
    var isUnchanged: Bool {
        (try? FileStatus(at: path, followingLinks: true))?.identity == identity
    }

    fileprivate init(_ name: String, at path: String, _ status: FileStatus, isNamed: Bool) {
        self.init(
            name: name, path: path, isDirectory: status.kind == .directory, isNamed: isNamed,
            size: status.kind == .directory ? 0 : min(status.size, Self.mostBytesCounted), identity: status.identity)
    }
}

private func failure(_ error: SystemError, _ expected: String, of path: String? = nil) -> ReadingFailure {
    switch error.number {
    case ENOENT, ENOTDIR:
        ReadingFailure(
            code: "missing",
            reason: "\(expected), nothing found" + (path.flatMap(fetchAdvice).map { "; " + $0 } ?? ""))
    case EACCES, EPERM: ReadingFailure(code: "permissionDenied", reason: "\(expected), \(error.text.lowercased())")
    default: ReadingFailure(code: "inputOutput", reason: "\(expected), \(error.text.lowercased())")
    }
}

/// Whether a directory is one image and is not searched: it looks like a root file system, or it is an OCI image layout,
/// whose layers are none.
private func isImage(_ path: String) -> Bool {
    func isThere(_ name: String) -> Bool {
        (try? FileStatus(at: path + "/" + name, followingLinks: false)) != nil
    }
    return isThere("etc/os-release") || isThere("usr/lib/os-release") || isThere("Windows/System32")
        || isThere("etc") && isThere("usr") || isThere("oci-layout")
}

/// The path with links followed, from the root of this machine on; itself where that cannot be told.
private func realPath(_ path: String) -> String {
    guard let real = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
}

/// All names in a directory but `.` and `..`, in no order.
func namesInDirectory(_ path: String) throws(SystemError) -> [[UInt8]] {
    guard let directory = unsafe opendir(path) else { throw SystemError(number: errno) }
    defer { unsafe closedir(directory) }
    var names: [[UInt8]] = []
    while true {
        errno = 0
        guard let entry = unsafe readdir(directory) else {
            guard errno == 0 else { throw SystemError(number: errno) }
            return names
        }
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
        if name != [0x2e], name != [0x2e, 0x2e] { names.append(name) }
    }
}

/// The paths in a list, one a line; `-` is standard input.
public func listedFiles(in path: String) throws(SettingsError) -> [String] {
    let bytes = try settingsFile(at: path == "-" ? "/dev/stdin" : path, upTo: 1 << 30)
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw SettingsError("paths in UTF-8 expected, other bytes found")
    }
    return text.split(whereSeparator: \.isNewline).map(String.init)
}
