/// `amilint check`: one image, judged by every rule.

import ArgumentParser
import BatchRules
import ImageReading
import Inspection
import Reporting

/// Judges one image.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        _superCommandName: "amilint",
        abstract: "Judge an image by every rule of the specification.",
        usage: "amilint check SOURCE [OPTIONS]",
        discussion: """
            EXAMPLE
              amilint check image.tar.gz -o text -o sarif=amilint.sarif
            """
    )

    @Argument(help: "A directory, tar, cpio, disk, or - (standard input).", completion: .file())
    var source: String

    @OptionGroup(title: "Disks") var disk: DiskOptions

    @OptionGroup(title: "Judging") var judging: PolicyOptions

    @OptionGroup(title: "Judging") var former: BaselineOption<FormerReport>

    @OptionGroup(title: "Reports") var reports: ReportOptions<ReportFormat>

    @OptionGroup var sandbox: SandboxOptions

    @Flag(help: "List on a terminal what passes, too.")
    var verbose = false

    func run() throws {
        let file = try judging.policyFile()
        let failOn = try former.failing(by: file.failOn)
        let policy = try judging.judging(by: file, today: try judging.date.day()).with(try judging.metadataOfOne())
        let former = try former.former()
        let files = try opened(source, disk.choice)
        let writer = try sandbox.enter(reading: [files], writing: reports.files)
        let observed = try reports.reading(source, files) { image throws(ImageError) in try observe(image) }
        let judged = observed.report(by: judging.catalog, under: policy)
        let report = former.map { $0.compared(with: judged) } ?? judged
        try reports.write(isVerbose: verbose, by: writer) { try $2($0.render(report, style: $1)) }
        throw Stop(ExitStatus(report.findings, failOn: failOn, comparison: report.comparison))
    }
}
