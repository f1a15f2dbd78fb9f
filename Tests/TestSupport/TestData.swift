/// Where tests find files that are too large to be literals.

public import Foundation

/// Directories of files that tests read. None of them is written to.
public enum TestData {
    private static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file of this repository's `testdata`.
    public static func url(_ path: String) -> URL {
        package.appending(path: "testdata").appending(path: path)
    }

    /// What `make fixtures` made or fetched below `$AMILINT_FIXTURES`, by default `.build/fixtures`; nil where `path`
    /// is not there.
    public static func fixture(_ path: String) -> URL? {
        let base = ProcessInfo.processInfo.environment["AMILINT_FIXTURES"].map { URL(filePath: $0) }
        return existing((base ?? package.appending(path: ".build/fixtures")).appending(path: path))
    }

    /// What stands beside some checkouts: `$AMILINT_SHARED`, or a directory `shared` beside the package or one of its
    /// parents; nil where `path` is not there.
    public static func shared(_ path: String) -> URL? {
        if let base = ProcessInfo.processInfo.environment["AMILINT_SHARED"] {
            return existing(URL(filePath: base).appending(path: path))
        }
        var directory = package
        while directory.path != "/" {
            directory.deleteLastPathComponent()
            if let found = existing(directory.appending(path: "shared").appending(path: path)) { return found }
        }
        return nil
    }

    /// The whole file.
    public static func bytes(_ url: URL) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url))
    }

    /// The file's lines, sorted by their bytes.
    public static func sortedLines(_ url: URL) throws -> [String] {
        try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init).sortedByBytes()
    }

    /// The directories in `directory` whose names begin with `prefix`, sorted.
    public static func directories(in directory: URL, prefix: String = "") throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: directory.resolvingSymlinksInPath(), includingPropertiesForKeys: nil
        )
        .filter { $0.lastPathComponent.hasPrefix(prefix) }
        .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    private static func existing(_ url: URL) -> URL? {
        FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
}

extension [String] {
    /// In the order of `LC_ALL=C sort`.
    public func sortedByBytes() -> [String] {
        sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

/// Programs that tests hold results against.
public enum Tool {
    /// Whether `program` is on the search path.
    public static func exists(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    /// What `program` prints; throws where it ends with another status than 0.
    public static func output(_ program: String, _ arguments: [String], input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        // Input by file: a pipe could fill up while the output is not read yet.
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(input.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.standardInput = try FileHandle(forReadingFrom: file)
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CocoaError(.executableLoad, userInfo: ["program": program, "status": process.terminationStatus])
        }
        return String(decoding: data, as: UTF8.self)
    }
}

/// A generator of the same numbers on every run (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// The generator of the numbers that `seed` stands for.
    public init(seed: UInt64) { state = seed }

    /// The next of them.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
