/// `amilint check`: one image, judged by every rule.

public import ArgumentParser
import BatchRules
import ImageReading
public import Inspection
import Reporting

/// Judges one image.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Judge an image by every rule of the specification.",
        usage: "amilint check SOURCE [OPTIONS]",
        discussion: """
            EXAMPLE
              amilint check image.tar.gz -o text -o json=report.json \\
                --ami-metadata image.json
            where image.json is what 'aws ec2 describe-images --image-ids ami-...' prints.
            """
    )

    @Argument(help: "A directory, a tar or cpio archive, or - for standard input.")
    var source: String

    @OptionGroup var rules: RuleOptions

    @Option(help: ArgumentHelp("A former JSON report to compare with.", valueName: "file"))
    var baseline: String?

    @Option(
        help: ArgumentHelp("required, recommended, new (since the baseline) or none: what fails.", valueName: "level"))
    var failOn: FailOn?

    @OptionGroup var judging: PolicyOptions

    @OptionGroup var outputs: OutputOptions<ReportFormat>

    @OptionGroup var reading: ReadingOptions

    func run() throws {
        let file = try judging.policyFile()
        let failOn = failOn ?? file.failOn ?? .required
        if failOn == .new, baseline == nil { throw Stop(.usage, "--baseline expected with --fail-on new, none found") }
        let policy = try judging.judging(by: file, today: try reading.date.day()).with(try judging.metadataOfOne())
        let former = try baseline.map { path throws(Stop) in
            try settings(path) { path throws(SettingsError) in try FormerReport(file: path) }
        }
        let report = try reading.reading(source) { image throws(ImageError) in
            try inspect(image, against: rules.catalog, policy: policy, since: former)
        }
        try outputs.writeReports { try $2($0.render(report, style: $1)) }
        throw Stop(ExitStatus(report.findings, failOn: failOn, comparison: report.comparison))
    }
}

extension FailOn: ExpressibleByArgument {}
