/// What the exit status of an audit says.

public import Reporting

extension ExitStatus {
    /// The status that the images of an audit come to: 1 where one fails, else 2 where one is undetermined or could not
    /// be read, else 0; 65 where there is none that could be read. Where nothing found is to count, images that could not
    /// be read do not either: they are results too, of which the report tells.
    ///
    /// - `isPart` where the images are a part of an audit, which never comes to 65: few images fall to it, and what they
    ///   are is for the whole to say.
    /// - `lacksImages` where some that belong to the audit are known to be missing, which could not be judged.
    public init(_ totals: AuditTotals, failOn: FailOn, isPart: Bool = false, lacksImages: Bool = false) {
        let verdicts = totals.broken.filter { failOn.counts($0.level, isNew: $0.isNew) }.map(\.verdict)
        if totals.images == totals.unreadable, !isPart {
            self = .unreadableImage
        } else if verdicts.contains(.fail) {
            self = .fail
        } else {
            let isUndetermined =
                verdicts.contains(.undetermined) || totals.unreadable > 0 && failOn != .none || lacksImages
            self = isUndetermined ? .undetermined : .pass
        }
    }
}
