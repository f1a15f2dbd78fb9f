/// What of an audit is listed, and how: totals, verdicts and the exit status are those of all images whatever it says.

/// By what images stand together.
public enum AuditGrouping: String, CaseIterable, Sendable {
    /// By what stands before the last slash of their names.
    case directory
    /// By the full name of their distribution.
    case distribution

    /// The group of an image, inert.
    func group(of image: AuditedImage) -> String {
        switch self {
        case .directory:
            let slash = image.name.utf8.lastIndex(of: UInt8(ascii: "/"))
            return slash.map { inert(String(decoding: image.name.utf8[..<$0], as: UTF8.self)) } ?? "."
        case .distribution:
            return image.report.map { inert($0.keyFacts.distribution.words) } ?? "could not be read"
        }
    }
}

/// Which images are listed, and how they stand together.
public struct AuditView: Sendable {
    /// Nil where they stand by their verdicts alone.
    public let grouping: AuditGrouping?
    /// Verdicts of those that are listed; empty for all, as what follows.
    public let verdicts: Set<ImageStanding>
    /// Rules of which those that are listed break one, or may break one.
    public let rules: Set<String>
    /// Processors of those that are listed.
    public let architectures: Set<String>
    /// Whether an image of this name is listed.
    let listsName: @Sendable (String) -> Bool

    /// All images, but for what is given.
    public init(
        grouping: AuditGrouping? = nil, verdicts: Set<ImageStanding> = [], rules: Set<String> = [],
        architectures: Set<String> = [], listsName: (@Sendable (String) -> Bool)? = nil
    ) {
        self.init(
            grouping: grouping, verdicts: verdicts, rules: rules, architectures: architectures,
            listsName: listsName ?? { _ in true },
            listsAll: verdicts.isEmpty && rules.isEmpty && architectures.isEmpty && listsName == nil)
    }

    private init(
        grouping: AuditGrouping?, verdicts: Set<ImageStanding>, rules: Set<String>, architectures: Set<String>,
        listsName: @escaping @Sendable (String) -> Bool, listsAll: Bool
    ) {
        self.grouping = grouping
        self.verdicts = verdicts
        self.rules = rules
        self.architectures = architectures
        self.listsName = listsName
        self.listsAll = listsAll
    }

    /// Whether nothing is left out of lists.
    public let listsAll: Bool

    /// The same images, grouped so.
    func grouped(by grouping: AuditGrouping?) -> AuditView {
        AuditView(
            grouping: grouping, verdicts: verdicts, rules: rules, architectures: architectures, listsName: listsName,
            listsAll: listsAll)
    }

    /// Whether an image is listed, of which an outline says enough.
    func lists(_ image: AuditedImage) -> Bool {
        listsAll
            || listsName(image.name)
                && (verdicts.isEmpty || verdicts.contains(image.standing))
                && (architectures.isEmpty || architectures.contains(image.report?.keyFacts.architecture.text ?? ""))
                && (rules.isEmpty || image.report?.findings.contains { $0.isBroken && rules.contains($0.rule) } == true)
    }
}

/// What the images of a group come to.
struct AuditGroup: Sendable {
    /// What they have in common; inert.
    let name: String
    private(set) var images = 0
    private var counts: [ImageStanding: Int] = [:]

    init(name: String) { self.name = name }

    mutating func add(_ image: AuditedImage) {
        images += 1
        counts[image.standing, default: 0] += 1
    }

    /// How many of its images stand there.
    func count(_ standing: ImageStanding) -> Int { counts[standing] ?? 0 }
}
