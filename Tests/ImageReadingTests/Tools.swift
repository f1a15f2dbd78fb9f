/// Temporary directories and the real tools that tests of readers are held against.

import Foundation

/// A directory that is removed, with all in it, when nobody holds it any more.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "amilint-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        // What a test made unreadable must not keep the rest.
        _ = try? run("chmod", ["-R", "u+rwx", path])
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and gives its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        // Some file systems wait for the disk when a file is overwritten.
        unlink(file)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }
}

struct ToolFailure: Error, CustomStringConvertible {
    let description: String
}

/// Runs a program to its end; what it wrote to standard output. Throws where it is not there or does not end with 0.
@discardableResult
func run(_ tool: String, _ arguments: [String], input: [UInt8] = [], in directory: String? = nil) throws -> [UInt8] {
    let scratch = NSTemporaryDirectory() + "amilint-test-" + UUID().uuidString
    try Data(input).write(to: URL(fileURLWithPath: scratch))
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    // Tools of the system administrator are on nobody's path in some distributions.
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    process.environment = ProcessInfo.processInfo.environment.merging(["PATH": path + ":/usr/sbin:/sbin"]) { $1 }
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let output = Pipe()
    let errors = Pipe()
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: scratch))
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw ToolFailure(
            description: "\(tool) \(arguments.joined(separator: " ")): \(process.terminationStatus) \(complaint)"
        )
    }
    return Array(bytes)
}

/// The reading end of a pipe into which another thread writes bytes.
final class PipedBytes {
    let descriptor: Int32
    private let pipe = Pipe()

    init(_ bytes: [UInt8]) {
        descriptor = pipe.fileHandleForReading.fileDescriptor
        let writer = pipe.fileHandleForWriting
        signal(SIGPIPE, SIG_IGN)
        Thread.detachNewThread {
            // A reader that stops early closes the pipe, which is no failure of the writer.
            try? writer.write(contentsOf: Data(bytes))
            try? writer.close()
        }
    }
}

/// Runs a program and gives what it writes, as it writes it, by a descriptor.
func withOutput<T>(of tool: String, _ arguments: [String], _ body: (Int32) throws -> T) throws -> T {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer {
        // A reader that stops early leaves the program at a closed pipe.
        try? output.fileHandleForReading.close()
        process.waitUntilExit()
    }
    return try body(output.fileHandleForReading.fileDescriptor)
}
