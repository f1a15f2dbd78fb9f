/// `amilint diff`: two images held against each other.

import ArgumentParser
import BatchRules
import ImageReading
import Inspection
import Reporting

/// Compares two images, or what was saved of them.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what differs between two images.",
        usage: "amilint diff A B [OPTIONS]",
        discussion: """
            EXAMPLE
              amilint diff last.tar.gz next.tar.gz -o markdown

            EXIT STATUS
              0 no difference   1 a difference   2 it cannot be told
            """
    )

    @Argument(help: "An image as it was, or JSON that check or inspect wrote.", completion: .file())
    var a: String

    @Argument(help: "An image as it is now, or such JSON.", completion: .file())
    var b: String

    @OptionGroup(title: "Disks") var scratch: ScratchOption

    @OptionGroup(title: "Judging") var judging: PolicyOptions

    @OptionGroup(title: "Reports") var reports: ReportOptions<DifferenceFormat>

    func validate() throws {
        if a == "-", b == "-" { throw ValidationError("one image on standard input expected, two found") }
    }

    func run() throws {
        let policy = try judging.judging(by: try judging.policyFile(), today: try judging.date.day())
        let metadata = AMIMetadataTable(try judging.metadataOfMany(), files: [a, b])
        say(metadata.remarks(isWhole: true))
        let before = try side(a, under: policy.with(metadata[a]))
        let after = try side(b, under: policy.with(metadata[b]))
        let difference = try ImageDifference(from: before, to: after)
        try reports.write { try $2($0.render(difference, style: $1)) }
        throw Stop(ExitStatus(difference.answer))
    }

    /// What is known of the image that an argument names.
    private func side(_ source: String, under policy: Policy) throws(Stop) -> ComparedImage {
        let saved: SavedReport?
        do throws(SettingsError) {
            saved = try SavedReport.ifSaved(at: source)
        } catch {
            throw Stop(.unreadableImage, "\(source): \(error)")
        }
        if let saved { return saved.compared(as: source, by: judging.catalog, under: policy) }
        let choice = DiskChoice.ofBooting(scratch: scratch.directory)
        let observed = try reports.reading(source, choice) { image throws(ImageError) in try observe(image) }
        return ComparedImage(observed, by: judging.catalog, under: policy)
    }
}
