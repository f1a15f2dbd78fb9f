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

    @OptionGroup var sandbox: SandboxOptions

    /// An image, or what was saved of one.
    private enum Side {
        case image(ImageFiles)
        case saved(SavedReport)
    }

    func validate() throws {
        if a == "-", b == "-" { throw ValidationError("one image on standard input expected, two found") }
    }

    func run() throws {
        let policy = try judging.judging(by: try judging.policyFile(), today: try judging.date.day())
        let metadata = AMIMetadataTable(try judging.metadataOfMany(), files: [a, b])
        say(metadata.remarks(isWhole: true))
        let sides = try [a, b].map { source throws(Stop) in try side(source) }
        let files = sides.compactMap { side in if case .image(let files) = side { files } else { nil } }
        let writer = files.isEmpty ? nil : try sandbox.enter(reading: files, writing: reports.files)
        let before = try compared(a, sides[0], under: policy.with(metadata[a]))
        let after = try compared(b, sides[1], under: policy.with(metadata[b]))
        let difference = try ImageDifference(from: before, to: after)
        try reports.write(by: writer) { try $2($0.render(difference, style: $1)) }
        throw Stop(ExitStatus(difference.answer))
    }

    /// What an argument names; an image is opened.
    private func side(_ source: String) throws(Stop) -> Side {
        do throws(SettingsError) {
            if let saved = try SavedReport.ifSaved(at: source) { return .saved(saved) }
        } catch {
            throw Stop(.unreadableImage, "\(source): \(error)")
        }
        return .image(try opened(source, .ofBooting(scratch: scratch.directory)))
    }

    /// What is known of the image that an argument names.
    private func compared(_ source: String, _ side: Side, under policy: Policy) throws(Stop) -> ComparedImage {
        switch side {
        case .saved(let saved):
            return saved.compared(as: source, by: judging.catalog, under: policy)
        case .image(let files):
            let observed = try reports.reading(source, files) { image throws(ImageError) in try observe(image) }
            return ComparedImage(observed, by: judging.catalog, under: policy)
        }
    }
}
