/// `amilint policy`: policy files, for pipelines of their own.

import ArgumentParser
import BatchRules
import Inspection
import Reporting

/// Checks and begins policy files.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check a policy file, or begin one.",
        subcommands: [PolicyCheckCommand.self, PolicyInitCommand.self]
    )
}

/// Checks a policy file without an image.
struct PolicyCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a policy file: 64 where it is none, 1 where a waiver has expired.",
        discussion: """
            EXAMPLE
              amilint policy check .amilint.yml --unused report.json
            """
    )

    @Argument(help: "The policy file.", completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp(
            "Fail, too, for waivers that no JSON report given here has a use for; may be repeated.", valueName: "file"),
        completion: .file())
    var unused: [String] = []

    @OptionGroup var date: DateOption

    func run() throws {
        let policy = try readPolicy(file)
        let today = try date.day()
        let reports = try unused.map { path throws(Stop) in
            try settings(path) { path throws(SettingsError) in try FormerReport(file: path) }
        }
        var lines: [String] = []
        for waiver in policy.waivers {
            let name = "\(file): line \(waiver.line ?? 0): the waiver of \(waiver.rule)"
            if waiver.expires < today { lines.append("\(name) expired on \(waiver.expires): \(waiver.reason)") }
            if !reports.isEmpty, !reports.contains(where: { $0.uses(waiver) }) {
                lines.append("\(name) has nothing to accept in the reports given")
            }
        }
        try printOut(lines.map { inert($0) + "\n" }.joined())
        if !lines.isEmpty { throw Stop(.fail) }
        let count = policy.waivers.count
        try printOut(inert("\(file): \(count) waiver\(count == 1 ? "" : "s"), none expired at \(today)") + "\n")
    }
}

/// Prints the file that a new policy begins with.
struct PolicyInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Print a commented policy that names every rule and changes nothing.",
        discussion: """
            EXAMPLE
              amilint policy init >.amilint.yml
            """
    )

    func run() throws {
        try printOut(startingPolicy(.batch))
    }
}
