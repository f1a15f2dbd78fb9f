/// `amilint inspect`: the facts of an image alone.

import ArgumentParser
import BatchRules
import ImageReading
import Inspection
import Reporting

/// Shows what an image says of itself, without judging it.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        _superCommandName: "amilint",
        abstract: "Show what was found in an image, without judging it.",
        usage: "amilint inspect SOURCE [OPTIONS]",
        discussion: """
            EXAMPLES
              amilint inspect image.tar.gz --packages -o json
              amilint inspect image.tar.gz -o cyclonedx=image.cdx.json
            """
    )

    @Argument(help: "A directory, tar, cpio, disk, or - (standard input).", completion: .file())
    var source: String

    @OptionGroup(title: "Disks") var disk: DiskOptions

    @Flag(help: "Every installed package too.")
    var packages = false

    @OptionGroup var date: DateOption

    @OptionGroup(title: "Reports") var reports: ReportOptions<FactsFormat>

    @OptionGroup var sandbox: SandboxOptions

    func run() throws {
        // Nothing is judged: the day only dates what is written.
        let day = try date.today ?? dayOfSource() ?? date.day()
        var refusal: ImageError?
        let files = try opened(source, disk.choice)
        let writer = try sandbox.enter(reading: [files], writing: reports.files)
        let observed = try reports.reading(source, files) { image throws(ImageError) in
            do throws(ImageError) {
                return try observe(image)
            } catch {
                // How a disk is divided is worth seeing just where no root is found on it.
                guard let disk = error.disk else { throw error }
                refusal = error
                return ObservedImage(in: disk.root)
            }
        }
        try reports.write(by: writer) { format, style, write in
            try write(
                format.render(
                    observed,
                    packages: packages,
                    today: day,
                    dataDate: Policy(today: day).dataDate,
                    style: style
                ))
        }
        if let refusal { throw Stop(.unreadableImage, refusal.description) }
        let isListed = packages || reports.output.contains { $0.format == .cyclonedx }
        if isListed, observed.packages?.all.problem != nil { throw Stop(.undetermined) }
    }
}
