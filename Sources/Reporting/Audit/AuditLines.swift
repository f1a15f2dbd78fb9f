/// The images of an audit, read from their lines as often as a report needs them.

/// Lines as `AuditedImage.line` writes them, in the order of the images' names.
///
/// A line is decoded whenever it is looked at: a hundred thousand images are held as the bytes of their lines, or stay
/// in their files, and what one run says and what is merged from many goes through the same lines.
public struct AuditLines: Sendable {
    /// How many images there are.
    public let count: Int
    private let line: @Sendable (Int) throws -> ArraySlice<UInt8>

    /// Lines without their line feeds, in the order in which reports list the images.
    public init(_ lines: [ArraySlice<UInt8>]) {
        self.init(count: lines.count) { lines[$0] }
    }

    /// `count` such lines, which `line` gives by their number from 0, one after the other and as often as it is asked.
    public init(count: Int, line: @escaping @Sendable (Int) throws -> ArraySlice<UInt8>) {
        self.count = count
        self.line = line
    }

    /// Those of the lines that have these numbers, in the same order.
    func only(_ numbers: [Int]) -> AuditLines {
        AuditLines(count: numbers.count) { [line] in try line(numbers[$0]) }
    }

    /// Calls `body` with each line.
    func forEachLine(_ body: (ArraySlice<UInt8>) throws -> Void) throws {
        for number in 0..<count { try body(line(number)) }
    }

    /// Calls `body` with each image. Throws what `body` throws, and a `DecodingError` at a line that is none.
    func forEach(_ body: (AuditedImage) throws -> Void) throws {
        try forEachLine { try body(AuditedImage(line: $0)) }
    }

    /// Calls `body` with what decides and counts of each image (`AuditOutlines`). Throws as `forEach` does.
    func forEachOutline(_ body: (AuditedImage) throws -> Void) throws {
        var outlines = AuditOutlines()
        try forEachLine { try body(outlines.image($0)) }
    }
}
