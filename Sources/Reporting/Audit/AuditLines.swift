/// The images of an audit, read from their lines as often as a report needs them.

/// Lines as `AuditedImage.line` writes them, in the order of the images' names.
///
/// A line is decoded whenever it is looked at: a hundred thousand images are held as the bytes of their lines, and what
/// one run says and what is merged from many goes through the same lines.
public struct AuditLines: Sendable {
    private let lines: [ArraySlice<UInt8>]

    /// Lines without their line feeds, in the order in which reports list the images.
    public init(_ lines: [ArraySlice<UInt8>]) {
        self.lines = lines
    }

    /// How many images there are.
    public var count: Int { lines.count }

    /// Calls `body` with each line, a line feed at its end.
    func forEachText(_ body: (String) throws -> Void) rethrows {
        for line in lines { try body(String(decoding: line, as: UTF8.self) + "\n") }
    }

    /// Calls `body` with each image. Throws what `body` throws, and a `DecodingError` at a line that is none.
    func forEach(_ body: (AuditedImage) throws -> Void) throws {
        for line in lines { try body(AuditedImage(line: line)) }
    }
}
