/// What every fact promises: it says beforehand what it has to read.

public import ImageReading

/// One thing known of an image, read from its files alone.
///
/// A fact is a value. How it is observed differs (some facts follow from others), so each has its own `observe`
/// function, called by `Facts`; what all share is that they ask before the image is opened.
public protocol Fact: Codable, Hashable, Sendable {
    /// What this fact reads, by every usual spelling of the path, so that ordinary images need one pass.
    static var wants: [Want] { get }
    /// What the first reading named (a configured path, an environment file, the kernel of a boot entry).
    static func furtherWants(in root: RootFilesystem) -> [Want]
}

extension Fact {
    /// Nothing, for a fact whose files lie in known places.
    public static func furtherWants(in root: RootFilesystem) -> [Want] { [] }
}
