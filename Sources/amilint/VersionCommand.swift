/// `amilint version`: the program's, how old its data is, and what is inside.

import ArgumentParser
import BatchRules
import Reporting

/// Prints the version.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @Flag(help: "Name the sandbox of this system and the libraries inside, too.")
    var verbose = false

    func run() throws {
        let policy = Policy(today: try DateOption.parse([]).day())
        var lines = ["amilint \(Version.amilint), data of \(policy.dataDate)"]
        if verbose {
            lines += ["sandbox: \(Sandbox.offered.rawValue)"] + LinkedLibrary.all.map { "\($0.name) \($0.version)" }
        }
        try printOut(lines.map { $0 + "\n" }.joined())
    }
}
