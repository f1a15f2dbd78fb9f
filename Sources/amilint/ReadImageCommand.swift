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

    /// In bytes.
    @Option var memoryLimit: Int?

    @OptionGroup var sandbox: SandboxOptions

    func run() throws {
        endWithParent(parent)
        let json = try ReadOutcome.json(readingImageAt: path, scratch: scratch) { files in
            // The audit has said once where there is none.
            _ = try sandbox.enter(
                reading: [files], memory: memoryLimit.map { $0 + 1 << 30 } ?? 4 << 30, isSaid: true)
        }
        try writeAll(json)
    }
}
