/// The option of commands that hold what they find against what was found before.

import ArgumentParser
import Inspection
import Reporting

/// What such a command can be given.
protocol Baseline {
    /// What the option's help says.
    static var help: String { get }

    /// Reads the file at a path of this machine.
    init(baseline path: String) throws(Stop)
}

/// `--baseline` and `--fail-on`, which can ask for it.
struct BaselineOption<Former: Baseline>: ParsableArguments {
    @Option(help: ArgumentHelp(Former.help, valueName: "file"), completion: .file())
    var baseline: String?

    @Option(help: ArgumentHelp("Whose failures make the exit status.", valueName: "level"))
    var failOn: FailOn?

    /// What was found before; nil where nothing was given.
    func former() throws(Stop) -> Former? {
        try baseline.map(Former.init)
    }

    /// What makes the exit status: what the option says, else the policy, else required rules.
    func failing(by policy: FailOn? = nil) throws(Stop) -> FailOn {
        let failOn = failOn ?? policy ?? .required
        if failOn == .new, baseline == nil { throw Stop(.usage, "--baseline expected with --fail-on new, none found") }
        return failOn
    }
}

extension FormerReport: Baseline {
    static let help = "A former JSON report to compare with."

    init(baseline path: String) throws(Stop) {
        self = try settings(path) { path throws(SettingsError) in try FormerReport(file: path) }
    }
}

extension FormerAudit: Baseline {
    static let help = "A former audit's jsonl to compare with."

    init(baseline path: String) throws(Stop) {
        do throws(MergeError) {
            try self.init(file: path)
        } catch {
            throw Stop(.usage, error.description)
        }
    }
}
