/// The images of an audit, read from their lines as often as a report needs them.

/// Lines as `AuditedImage.line` writes them, in the order of the images' names.
///
/// A line is decoded whenever it is looked at: a hundred thousand images are held as the bytes of their lines, or stay
/// in their files, and what one run says and what is merged from many goes through the same lines.
public struct AuditLines: Sendable {
    /// How many images there are.
    public let count: Int
    private let each: @Sendable ((ArraySlice<UInt8>) throws -> Void) throws -> Void

    /// Lines without their line feeds, in the order in which reports list the images.
    public init(_ lines: [ArraySlice<UInt8>]) {
        self.init(count: lines.count) { body in for line in lines { try body(line) } }
    }

    /// `count` such lines, which `each` gives one after the other as often as it is asked.
    public init(count: Int, each: @escaping @Sendable ((ArraySlice<UInt8>) throws -> Void) throws -> Void) {
        self.count = count
        self.each = each
    }

    /// Calls `body` with each line, a line feed at its end.
    func forEachText(_ body: (String) throws -> Void) throws {
        try each { try body(String(decoding: $0, as: UTF8.self) + "\n") }
    }

    /// Calls `body` with each image. Throws what `body` throws, and a `DecodingError` at a line that is none.
    func forEach(_ body: (AuditedImage) throws -> Void) throws {
        try each { try body(AuditedImage(line: $0)) }
    }

    /// Calls `body` with what decides and counts of each image (`AuditOutlines`). Throws as `forEach` does.
    func forEachOutline(_ body: (AuditedImage) throws -> Void) throws {
        var outlines = AuditOutlines()
        try each { try body(outlines.image($0)) }
    }
}
