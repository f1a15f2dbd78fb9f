/// What the exit status of the command line says.

public import BatchRules
public import Reporting

/// Which rules an exit status other than 0 may come from.
public enum FailOn: String, CaseIterable, Sendable {
    /// Required rules alone.
    case required
    /// Recommended rules too, in the same way.
    case recommended
    /// Required rules that a former report does not say of the image already.
    case new
    /// None: 0 for every image that could be read, and for an audit in which one could.
    case none

    /// Whether a finding of a level counts, of which a former report does not say the same (`isNew`) or does.
    func counts(_ level: Level, isNew: Bool) -> Bool {
        switch self {
        case .required: level == .required
        case .recommended: true
        case .new: level == .required && isNew
        case .none: false
        }
    }
}

/// Every exit status of the program.
public enum ExitStatus: Int32, Sendable {
    /// Every rule that counts passes or is not applicable; of two images, nothing that was compared differs.
    case pass = 0
    /// A rule that counts fails; of two images, something differs.
    case fail = 1
    /// None that counts fails, and one could not be determined; or packages were asked for, and which there are is not
    /// known; or whether two images differ cannot be told.
    case undetermined = 2
    /// The command line, or a file it names for settings, is not as it must be (EX_USAGE).
    case usage = 64
    /// The image cannot be read; a missing one too (EX_DATAERR).
    case unreadableImage = 65
    /// A defect of this program (EX_SOFTWARE).
    case defect = 70
    /// A report could not be written, whatever the verdict (EX_IOERR).
    case unwritableReport = 74
    /// Ended by Ctrl-C (128 and the number of SIGINT).
    case interrupted = 130
    /// An audit that was ended by SIGTERM in good order (128 and the number of SIGTERM).
    case terminated = 143

    /// The status that the difference of two images comes to.
    public init(_ answer: ImageDifference.Answer) {
        self =
            switch answer {
            case .same: .pass
            case .different: .fail
            case .undetermined: .undetermined
            }
    }

    /// The status that findings come to. Accepted findings and what is not applicable never count. Without a comparison
    /// every finding is new.
    public init(_ findings: [Finding], failOn: FailOn, comparison: Comparison? = nil) {
        let verdicts = findings.filter { finding in
            finding.acceptance == nil
                && failOn.counts(finding.level, isNew: comparison?.changes[finding.rule] != .unchanged)
        }.map(\.verdict)
        self = verdicts.contains(.fail) ? .fail : verdicts.contains(.undetermined) ? .undetermined : .pass
    }
}
