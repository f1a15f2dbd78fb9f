/// Carries out the edits of a remedy on a literal image.

import Foundation
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// The image after the edits among `steps`, up to the first that is another way to do the same.
func carriedOut(_ steps: [RemedyStep], on entries: [String: LiteralEntry]) throws -> [String: LiteralEntry] {
    var entries = entries
    for step in steps.prefix(while: { !$0.text.hasPrefix("or ") }) {
        guard case .edit(let edit)? = step.action else { continue }
        let path = edit.path.text
        var bytes: [UInt8] = []
        if case .file(let content, _)? = entries[path] { bytes = content }
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        switch edit.change {
        case .addLine(let line):
            if lines.last == "" { lines.removeLast() }
            lines += [line.text[...], ""]
        case .setLine(let number, let line): lines[number - 1] = line.text[...]
        case .removeLine(let number): lines.remove(at: number - 1)
        case .removeMember(let names):
            let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
            let json = try JSONSerialization.data(withJSONObject: object.removing(names.map(\.text)[...]))
            entries[path] = .bytes([UInt8](json))
            continue
        case .removeFile:
            entries[path] = nil
            continue
        }
        entries[path] = .text(lines.joined(separator: "\n"))
    }
    return entries
}

extension [String: Any] {
    fileprivate func removing(_ names: ArraySlice<String>) -> [String: Any] {
        guard let first = names.first else { return self }
        var object = self
        object[first] = names.count == 1 ? nil : (object[first] as? [String: Any])?.removing(names.dropFirst())
        return object
    }
}

@Suite struct CarriedOutTests {
    @Test(
        arguments: [
            (.addLine(text: "c"), "a\nb\nc\n"), (.setLine(number: 2, text: "c"), "a\nc\n"),
            (.removeLine(number: 1), "b\n"), (.removeFile, nil),
        ] as [(FileEdit.Change, String?)])
    func linesAreAddedSetAndRemoved(change: FileEdit.Change, expected: String?) throws {
        let entries = try carriedOut([.edit("/etc/x", change)], on: ["/etc/x": "a\nb\n"])
        guard case .file(let bytes, _)? = entries["/etc/x"] else { return #expect(expected == nil) }
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func whatIsAnotherWayIsLeftOut() throws {
        let steps: [RemedyStep] = [.sentence("or so"), .edit("/etc/x", .removeFile)]
        #expect(try carriedOut(steps, on: ["/etc/x": "a\n"]).count == 1)
    }
}
