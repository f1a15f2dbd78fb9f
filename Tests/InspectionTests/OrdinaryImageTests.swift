/// Ordinary images are read in one pass, and their facts worked out once: a want that a fact forgot shows here.

import Foundation
import ImageFacts
import ImageReading
import Inspection
import Synchronization
import TestSupport
import Testing

struct OrdinaryImageTests {
    /// How often an image was read, each pass beginning with few bytes, and its facts worked out.
    private final class Count: Sendable {
        private let state = Mutex((passes: 0, last: Int.max))
        private let workings = Mutex(0)

        func note(_ progress: ReadingProgress) {
            state.withLock { state in
                if progress.bytesRead < state.last { state.passes += 1 }
                state.last = progress.bytesRead
            }
        }

        /// Reads the image as the program does.
        func read(_ source: some ImageSource) throws {
            _ = try source.read(Facts.wants) { root in
                workings.withLock { $0 += 1 }
                return Facts(in: root)
            }
        }

        var passes: Int { state.withLock { $0.passes } }
        var workingsOut: Int { workings.withLock { $0 } }
    }

    /// What no fact wanted beforehand and asks of a literal image all the same.
    private static func openQuestions(_ entries: [String: LiteralEntry]) throws -> [Want] {
        let root = try LiteralSource(entries).load(Facts.wants)
        _ = Facts(in: root)
        return root.openQuestions
    }

    @Test func wholeImagesLeaveNoQuestionOpen() throws {
        #expect(try Self.openQuestions(WholeImage.amazonLinux()) == [])
        #expect(try Self.openQuestions(WholeImage.debian()) == [])
    }

    @Test(
        .enabled(
            if: TestData.fixture("debian-bookworm") != nil && TestData.fixture("amazon") != nil,
            "no real roots below AMILINT_FIXTURES: their passes are NOT counted; `make fixtures` makes them"),
        arguments: [
            "debian-bookworm", "debian-bookworm.tar", "debian-bookworm.tar.gz", "amazon/al1", "amazon/al1.tar.gz",
            "amazon/al2", "amazon/al2.tar.gz", "amazon/al2023", "amazon/al2023.tar.gz",
        ])
    func realRootsTakeOnePass(name: String) throws {
        let count = Count()
        let path = try #require(TestData.fixture(name)).path
        try count.read(openImage(at: path) { count.note($0) })
        #expect(count.workingsOut == 1)
        #expect(count.passes == (name.contains(".tar") ? 1 : 0))
    }

    @Test func whatIsLearnedLateIsWorkedOutAgainOnceAndForAll() throws {
        var entries = try WholeImage.debian()
        entries["/etc/docker/daemon.json"] = .link("/srv/docker/daemon.json")
        entries["/srv/docker/daemon.json"] = "{}"
        #expect(try Self.openQuestions(entries) == [.contents("/srv/docker/daemon.json")])
        let count = Count()
        try count.read(LiteralSource(entries))
        #expect(count.workingsOut == 2)
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        #expect(facts.daemonConfiguration.value != nil)
    }
}
