/// What every fact promises: it says beforehand what it has to read.

/// One thing known of an image, read from its files alone.
///
/// A fact is a value. How it is observed differs (some facts follow from others), so each has its own `observe`
/// function, called by `Facts`; what all share is that they say what they ask.
public protocol Fact: Codable, Hashable, Sendable {
    /// What this fact asks of every image, by every usual spelling of the path: an archive keeps it in its one pass. A
    /// question beside these is answered all the same, at the cost of a second pass.
    static var wants: [Want] { get }
}
