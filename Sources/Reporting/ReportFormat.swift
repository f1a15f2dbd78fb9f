/// Which formats a report can be written in; each has a file of its own.

public import BatchRules

/// A format of the report on one image.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// For people at a terminal.
    case text
    /// For programs: everything, in a stable form.
    case json
    /// For code scanning: SARIF 2.1.0.
    case sarif
    /// For Jenkins and GitLab: JUnit XML.
    case junit
    /// For a comment on a pull request or the summary of a job.
    case markdown
    /// For people in a browser: one page without network or script.
    case html
    /// For the log of GitHub Actions: workflow commands that become annotations.
    case github

    /// The whole report, with a line feed at its end. `style` matters to text alone.
    ///
    /// Throws only where a value cannot be encoded, which is a defect of this program.
    public func render(_ report: Report, style: TextStyle = .plain) throws -> String {
        switch self {
        case .text: textReport(report, style: style)
        case .json: try jsonReport(report)
        case .sarif: try sarifReport(report)
        case .junit: junitReport(report)
        case .markdown: markdownReport(report)
        case .html: htmlReport(report)
        case .github: githubReport(report)
        }
    }
}

/// A format of the facts of one image.
public enum FactsFormat: String, CaseIterable, Sendable {
    /// For people at a terminal.
    case text
    /// For programs: everything, in a stable form.
    case json
    /// For tools that look packages up: the installed packages as a CycloneDX bill of materials.
    case cyclonedx

    /// The facts alone, with a line feed at the end. `today` and `dataDate` are those a report would be judged by;
    /// text says neither, and CycloneDX is dated by the first.
    ///
    /// Throws only where a value cannot be encoded, which is a defect of this program.
    public func render(
        _ observed: ObservedImage,
        packages: Bool,
        today: CalendarDay,
        dataDate: @autoclosure () -> CalendarDay,
        style: TextStyle = .plain
    ) throws -> String {
        switch self {
        case .text: try factsText(observed, packages: packages, style: style)
        case .json: try jsonFacts(observed, packages: packages, today: today, dataDate: dataDate())
        case .cyclonedx: try cycloneDX(observed, today: today)
        }
    }
}
