/// A rule of the specification as a value: what it asks, and a function that decides it.

public import ImageFacts

/// Whether an image that breaks a rule is refused or only warned of.
public enum Level: String, Codable, Sendable, CaseIterable {
    case required, recommended
}

/// What a rule guards; a report shows the groups in this order, and a user chooses among them.
public enum Group: String, Codable, Sendable, CaseIterable {
    /// The text of the AMI specification, clause by clause.
    case specification
    /// Whether a host that has booted takes jobs: cloud-init, the agent, Docker, the network and what confines them.
    case host
    /// Whether an instance boots as far as its services.
    case boot
    /// Accelerators and fast networks; judged where the image or the user asks for them.
    case gpu
    /// What does not belong into a published image: identities, keys, remains.
    case hygiene

    /// What its rules ask about, in a few words.
    public var title: String {
        switch self {
        case .specification: "the AMI specification of AWS Batch"
        case .host: "whether a host that has booted takes jobs"
        case .boot: "whether instances boot as far as their services"
        case .gpu: "accelerators and fast networks, where they are asked for"
        case .hygiene: "what does not belong into a published image"
        }
    }
}

/// The clause of the AMI specification that a rule stands for, numbered in the order of its text.
public enum Clause: String, Codable, Sendable, CaseIterable {
    /// A modern Linux distribution; no Windows.
    case linux = "S1"
    /// Kernel 3.10 or later.
    case kernel = "S2"
    /// HVM virtualization.
    case virtualization = "S3"
    /// Multi-node parallel jobs: Amazon Linux with ecs-init.
    case multiNode = "S4"
    /// The ECS agent, the latest recommended.
    case agent = "S5"
    /// The awslogs log driver available when the agent starts.
    case logDriver = "S6"
    /// Docker 1.9 or later with its runtime dependencies.
    case docker = "S7"
    /// The Docker version tested with the agent.
    case testedDocker = "S8"
    /// An init and nanny process; at the least the agent starts at boot.
    case supervision = "S9"
    /// Prefer the ECS-optimized AMI, or Amazon Linux with ecs-init.
    case optimizedImage = "S10"
    /// Not in the text; documented elsewhere by AWS or fixed by the programs' own code.
    case beside
}

/// One rule: no state, no registry, no identity beyond its id.
public struct Rule: Sendable {
    /// Kebab-case, stable: reports, policies and waivers name it.
    public let id: String
    /// What breaking it means, unless a policy says otherwise.
    public let level: Level
    /// What some verdicts of it count as instead, which say so themselves (`Verdict.counting(as:)`); nil where none does.
    public let otherLevel: Level?
    /// A few words, the requirement itself.
    public let title: String
    /// What it guards.
    public let group: Group
    /// What it stands for in the specification; `.beside` in every group but that of the specification.
    public let clause: Clause
    /// What the rule asks of an image, in one sentence.
    public let question: String
    /// What happens to hosts and jobs where it is broken.
    public let reason: String
    /// What a required failure of it comes to, in half a sentence that is true of every one, whatever the policy; nil where
    /// it never counts as required by itself.
    public let consequence: String?
    /// Which files and settings decide it.
    public let decidedBy: String
    /// How to mend an image that breaks it, whatever the case: one sentence.
    public let remedy: String
    /// Where it is documented.
    public let reference: String
    /// What a policy may set of it beside its level; nil where there is nothing.
    public private(set) var parameter: RuleParameter<any Sendable>?
    private let judge: @Sendable (Facts, Policy) -> Verdict

    /// A rule whose `judge` is a pure function of the facts and the policy.
    public init(
        id: String,
        level: Level,
        or otherLevel: Level? = nil,
        title: String,
        group: Group,
        clause: Clause = .beside,
        question: String,
        reason: String,
        consequence: String? = nil,
        decidedBy: String,
        remedy: String,
        reference: String,
        judge: @escaping @Sendable (Facts, Policy) -> Verdict
    ) {
        self.id = id
        self.level = level
        self.otherLevel = otherLevel
        self.title = title
        self.group = group
        self.clause = clause
        self.question = question
        self.reason = reason
        self.consequence = consequence
        self.decidedBy = decidedBy
        self.remedy = remedy
        self.reference = reference
        self.judge = judge
    }

    /// A rule with a parameter, whose `judge` is given the value that the policy sets, nil where it sets none.
    init<Value>(
        id: String,
        level: Level,
        or otherLevel: Level? = nil,
        title: String,
        group: Group,
        clause: Clause = .beside,
        question: String,
        reason: String,
        consequence: String? = nil,
        decidedBy: String,
        remedy: String,
        reference: String,
        parameter: RuleParameter<Value>,
        judge: @escaping @Sendable (Facts, Policy, Value?) -> Verdict
    ) {
        self.init(
            id: id, level: level, or: otherLevel, title: title, group: group, clause: clause, question: question,
            reason: reason, consequence: consequence, decidedBy: decidedBy, remedy: remedy, reference: reference,
            judge: { facts, policy in judge(facts, policy, policy.parameters[id] as? Value) })
        self.parameter = parameter.erased
    }

    /// Decides the rule. On Windows only the clause of Linux applies.
    public func evaluate(_ facts: Facts, _ policy: Policy) -> Finding {
        let verdict: Verdict
        if case .present(_, let evidence) = facts.windows, clause != .linux {
            verdict = .windows(evidence)
        } else {
            verdict = judge(facts, policy)
        }
        return Finding(
            rule: id,
            level: (policy.levels[id] == nil ? verdict.level : nil) ?? policy.level(of: self) ?? level,
            verdict: verdict,
            remedy: remedy,
            group: group
        )
    }
}
