/// Which formats the difference of two images can be written in; each has a file of its own.

/// A format of the difference of two images.
public enum DifferenceFormat: String, CaseIterable, Sendable {
    /// For people at a terminal.
    case text
    /// For programs: everything, in a stable form.
    case json
    /// For a comment on a pull request or the summary of a job.
    case markdown

    /// The whole difference, with a line feed at its end. `style` matters to text alone.
    ///
    /// Throws only where a value cannot be encoded, which is a defect of this program.
    public func render(_ difference: ImageDifference, style: TextStyle = .plain) throws -> String {
        switch self {
        case .text: differenceText(difference, style: style)
        case .json: try differenceJSON(difference)
        case .markdown: differenceMarkdown(difference)
        }
    }
}
