/// Which formats a report can be written in; each has a file of its own.

public import BatchRules

/// A format of the report on one image.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// For people at a terminal.
    case text
    /// For programs: everything, in a stable form.
    case json

    /// The whole report, with a line feed at its end. `style` matters to text alone.
    ///
    /// Throws only where a value cannot be encoded, which is a defect of this program.
    public func render(_ report: Report, style: TextStyle = .plain) throws -> String {
        switch self {
        case .text: textReport(report, style: style)
        case .json: try jsonReport(report)
        }
    }

    /// The facts alone, with a line feed at the end. `today` and `dataDate` are those a report would be judged by.
    ///
    /// Throws only where a value cannot be encoded, which is a defect of this program.
    public func render(
        _ observed: ObservedImage,
        packages: Bool,
        today: CalendarDay,
        dataDate: CalendarDay,
        style: TextStyle = .plain
    ) throws -> String {
        switch self {
        case .text: try factsText(observed, packages: packages, style: style)
        case .json: try jsonFacts(observed, packages: packages, today: today, dataDate: dataDate)
        }
    }
}
