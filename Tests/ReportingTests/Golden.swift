/// Reports held against what they looked like when somebody last looked at them.

import Foundation
import Testing

/// Where fixtures stand in the repository.
let testdata = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "testdata")

/// Expects `text` to be the golden file called `name`. With AMILINT_RECORD_GOLDEN set, or where there is none yet, it is
/// recorded, and the test fails so that nobody forgets to look at it.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = testdata.appending(path: "golden").appending(path: name)
    let isRecording = ProcessInfo.processInfo.environment["AMILINT_RECORD_GOLDEN"] != nil
    guard !isRecording, FileManager.default.fileExists(atPath: file.path) else {
        try Data(text.utf8).write(to: file)
        Issue.record("recorded \(name): look at it, then run again", sourceLocation: sourceLocation)
        return
    }
    let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(text == golden, "differs from testdata/golden/\(name)", sourceLocation: sourceLocation)
}
