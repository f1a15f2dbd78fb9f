/// What the exit status of an audit says.

import BatchRules
public import Reporting

/// The exit status that images come to, one by one: 1 where one fails, else 2 where one is undetermined or could not be
/// read, else 0; 65 where there is none that could be read. A part of an audit never comes to 65: few images fall to it,
/// and what they are is for the whole to say.
public struct AuditStatus: Sendable {
    private let failOn: FailOn
    private let isPart: Bool
    private var fails = false
    private var isUndetermined: Bool
    private var unreadable = 0
    private var readable = 0

    /// The status of no image yet.
    ///
    /// - `isPart` where the images are a part of an audit.
    /// - `lacksImages` where some that belong to the audit are known to be missing.
    public init(failOn: FailOn, isPart: Bool = false, lacksImages: Bool = false) {
        self.failOn = failOn
        self.isPart = isPart
        isUndetermined = lacksImages
    }

    /// Counts an image.
    public mutating func count(_ image: AuditedImage) {
        guard let report = image.report else {
            unreadable += 1
            return
        }
        readable += 1
        switch ExitStatus(report.findings, failOn: failOn, comparison: report.comparison) {
        case .fail: fails = true
        case .undetermined: isUndetermined = true
        default: break
        }
    }

    /// What all images that were counted come to.
    public var exitStatus: ExitStatus {
        if readable == 0, !isPart { return .unreadableImage }
        if fails { return .fail }
        return isUndetermined || unreadable > 0 ? .undetermined : .pass
    }
}
