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
