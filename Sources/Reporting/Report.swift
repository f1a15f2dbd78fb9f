/// One image, judged: what every report format prints.

public import BatchRules
public import ImageFacts
public import ImageReading

/// The facts and findings of one image, ready to print.
public struct Report: Sendable {
    public let image: ImageDescription
    public let facts: Facts
    public let findings: [Finding]

    /// A report on one image.
    public init(image: ImageDescription, facts: Facts, findings: [Finding]) {
        self.image = image
        self.facts = facts
        self.findings = findings
    }
}
