/// One image, observed and not judged yet; judged, it is a report.

public import BatchRules
public import ImageFacts
public import ImageReading

/// The facts of one image.
public struct ObservedImage: Sendable {
    /// What was read.
    public let image: ImageDescription
    /// What it says of itself.
    public let facts: Facts

    /// An image and what it says of itself.
    public init(image: ImageDescription, facts: Facts) {
        self.image = image
        self.facts = facts
    }

    /// The one judgement of an image, whether it was just read or is kept of a former run: all rules that the policy
    /// leaves switched on, and what its waivers accept of the findings as reports print them.
    public func report(by catalog: RuleCatalog, under policy: Policy) -> Report {
        let judgement = catalog.judge(facts, of: image.name, by: policy, as: \.printed)
        return Report(image: image, facts: facts, judgement: judgement, rules: catalog, policy: policy)
    }
}
