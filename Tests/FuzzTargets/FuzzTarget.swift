/// What `testdata/scripts/fuzz` attacks by libFuzzer, and tests replay what it found.

import BatchRules
import ImageReading
import Inspection
import Reporting
import TestSupport

/// One parser of bytes of others, with all that is made of what it reads.
public struct FuzzTarget: Sendable {
    /// As a directory is called.
    public let name: String
    /// Real inputs to begin with; none where only real tools write them.
    public let seeds: @Sendable () throws -> [[UInt8]]
    /// Reads an input to its end. A trap is a finding, and so is an image whose report cannot be read back.
    public let read: @Sendable ([UInt8]) throws -> Void

    init(
        _ name: String, seeds: @escaping @Sendable () throws -> [[UInt8]] = { [] },
        _ read: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.seeds = seeds
        self.read = read
    }

    /// A parser whose errors are answers: what may not be is a trap. It begins with `files` of testdata and `texts`.
    static func parser(
        _ name: String, like files: [String] = [], and texts: [String] = [],
        _ parse: @escaping @Sendable ([UInt8]) throws -> Void
    ) -> FuzzTarget {
        FuzzTarget(
            name, seeds: { try files.map { try TestData.bytes(TestData.url($0)) } + texts.map { Array($0.utf8) } }
        ) { input in
            _ = Result { try parse(input) }
        }
    }

    /// All of them but the disks, whose inputs are changes of an image.
    public static let all = parsers + configurations + bootFiles + units + structures + documents

    /// The target of this name.
    public static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// What went otherwise than it has to, whatever the input.
struct BrokenPromise: Error {
    let what: String
}

/// Judges an image and prints it; what JSON says of it is read back.
func judge(_ source: () throws -> any ImageSource) throws {
    let text: String
    do {
        text = try json(of: source())
    } catch is ImageError {
        return  // an image that cannot be read at all says so
    }
    _ = try FormerReport(Array(text.utf8))
}

/// The report on an image as JSON; printed as text as well.
func json(of source: some ImageSource) throws -> String {
    guard let today = CalendarDay("2026-11-24") else { throw BrokenPromise(what: "a day that is one") }
    let report = try observe(source).report(by: .batch, under: Policy(today: today))
    _ = try ReportFormat.text.render(report)
    return try ReportFormat.json.render(report)
}
