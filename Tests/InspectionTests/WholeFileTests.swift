/// A file is written whole or not at all, and nothing is left beside it.

import Foundation
import Inspection
import Testing

@Suite struct WholeFileTests {
    /// Runs `body` in a new directory that is gone afterwards.
    private func inDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "amilint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }

    private func names(_ directory: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    }

    @Test("a new file and one that stood there hold the new bytes, and nothing else is there")
    func replaces() throws {
        try inDirectory { directory in
            let file = directory.appending(path: "report.json")
            for text in ["first, and longer", "second"] {
                try writeWhole(Array(text.utf8), to: file.path)
                #expect(try String(contentsOf: file, encoding: .utf8) == text)
                #expect(try names(directory) == ["report.json"])
            }
        }
    }

    @Test("a link is followed and stays a link")
    func followsLinks() throws {
        try inDirectory { directory in
            let link = directory.appending(path: "link.json")
            try Data("old".utf8).write(to: directory.appending(path: "real.json"))
            try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "real.json")
            try writeWhole(Array("new".utf8), to: link.path)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "real.json")
            #expect(try String(contentsOf: directory.appending(path: "real.json"), encoding: .utf8) == "new")
        }
    }

    @Test("devices are written to, never replaced")
    func devices() throws {
        try writeWhole(Array("gone".utf8), to: "/dev/null")
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        let error = #expect(throws: WriteError.self) { try writeWhole(Array("full".utf8), to: "/dev/full") }
        #expect(error?.number == ENOSPC)
    }

    @Test("where it cannot be written nothing is left, and what stood there stays")
    func failure() throws {
        try inDirectory { directory in
            #expect(throws: WriteError.self) { try writeWhole([1], to: directory.appending(path: "no/where").path) }
            // A directory cannot be replaced by a file.
            let taken = directory.appending(path: "taken")
            try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: true)
            #expect(throws: WriteError.self) { try writeWhole([1], to: taken.path) }
            #expect(try names(directory) == ["taken"])
        }
    }
}
