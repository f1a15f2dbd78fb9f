/// What was read is kept under what identifies it, and nothing else is taken for it.

import Foundation
import Reporting
import Testing

@testable import Inspection

@Suite struct AuditStateTests {
    private func inDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.path)
    }

    private func candidate(_ path: String) throws -> Candidate {
        try #require(Discovery([path], listed: [], selection: Selection()).candidates.first)
    }

    private func kept(_ state: AuditState, _ candidate: Candidate) -> String? {
        guard case .failed(let failure)? = state.outcome(of: candidate) else { return nil }
        return failure.reason
    }

    private func torn() throws -> [UInt8] {
        [UInt8](try JSONEncoder().encode(ReadOutcome.failed(ReadingFailure(code: "torn", reason: "cut short"))))
    }

    @Test("what was kept is found again, and not once the file has changed, moved or was damaged")
    func keeps() throws {
        try inDirectory { directory in
            let image = directory + "/a.tar"
            try Data("first".utf8).write(to: URL(filePath: image))
            let state = try AuditState(directory + "/state", shard: nil) {}
            let first = try candidate(image)
            #expect(kept(state, first) == nil)
            try state.keep(torn(), of: first)
            #expect(kept(state, first) == "cut short")

            try FileManager.default.moveItem(atPath: image, toPath: directory + "/b.tar")
            #expect(kept(state, try candidate(directory + "/b.tar")) == nil)
            try FileManager.default.moveItem(atPath: directory + "/b.tar", toPath: image)
            // A move changes the time of change, which nothing sets back.
            #expect(kept(state, try candidate(image)) == nil)
            try state.keep(torn(), of: try candidate(image))
            #expect(kept(state, try candidate(image)) == "cut short")

            let file = try #require(FileHandle(forWritingAtPath: image))
            try file.write(contentsOf: Data("F".utf8))
            try file.close()
            #expect(kept(state, try candidate(image)) == nil, "same size and inode, other times")
        }
    }

    @Test("a record cut anywhere is no record")
    func damaged() throws {
        try inDirectory { directory in
            let image = directory + "/a.tar"
            try Data("x".utf8).write(to: URL(filePath: image))
            let state = try AuditState(directory + "/state", shard: nil) {}
            let candidate = try candidate(image)
            try state.keep(torn(), of: candidate)
            let found = FileManager.default.enumerator(atPath: directory + "/state")?.compactMap { $0 as? String }
            let record = try #require(found?.first { $0.hasSuffix(".json") })
            let path = URL(filePath: directory + "/state/" + record)
            let whole = try Data(contentsOf: path)
            for length in 0..<whole.count {
                try whole.prefix(length).write(to: path)
                #expect(kept(state, candidate) == nil, "cut at \(length)")
            }
        }
    }

    @Test("what another build of the program kept is read again, what this one kept is not")
    func otherBuild() throws {
        let own = try #require(buildID)
        #expect(own.utf8.count == 40, "SHA-1 in hexadecimal expected: \(own)")
        try inDirectory { directory in
            let image = directory + "/a.tar"
            try Data("x".utf8).write(to: URL(filePath: image))
            let state = try AuditState(directory + "/state", shard: nil) {}
            let candidate = try candidate(image)
            let text = String(decoding: try torn(), as: UTF8.self)
            #expect(text.contains(own))
            try state.keep(Array(text.utf8), of: candidate)
            #expect(kept(state, candidate) == "cut short")
            let other = String(own.reversed())
            for kept in [
                text.replacing(own, with: other), text.replacing(own, with: ""),
                text.replacing("\"\(own)\"", with: "null"), text.replacing("\"build\":\"\(own)\",", with: ""),
            ] where kept != text {
                try state.keep(Array(kept.utf8), of: candidate)
                #expect(self.kept(state, candidate) == nil, "\(kept)")
            }
        }
    }

    @Test("what a killed audit left half written is cleared away by the next that is alone")
    func clears() throws {
        try inDirectory { directory in
            let folder = directory + "/state/ab"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data("half".utf8).write(to: URL(filePath: folder + "/.amilint-xyz"))
            try Data("whole".utf8).write(to: URL(filePath: folder + "/record.json"))
            _ = try AuditState(directory + "/state", shard: nil) {}
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["record.json"])
        }
    }

    @Test("shards use one directory together, and what cannot be made is said")
    func shards() throws {
        try inDirectory { directory in
            let path = directory + "/state"
            let first = try AuditState(path, shard: try Shard(index: 0, count: 2)) { Issue.record("waited") }
            let second = try AuditState(path, shard: try Shard(index: 1, count: 2)) { Issue.record("waited") }
            withExtendedLifetime((first, second)) {}
            let error = #expect(throws: WriteError.self) {
                _ = try AuditState(directory + "/no/such", shard: nil) {}
            }
            #expect(error?.description.contains("No such file") == true)
        }
    }
}
