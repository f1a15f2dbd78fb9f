/// Which formats an audit can be written in; each has a file of its own.

import BatchRules

/// A format of the report on many images.
public enum AuditFormat: String, CaseIterable, Sendable {
    /// For people at a terminal: a row an image, then totals by rule.
    case text
    /// For programs: totals and images in one document.
    case json
    /// For programs, `report` and former audits: a line an image.
    case jsonl
    /// For spreadsheets: a row an image, a column a rule.
    case csv
    /// For code scanning: SARIF 2.1.0.
    case sarif
    /// For Jenkins and GitLab: JUnit XML, a test suite an image.
    case junit
    /// For a comment on a pull request or the summary of a job.
    case markdown
    /// For people in a browser: one page without network, with a table to sort and filter.
    case html

    /// Writes the whole audit, piece by piece, with a line feed at its end. `style` matters to text alone.
    ///
    /// Throws what `write` throws; besides only where a value cannot be encoded, which is a defect of this program.
    public func render(_ audit: Audit, style: TextStyle = .plain, to write: (String) throws -> Void) throws {
        switch self {
        case .text: try auditText(audit, style: style, to: write)
        case .json: try auditJSON(audit, to: write)
        case .jsonl: try auditJSONLines(audit, to: write)
        case .csv: try auditCSV(audit, to: write)
        case .sarif: try auditSARIF(audit, to: write)
        case .junit: try auditJUnit(audit, to: write)
        case .markdown: try auditMarkdown(audit, to: write)
        case .html: try auditHTML(audit, to: write)
        }
    }
}
