/// `amilint read-image`: what an audit runs for each image, and nobody else.

import ArgumentParser
import Inspection

/// Reads one image for an audit, in a process of its own.
struct ReadImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read-image", _superCommandName: "amilint", abstract: "Read one image for an audit.",
        shouldDisplay: false)

    @Argument var parent: Int32

    @Argument var path: String

    @Option var scratch: String?

    func run() throws {
        endWithParent(parent)
        try writeAll(try ReadOutcome.json(readingImageAt: path, scratch: scratch))
    }
}
