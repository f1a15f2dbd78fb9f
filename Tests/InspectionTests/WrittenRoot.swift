/// A literal image written into a directory, on which the steps of a remedy are carried out as its owner would.

import BatchRules
import Foundation
import ImageReading
import Inspection
import Reporting
import TestSupport
import Testing

/// The root in a directory of its own, which goes with it.
final class WrittenRoot {
    /// What became of the steps of a remedy.
    struct Outcome {
        /// Steps that were carried out.
        var carriedOut = 0
        /// Commands that install packages, of which only the names can be checked here.
        var installing: [[String]] = []
        /// Steps that only a reader can follow, and commands that need a host that runs.
        var leftToReaders: [String] = []
    }

    let url: URL

    init(_ entries: [String: LiteralEntry]) throws {
        url = FileManager.default.temporaryDirectory.appending(path: "amilint-\(UUID().uuidString)")
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let place = try Self.place(of: path, below: url, following: false)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            switch entry {
            case .file(let bytes, let permissions):
                try Data(bytes).write(to: place)
                try FileManager.default.setAttributes([.posixPermissions: Int(permissions)], ofItemAtPath: place.path)
            case .link(let target):
                try FileManager.default.createSymbolicLink(atPath: place.path, withDestinationPath: target)
            case .directory: try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            case .sized(let count): try Data(count: count).write(to: place)
            case .other, .unreadable, .unreadableDirectory, .unknown: throw CannotBeWritten(path: path)
            }
        }
    }

    deinit { _ = try? FileManager.default.removeItem(at: url) }

    struct CannotBeWritten: Error { let path: String }
    struct Failed: Error { let command: String, output: String }

    func findings() throws -> [Finding] {
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        return try observe(openImage(at: url.path)).report(by: .batch, under: policy).findings
    }

    /// Where a path of the image stands here, the links in it followed inside the root.
    private static func place(of path: String, below root: URL, following last: Bool) throws -> URL {
        var place: [String] = []
        var rest = path.split(separator: "/").map(String.init)
        var links = 0
        while !rest.isEmpty {
            let name = rest.removeFirst()
            if name == "." { continue }
            if name == ".." {
                _ = place.popLast()
                continue
            }
            let here = root.path + "/" + (place + [name]).joined(separator: "/")
            if last || !rest.isEmpty, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: here) {
                links += 1
                guard links < 40 else { throw CannotBeWritten(path: path) }
                if target.hasPrefix("/") { place = [] }
                rest = target.split(separator: "/").map(String.init) + rest
                continue
            }
            place.append(name)
        }
        return root.appending(path: place.joined(separator: "/"))
    }

    private func place(of path: String, following last: Bool = true) throws -> URL {
        try Self.place(of: path, below: url, following: last)
    }

    /// Carries the steps out, up to the first that is another way to do what those before it do.
    func carryOut(_ steps: [RemedyStep]) throws -> Outcome {
        var outcome = Outcome()
        for step in steps.prefix(while: { !$0.text.hasPrefix("or ") }) {
            switch step.action {
            case .edit(let edit)?:
                try carryOut(edit)
                outcome.carriedOut += 1
            case .command(let words)? where Self.installers.contains(words[0]) || words[0] == "curl":
                outcome.installing.append(words)
            case .command(let words)?:
                // What a package brings is not here to be enabled.
                if !outcome.installing.isEmpty {
                    outcome.leftToReaders.append(step.text)
                    continue
                }
                if try run(words) { outcome.carriedOut += 1 } else { outcome.leftToReaders.append(step.text) }
            case nil: outcome.leftToReaders.append(step.text)
            }
        }
        return outcome
    }

    static let installers: Set = ["dnf", "yum", "apt-get", "zypper", "amazon-linux-extras"]
    /// Programs that are told of files by their paths, each of which is put below the root.
    private static let ofFiles: Set = ["rm", "mkdir", "chmod", "sed", "truncate", "touch"]

    /// Runs a command on the root; false where it needs a host that runs.
    private func run(_ words: [String]) throws -> Bool {
        var words = words
        switch words[0] {
        case "systemctl":
            guard ["enable", "disable", "unmask", "mask", "add-wants", "set-default"].contains(words[1]) else {
                return false
            }
            words.insert("--root=\(url.path)", at: 1)
        case "ln":
            words[words.count - 1] = try place(of: words[words.count - 1], following: false).path
        case let program where Self.ofFiles.contains(program):
            words = try words.map { $0.hasPrefix("/") ? try place(of: $0, following: program != "rm").path : $0 }
        default: return false
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(
                command: words.joined(separator: " "), output: String(decoding: output, as: UTF8.self))
        }
        return true
    }

    private func carryOut(_ edit: FileEdit) throws {
        let place = try place(of: edit.path.text, following: edit.change != .removeFile)
        if edit.change == .removeFile { return try FileManager.default.removeItem(at: place) }
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        let exists = FileManager.default.fileExists(atPath: place.path)
        let bytes = exists ? [UInt8](try Data(contentsOf: place)) : []
        try Data(try edited(bytes, by: edit.change)).write(to: place)
    }
}

/// The bytes of a file after a change of it.
private func edited(_ bytes: [UInt8], by change: FileEdit.Change) throws -> [UInt8] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    switch change {
    case .addLine(let line):
        if lines.last?.isEmpty == true { lines.removeLast() }
        lines += [Array(line.text.utf8), []]
    case .setLine(let number, let line): lines[number - 1] = Array(line.text.utf8)
    case .removeLine(let number): lines.remove(at: number - 1)
    case .removeMember(let names):
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        return [UInt8](try JSONSerialization.data(withJSONObject: removing(names.map(\.text)[...], from: object)))
    case .removeFile: return []
    }
    return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
}

private func removing(_ names: ArraySlice<String>, from object: [String: Any]) -> [String: Any] {
    guard let first = names.first else { return object }
    var object = object
    if names.count == 1 {
        object[first] = nil
    } else if let inner = object[first] as? [String: Any] {
        object[first] = removing(names.dropFirst(), from: inner)
    }
    return object
}
