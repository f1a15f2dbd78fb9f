/// Options that every command which reads an image has.

import ArgumentParser
import BatchRules
import Glibc
import Inspection
import Reporting

/// Where a report goes, in which format.
struct Output {
    let format: ReportFormat
    /// Nil for standard output.
    let file: String?

    /// `FORMAT[=FILE]`, where `-` is standard output.
    init(_ argument: String) throws(ValidationError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let format = ReportFormat(rawValue: name) else {
            let all = ReportFormat.allCases.map(\.rawValue)
            let hint = nearest(name, among: all).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError("a format expected (\(all.joined(separator: ", "))), '\(name)' found\(hint)")
        }
        if parts.count == 2, parts[1].isEmpty { throw ValidationError("a file name expected after '\(name)='") }
        self.format = format
        file = parts.count == 2 && parts[1] != "-" ? String(parts[1]) : nil
    }
}

/// Options of commands that read an image and write reports.
struct SharedOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A report, to FILE or standard output; may be repeated: "
                + ReportFormat.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            valueName: "format[=file]"
        ),
        transform: Output.init
    )
    var output: [Output] = []

    @OptionGroup var date: DateOption

    @Flag(help: "No colors (as with NO_COLOR set).")
    var noColor = false

    @Flag(help: "No progress on the terminal.")
    var quiet = false

    func validate() throws {
        if output.count(where: { $0.file == nil }) > 1 {
            throw ValidationError("one report on standard output expected, \(output.count { $0.file == nil }) found")
        }
        var files: Set<String> = []
        for file in output.compactMap(\.file) where !files.insert(file).inserted {
            throw ValidationError("one report a file expected, two for \(file) found")
        }
    }

    /// Where reports go: text on standard output where nothing else was asked for.
    var outputs: [Output] {
        get throws(ValidationError) { output.isEmpty ? [try Output("text")] : output }
    }

    /// Writes each report: files first, so that a reader of standard output who left does not cost one of them.
    ///
    /// One that cannot be written does not stop the others; it is the status of the program, whatever the verdict.
    func writeReports(_ render: (ReportFormat, TextStyle) throws -> String) throws {
        var failure: Stop?
        for output in try outputs.sorted(by: { $0.file != nil && $1.file == nil }) {
            do {
                if let file = output.file {
                    try writeWhole(Array(render(output.format, .plain).utf8), to: file)
                } else {
                    try printOut(render(output.format, standardOutputStyle(noColor: noColor)))
                }
            } catch let error as WriteError {
                printError("amilint: \(inert(error.description))\n")
                failure = Stop(.unwritableReport)
            } catch let stop as Stop {
                failure = stop
            }
        }
        if let failure { throw failure }
    }
}

/// The date that images are judged at.
struct DateOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("The date to judge at, instead of today's.", valueName: "yyyy-mm-dd"),
        transform: { text in
            guard let day = CalendarDay(text) else {
                throw ValidationError("a day as YYYY-MM-DD expected, '\(text)' found")
            }
            return day
        }
    )
    var today: CalendarDay?

    /// The date in force.
    func day() throws(Stop) -> CalendarDay {
        guard let day = today ?? amilint.today() else { throw Stop(.usage, "no date from the clock: pass --today") }
        return day
    }
}

/// Colors on a terminal alone, and not where they are unwanted (no-color.org); as wide as the terminal.
func standardOutputStyle(noColor: Bool) -> TextStyle {
    let isColored = !noColor && (environment("NO_COLOR") ?? "").isEmpty && isTerminal(STDOUT_FILENO)
    return TextStyle(isColored: isColored, width: terminalWidth())
}
