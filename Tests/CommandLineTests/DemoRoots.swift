/// The roots of `make demo`, made once for all tests of the command line: packages by dpkg, a good and a bad one.

import Foundation
import Testing

/// The directory that holds `good`, `bad` and their tars; nil, said loudly, where they cannot be made here.
let demoRoots: URL? = {
    let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-demo-\(UUID().uuidString)")
    demoRootsToRemove = directory.path
    atexit { removeDemoRoots() }
    do {
        let outcome = try Workplace().run("\"$TESTDATA/scripts/make-demo-roots.sh\" '\(directory.path)'")
        if outcome.status == 0 { return directory }
        print("SKIPPED, the demo's roots were not made: \(outcome.error)")
    } catch {
        print("SKIPPED, the demo's roots were not made: \(error)")
    }
    return nil
}()

/// Set once, before `demoRoots` is there.
nonisolated(unsafe) private var demoRootsToRemove = ""

private func removeDemoRoots() {
    // Roots hold directories that only their owner may enter.
    let process = Process()
    process.executableURL = URL(filePath: "/bin/rm")
    process.arguments = ["-rf", demoRootsToRemove]
    try? process.run()
    process.waitUntilExit()
}

extension Workplace {
    /// The same, with `$DEMO` as the directory of the demo's roots.
    func runOnDemo(_ script: String, environment: [String: String] = [:]) throws -> Outcome {
        let demo = try #require(demoRoots, "the demo's roots are needed").path
        return try run(script, environment: environment.merging(["DEMO": demo]) { $1 })
    }
}
