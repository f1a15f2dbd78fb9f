/// `amilint version`: the program's, and how old its data is.

import ArgumentParser
import BatchRules
import Reporting

/// Prints the version.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() throws {
        let policy = Policy(today: try DateOption.parse([]).day())
        try printOut("amilint \(Version.amilint), data of \(policy.dataDate)\n")
    }
}
