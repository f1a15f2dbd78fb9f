/// `amilint report`: what shards of an audit found, merged.

import ArgumentParser
import BatchRules
import Inspection
import Reporting

/// Merges the results of audits and writes them in any format.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Merge the results of audits into one report.",
        usage: "amilint report FILE ... [OPTIONS]",
        discussion: """
            EXAMPLE
              amilint report shard-*.jsonl -o text -o html=audit.html
            """
    )

    @Argument(help: "What 'amilint audit -o jsonl' wrote.", completion: .file(extensions: ["jsonl"]))
    var files: [String]

    @OptionGroup var former: BaselineOption<FormerAudit>

    @OptionGroup(title: "What is listed") var listing: ListingOptions

    @OptionGroup(title: "What is listed") var grouping: GroupingOption

    @OptionGroup var reports: ReportOptions<AuditFormat>

    func validate() throws {
        if !listing.view(nil).listsAll, reports.output.contains(where: { $0.format == .jsonl }) {
            throw ValidationError(
                "another format than jsonl expected where not all images are listed: it is merged again")
        }
    }

    func run() throws {
        let failOn = try former.failing()
        let former = try former.former()
        let merged: MergedAudit
        do throws(MergeError) {
            merged = try MergedAudit(files: files)
        } catch {
            throw Stop(.unreadableImage, error.description)
        }
        say(merged.remarks)
        let audit: Audit
        do {
            audit = try Audit(merged.lines, scope: merged.scope, view: listing.view(grouping.groupBy), since: former)
        } catch {
            throw Stop(.unreadableImage, "lines of 'amilint audit -o jsonl' expected, something else found: \(error)")
        }
        try reports.write(audit)
        throw Stop(ExitStatus(audit.totals, failOn: failOn, lacksImages: !merged.scope.missing.isEmpty))
    }
}
