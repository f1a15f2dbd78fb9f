/// The whole program in four lines.

public import BatchRules
import ImageFacts
public import ImageReading
public import Reporting

/// Reads an image once, works out its facts and judges them, and holds them against a former report where one is given.
///
/// Throws only where the image as a whole cannot be read.
public func inspect(
    _ source: some ImageSource,
    against catalog: RuleCatalog,
    policy: Policy,
    since former: FormerReport? = nil
) throws(ImageError) -> Report {
    let root = try source.load(Facts.wants, further: Facts.furtherWants)
    let facts = Facts(in: root)
    let judgement = catalog.judge(facts, of: root.image.name, by: policy, as: \.printed)
    let report = Report(image: root.image, facts: facts, judgement: judgement, rules: catalog, policy: policy)
    return former.map { $0.compared(with: report) } ?? report
}

/// Reads an image once and works out its facts, without judging them.
///
/// Throws only where the image as a whole cannot be read.
public func observe(_ source: some ImageSource) throws(ImageError) -> ObservedImage {
    let root = try source.load(Facts.wants, further: Facts.furtherWants)
    return ObservedImage(in: root)
}
