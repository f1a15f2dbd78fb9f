/// Runs the built program as people do: from a shell, in a directory of its own.

import Foundation
import Testing

/// What a command left behind.
struct Outcome: Sendable {
    let status: Int32
    let output: String
    let error: String
}

/// A directory that is there for one test and gone afterwards.
final class Workplace {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "amilint-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // Tests make directories that cannot be entered; what is left here is the system's to clear.
        _ = try? run("chmod -R u+rwX . && rm -rf \"$PWD\"")
    }

    /// Runs a bash script here; `$AMILINT` is the program, `$DEMO` the directory of the demo's roots, `$TESTDATA` the
    /// repository's testdata. Output goes through files, so that nothing it leaves running can hold the test.
    func run(_ script: String, environment: [String: String] = [:]) throws -> Outcome {
        let base = FileManager.default.temporaryDirectory.appending(path: "amilint-output-\(UUID().uuidString)").path
        defer { for kind in ["out", "err"] { unlink("\(base).\(kind)") } }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "exec >\(base).out 2>\(base).err </dev/null\n" + script]
        process.currentDirectoryURL = url
        var variables = ProcessInfo.processInfo.environment
        for name in ["NO_COLOR", "TERM", "AMILINT_POLICY"] { variables[name] = nil }
        variables["AMILINT"] = program.path
        variables["TESTDATA"] = testdata.path
        variables.merge(environment) { $1 }
        process.environment = variables
        try process.run()
        process.waitUntilExit()
        func read(_ kind: String) -> String {
            String(decoding: FileManager.default.contents(atPath: "\(base).\(kind)") ?? Data(), as: UTF8.self)
        }
        return Outcome(status: process.terminationStatus, output: read("out"), error: read("err"))
    }

    /// Runs `$AMILINT` with arguments as a shell would read them.
    func amilint(_ arguments: String, environment: [String: String] = [:]) throws -> Outcome {
        try run("exec \"$AMILINT\" " + arguments, environment: environment)
    }

    /// The names in this directory.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
    }
}

/// The built program, beside the tests' own.
let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "amilint")

/// Where fixtures stand in the repository.
let testdata = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "testdata")

/// Whether a program is installed; where it is not, says so loudly, since a test is left out.
func isInstalled(_ tool: String) -> Bool {
    let found = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    if !found { print("SKIPPED for want of \(tool): run 'make tools'") }
    return found
}
