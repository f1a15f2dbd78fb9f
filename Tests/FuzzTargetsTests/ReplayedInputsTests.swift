/// What fuzzing once found, and what it begins with, read again.

import Foundation
import FuzzTargets
import TestSupport
import Testing

@Suite struct ReplayedInputsTests {
    /// The inputs of testdata/fuzz, by their targets.
    static let found: [(target: String, file: URL)] = {
        let directory = TestData.url("fuzz")
        let files = FileManager.default
        let targets = (try? files.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        return targets.flatMap { target in
            ((try? files.contentsOfDirectory(at: target, includingPropertiesForKeys: nil)) ?? []).map {
                (target.lastPathComponent, $0)
            }
        }
    }()

    @Test func everyInputThatWasFoundHasAnAnswer() throws {
        for (name, file) in Self.found {
            let target = try #require(FuzzTarget.named(name), "\(file.path)")
            #expect(throws: Never.self, "\(file.path)") { try target.read(TestData.bytes(file)) }
        }
    }

    @Test(arguments: FuzzTarget.all.map(\.name)) func everySeedHasAnAnswer(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        for seed in try target.seeds() {
            #expect(throws: Never.self) { try target.read(seed) }
            // And cut in half, as nothing was ever written.
            #expect(throws: Never.self) { try target.read(Array(seed.prefix(seed.count / 2))) }
        }
    }

    @Test func targetsAreCalledDifferently() {
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count && FuzzTarget.all.count > 35)
    }
}
