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
    /// The packages installed on it, which no rule sees; nil where the image was read before and its facts alone kept.
    public let packages: InstalledPackages?

    /// What the image that was read into `root` says of itself.
    public init(in root: RootFilesystem) {
        let packages = InstalledPackages.observe(in: root)
        self.init(image: root.image, facts: Facts(in: root, packages: packages), packages: packages)
    }

    /// An image, what it says of itself, and its packages where they are known.
    public init(image: ImageDescription, facts: Facts, packages: InstalledPackages?) {
        self.image = image
        self.facts = facts
        self.packages = packages
    }

    /// The one judgement of an image, whether it was just read or is kept of a former run: all rules that the policy
    /// leaves switched on, and what its waivers accept of the findings as reports print them.
    public func report(by catalog: RuleCatalog, under policy: Policy) -> Report {
        let judgement = catalog.judge(facts, of: image.name, by: policy, as: \.printed)
        return Report(image: image, facts: facts, judgement: judgement, rules: catalog, policy: policy)
    }
}
