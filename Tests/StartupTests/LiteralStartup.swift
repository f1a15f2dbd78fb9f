import ImageReading
import TestSupport

@testable import Startup

extension ImageStartup {
    /// The start-up of a literal image of which only that was asked which is asked of every image.
    init(ofLiteral entries: [String: LiteralEntry]) throws {
        self.init(
            in: try LiteralSource(entries).root(ImageStartup.wants), kernel: .absent(searched: []),
            showing: ShownKeys(["ECS_CLUSTER"]))
    }
}
