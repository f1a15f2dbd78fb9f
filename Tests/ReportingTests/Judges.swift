/// Programs that know nothing of amilint and say what they make of a report.

import Foundation
import Testing

/// A report in a file of its own, which is removed when `body` ends.
func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: "amilint-\(UUID().uuidString)")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
}

/// What a program prints, and how it ends.
struct ProgramResult {
    let status: Int32
    let output: Data
    /// What it says on standard error.
    let complaint: String
}

/// Runs a program of the PATH with nothing on its standard input.
func run(_ arguments: [String]) throws -> ProgramResult {
    let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let files = ["output", "error"].map { directory.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    return ProgramResult(
        status: process.terminationStatus, output: try Data(contentsOf: files[0]),
        complaint: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self))
}

/// Which judges are installed; a test that needs another is skipped and says so.
enum Judge {
    static let hasPython = has(["python3", "-c", "import jsonschema, cmarkgfm, comrak"])
    static let hasXMLLint = has(["xmllint", "--version"])
    static let hasChromium = has(["python3", "--version"]) && has(["chromium", "--version"])

    static let pythonMissing: Comment = "python3 with jsonschema, cmarkgfm and comrak expected, not all found"
    static let xmllintMissing: Comment = "xmllint (libxml2-utils) expected, none found"
    static let chromiumMissing: Comment = "chromium expected, none found"

    private static func has(_ arguments: [String]) -> Bool {
        (try? run(arguments).status) == 0
    }
}

/// A report as an independent parser reads it.
struct ReadBack: Decodable {
    /// All that is said of each rule.
    let findings: [String: String]
    /// What is said of the image as a whole.
    let image: String
    /// The names of elements, commands or the like that came out.
    let elements: [String]
    let attributes: [String]
    /// Where links lead.
    let links: [String]
    /// What a schema objects to.
    let errors: [String]
    /// For SARIF, the path of each finding's first location.
    let places: [String: String]?

    /// What the script below testdata/scripts reads of a report.
    static func reading<Answer: Decodable>(_ text: String, as format: String, schema: URL? = nil) throws -> Answer {
        let script = testdata.appending(path: "scripts/parse-report.py").path
        let result = try withFile(text) { file in
            try run(["python3", script, format, file] + (schema.map { [$0.path] } ?? []))
        }
        try #require(result.status == 0, "\(result.complaint)")
        return try JSONDecoder().decode(Answer.self, from: result.output)
    }
}
