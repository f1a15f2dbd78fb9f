/// What the images of an audit come to: how many are publishable, and which rule fails most.

public import BatchRules

/// Counts of images by verdict, and of verdicts by rule.
public struct AuditTotals: Sendable {
    /// How many images a rule gave which answer for.
    public struct RuleCounts: Sendable {
        /// The rule's id.
        public let rule: String
        /// By standing; those that no image has are left out.
        fileprivate(set) var images: [Standing: Int] = [:]
        /// Required where it counts as required on one image at least.
        fileprivate(set) var level = Level.recommended

        func count(_ standing: Standing) -> Int { images[standing] ?? 0 }
    }

    /// What may decide the exit status of a finding that nobody accepted.
    public struct Broken: Hashable, Sendable {
        /// What it counts as.
        public let level: Level
        /// Whether the rule is broken, or could not be determined.
        public let verdict: Verdict.Kind
        /// Whether a former audit does not say it of the image already; true where none was given.
        public let isNew: Bool
    }

    /// How many images there are.
    public private(set) var images = 0
    /// Images that keep every required rule.
    public private(set) var pass = 0
    /// Images that break a required rule.
    public private(set) var fail = 0
    /// Images that break none, and for which one could not be determined.
    public private(set) var undetermined = 0
    /// Images that could not be read.
    public private(set) var unreadable = 0
    /// Each kind of finding there is that somebody has to look at.
    public private(set) var broken: Set<Broken> = []
    /// Rules that were judged, in the catalog's order.
    public var rules: [RuleCounts] { counts.filter { !$0.images.isEmpty } }
    /// Names of images that a former audit does not know; nil where none was given.
    public private(set) var fresh: [String]?
    /// Names of images that a former audit knows and that are not there any more; nil where none was given.
    public internal(set) var gone: [String]?
    /// Dates that images were judged at; one, unless shards ran on several days.
    private(set) var days: Set<CalendarDay> = []
    /// Dates of the data in use.
    private(set) var dataDates: Set<CalendarDay> = []
    /// On how many images each of the policy's waivers came to which end.
    private(set) var waivers: [Waiver: [WaiverOutcome.Kind: Int]] = [:]
    /// What is to be known of images before their findings.
    private(set) var remarks = AuditRemarks()
    /// Which part of the images they are.
    public let scope: AuditScope
    /// What the former audit lacked; empty where it was whole, and where none was given.
    let formerMissing: [MissingShards]
    /// How many of the images are listed; nil where all are.
    private(set) var shown: Int?
    /// What groups of images come to, by name; empty where they are not grouped.
    var groups: [AuditGroup] { grouped.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
    private var grouped: [String: AuditGroup] = [:]
    private let view: AuditView
    /// What of the required rules did not count; one where all images were judged alike, nil for those where all counted.
    private(set) var weakenings: Set<String?> = []

    private var counts: [RuleCounts]
    private let numbers: [String: Int]

    init(
        rules: RuleCatalog, scope: AuditScope = AuditScope(), view: AuditView = AuditView(),
        since former: FormerAudit? = nil
    ) {
        self.view = view
        shown = view.listsAll ? nil : 0
        self.scope = scope
        formerMissing = former?.missing ?? []
        fresh = former.map { _ in [] }
        counts = rules.rules.map { RuleCounts(rule: $0.id) }
        numbers = Dictionary(counts.enumerated().map { ($0.element.rule, $0.offset) }) { first, _ in first }
    }

    /// Counts an image of which a former audit, where one was given, says `formerly`.
    mutating func count(_ image: AuditedImage, formerly: FormerAudit.Standing?) {
        images += 1
        if let shown, view.lists(image) { self.shown = shown + 1 }
        if let group = view.grouping?.group(of: image) { grouped[group, default: AuditGroup(name: group)].add(image) }
        days.insert(image.today)
        dataDates.insert(image.dataDate)
        if case .unknown? = formerly { fresh?.append(image.name) }
        remarks.add(image)
        guard let report = image.report else {
            unreadable += 1
            return
        }
        switch report.summary.verdict {
        case .fail: fail += 1
        case .undetermined: undetermined += 1
        case .pass, .notApplicable: pass += 1
        }
        weakenings.insert(report.policy?.weakening)
        for finding in report.findings {
            if finding.isBroken, finding.acceptance == nil {
                let change = report.comparison?.changes[finding.rule]
                broken.insert(Broken(level: finding.level, verdict: finding.verdict, isNew: change != .unchanged))
            }
            guard let number = numbers[finding.rule] else { continue }
            counts[number].images[finding.standing, default: 0] += 1
            if finding.level == .required { counts[number].level = .required }
        }
        for outcome in report.waivers { waivers[outcome.waiver, default: [:]][outcome.kind, default: 0] += 1 }
    }
}
