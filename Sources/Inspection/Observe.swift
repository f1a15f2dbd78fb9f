/// From a source to the facts of its image.

import ImageFacts
public import ImageReading
public import Reporting

/// Reads an image and works out its facts, without judging them.
///
/// Throws only where the image as a whole cannot be read.
public func observe(_ source: some ImageSource) throws(ImageError) -> ObservedImage {
    try source.read(Facts.wants) { ObservedImage(in: $0) }.value
}

/// The names in the top directory of an image, `*` in some of them, below which it is read.
public var topLevelNamesRead: Set<Substring> {
    // Below /srv stand scripts of a team's own that units name.
    Set(Facts.wants.compactMap { $0.path.components.first }).union(["srv"])
}
