/// One image, judged: what every report format prints.

public import BatchRules
public import ImageFacts
public import ImageReading

/// The facts and findings of one image, ready to print.
public struct Report: Sendable {
    /// What was read.
    public let image: ImageDescription
    /// What it says of itself.
    public let facts: Facts
    /// What the rules say of it, in the catalog's order.
    public let findings: [Finding]
    /// What the policy's waivers came to, in the policy's order.
    public let waivers: [WaiverOutcome]
    /// How it differs from a former report; nil where none was given.
    public let comparison: Comparison?

    /// A report on one image.
    public init(
        image: ImageDescription, facts: Facts, findings: [Finding], waivers: [WaiverOutcome] = [],
        comparison: Comparison? = nil
    ) {
        self.image = image
        self.facts = facts
        self.findings = findings
        self.waivers = waivers
        self.comparison = comparison
    }
}
