/// Options that several commands have.

import ArgumentParser
import BatchRules
import Glibc
import ImageReading
import Inspection
import Reporting

/// Where a report goes, in which format.
struct Output<Format: RawRepresentable<String> & CaseIterable & Sendable>: Sendable {
    let format: Format
    /// Nil for standard output.
    let file: String?

    /// `FORMAT[=FILE]`, where `-` is standard output.
    init(_ argument: String) throws(ValidationError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let format = Format(rawValue: name) else {
            let all = Format.allCases.map(\.rawValue)
            let hint = nearest(name, among: all).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError("a format expected (\(all.joined(separator: ", "))), '\(name)' found\(hint)")
        }
        if parts.count == 2, parts[1].isEmpty { throw ValidationError("a file name expected after '\(name)='") }
        if parts.count == 2, parts[1].hasSuffix("/"), format as? AuditFormat != .html {
            throw ValidationError(
                "a file expected after '\(name)=', a directory found; that is for html of many images")
        }
        self.format = format
        file = parts.count == 2 && parts[1] != "-" ? String(parts[1]) : nil
    }

    /// The same with the number of a shard in the place of `{shard}` in the file's name.
    fileprivate init(_ output: Output, shard: String) {
        format = output.format
        file = output.file?.replacing("{shard}", with: shard)
    }
}

/// Options of commands that write reports.
struct ReportOptions<Format: RawRepresentable<String> & CaseIterable & Sendable>: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            Format.allCases.map(\.rawValue).joined(separator: ", ") + "; to FILE or standard output; may be repeated.",
            valueName: "format[=file]"
        ),
        completion: .list(Format.allCases.map(\.rawValue)),
        transform: Output<Format>.init
    )
    var output: [Output<Format>] = []

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

    /// The same options for one shard: its number stands where file names have `{shard}`, so that a container without a
    /// shell can name its results. Without a shard such a name is an error.
    func named(forShard shard: Int?) throws(Stop) -> Self {
        guard let named = output.compactMap(\.file).first(where: { $0.contains("{shard}") }) else { return self }
        guard let shard else { throw Stop(.usage, "--shard expected with {shard} in '\(named)', none found") }
        var options = self
        options.output = output.map { Output($0, shard: String(shard)) }
        return options
    }

    /// The files that reports go to.
    var files: [String] { output.compactMap(\.file) }

    /// Writes each report, text on standard output where nothing else was asked for: files first, so that a reader of
    /// standard output who left does not cost one of them. `pages` writes what is to be a directory.
    ///
    /// One that cannot be written does not stop the others; it is the status of the program, whatever the verdict.
    /// A terminal is told of passes by their number alone, unless `isVerbose`. Files are written `by` another process where
    /// this one is locked in.
    func write(
        isVerbose: Bool = false,
        by writer: WritingProcess? = nil,
        pages: (String) throws -> Void = { _ in },
        _ render: (Format, TextStyle, (String) throws -> Void) throws -> Void
    ) throws {
        let outputs = output.isEmpty ? [try Output<Format>("text")] : output
        var isWhole = true
        for output in outputs.sorted(by: { $0.file != nil && $1.file == nil }) {
            do {
                if let file = output.file, file.hasSuffix("/") {
                    try pages(file)
                } else if let file = output.file, let writer {
                    try writer.writeWhole(to: file) { piece in
                        try render(output.format, .plain) { try piece.write($0) }
                    }
                } else if let file = output.file {
                    try writeWhole(to: file) { writer in try render(output.format, .plain) { try writer.write($0) } }
                } else {
                    let style = standardOutputStyle(noColor: noColor, isVerbose: isVerbose)
                    try writing(to: STDOUT_FILENO, standardOutput) { writer in
                        try render(output.format, style) { try writer.write($0) }
                    }
                }
            } catch let error as WriteError {
                isWhole = false
                if let message = Stop(unwritten: error).message { say([message]) }
            }
        }
        if !isWhole { throw Stop(.unwritableReport) }
    }
}

/// Which root of a disk is meant, where the source is one.
struct DiskOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The root, where several are one: a partition or VG/LV.", valueName: "n|name"))
    var partition: String?

    @Option(
        help: ArgumentHelp("Another disk of the instance; may be repeated.", valueName: "file"), completion: .file())
    var disk: [String] = []

    @OptionGroup var scratch: ScratchOption

    /// The choice that was made.
    var choice: DiskChoice { .ofBooting(partition: partition, disks: disk, scratch: scratch.directory) }
}

/// Where a disk goes that comes compressed or by a pipe.
struct ScratchOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("Where compressed disks are decompressed; else $TMPDIR.", valueName: "dir"),
        completion: .directory)
    var scratch: String?

    /// The directory in force.
    var directory: String { scratch ?? temporaryDirectory() }
}

extension ReportOptions<AuditFormat> {
    /// Writes an audit in each format; html for a directory as an index and a page a group.
    func write(_ audit: Audit) throws {
        try write(pages: { directory in
            try makeDirectory(directory)
            let groups = try audit.pages { name, content in
                try writeWhole(to: directory + name) { writer in try content { try writer.write($0) } }
            }
            if groups > mostAuditPages {
                throw Stop(
                    .usage,
                    "\(directory): at most \(mostAuditPages) groups expected, \(groups) found; "
                        + "group otherwise (--group-by distribution)")
            }
        }) { try $0.render(audit, style: $1, to: $2) }
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
func standardOutputStyle(noColor: Bool, isVerbose: Bool = false) -> TextStyle {
    let isTerminal = isTerminal(STDOUT_FILENO)
    let isColored = !noColor && (environment("NO_COLOR") ?? "").isEmpty && isTerminal
    return TextStyle(
        isColored: isColored, width: terminalWidth(), isTerminal: isTerminal, isBrief: isTerminal && !isVerbose)
}
