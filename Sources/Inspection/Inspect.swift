/// The whole program in four lines.

public import BatchRules
import ImageFacts
public import ImageReading
public import Reporting

/// Reads an image once, works out its facts and judges them.
///
/// Throws only where the image as a whole cannot be read.
public func inspect(
    _ source: some ImageSource,
    against catalog: RuleCatalog,
    policy: Policy
) throws(ImageError) -> Report {
    let root = try source.load(Facts.wants, further: Facts.furtherWants)
    let facts = Facts(in: root)
    let judgement = catalog.judge(facts, of: root.image.name, by: policy)
    return Report(image: root.image, facts: facts, judgement: judgement, rules: catalog, policy: policy)
}

/// Reads an image once and works out its facts, without judging them.
///
/// Throws only where the image as a whole cannot be read.
public func observe(_ source: some ImageSource) throws(ImageError) -> ObservedImage {
    let root = try source.load(Facts.wants, further: Facts.furtherWants)
    return ObservedImage(image: root.image, facts: Facts(in: root))
}
