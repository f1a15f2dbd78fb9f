/// What the user asked for and what is known from outside the image; with the facts, all that a rule may look at.

/// The circumstances under which an image is judged.
public struct Policy: Sendable {
    /// The date in force, for end-of-life rules; given, never read from a clock here.
    public let today: CalendarDay
    /// Whether multi-node parallel jobs are to run on the image.
    public let needsMultiNode: Bool
    /// Whether GPU jobs are to run on the image; the image itself may say so too.
    public let needsGPU: Bool
    /// Whether all its instances are of the Nitro system: none of c4, m4, r4, t2 and their age, which are Xen's.
    public let isForNitro: Bool
    /// Which groups of rules are judged.
    public let groups: Set<Group>
    /// What `aws ec2 describe-images` says of the image; nil where nobody passed it.
    public private(set) var amiMetadata: AMIMetadata?
    /// Agent and Docker versions released together.
    public let releases: ReleaseTable
    /// Ends of support of distributions.
    public let lifecycle: LifecycleTable
    /// Levels that differ from the rules' own, by rule id.
    public let levels: [String: LevelChange]
    /// What is set of rules that have a parameter, by rule id: a value as the rule's own parameter makes it.
    public let parameters: [String: any Sendable]
    /// Findings that are accepted, in the order of the policy file.
    public let waivers: [Waiver]
    /// Where all this comes from; no rule looks at it.
    public let sources: PolicySources

    /// A policy with the built-in tables unless others are given.
    public init(
        today: CalendarDay,
        needsMultiNode: Bool = false,
        needsGPU: Bool = false,
        isForNitro: Bool = false,
        groups: Set<Group> = Set(Group.allCases),
        amiMetadata: AMIMetadata? = nil,
        releases: ReleaseTable = .builtIn,
        lifecycle: LifecycleTable = .builtIn,
        levels: [String: LevelChange] = [:],
        parameters: [String: any Sendable] = [:],
        waivers: [Waiver] = [],
        sources: PolicySources = PolicySources()
    ) {
        self.today = today
        self.needsMultiNode = needsMultiNode
        self.needsGPU = needsGPU
        self.isForNitro = isForNitro
        self.groups = groups
        self.amiMetadata = amiMetadata
        self.releases = releases
        self.lifecycle = lifecycle
        self.levels = levels
        self.parameters = parameters
        self.waivers = waivers
        self.sources = sources
    }

    /// The same policy for an image of which EC2 says this.
    public func with(_ amiMetadata: AMIMetadata?) -> Policy {
        var policy = self
        policy.amiMetadata = amiMetadata
        return policy
    }

    /// The level a rule counts with, nil where it or its group is switched off: what the policy says, else its own, but
    /// multi-node-parallel is required when multi-node jobs are wanted.
    public func level(of rule: Rule) -> Level? {
        guard groups.contains(rule.group) else { return nil }
        return switch levels[rule.id] {
        case .required: .required
        case .recommended: .recommended
        case .off: nil
        case nil: rule.clause == .multiNode && needsMultiNode ? .required : rule.level
        }
    }
}

/// What a policy makes of a rule.
public enum LevelChange: String, Codable, Sendable, CaseIterable {
    case required, recommended, off
}

/// What EC2 itself says of an image: Images[] of `aws ec2 describe-images`. It wins over inference.
public struct AMIMetadata: Hashable, Sendable, Codable {
    /// `ami-...`; nil where the file leaves it out.
    public let imageID: String?
    /// What its owner calls it; nil where the file leaves it out.
    public let name: String?
    /// `hvm` or `paravirtual`.
    public let virtualizationType: String?
    /// `x86_64` or `arm64`.
    public let architecture: String?
    /// `windows`, else nil.
    public let platform: String?
    /// `uefi`, `legacy-bios`, `uefi-preferred`; nil where it was not set.
    public let bootMode: String?
    /// `v2.0` where its instances answer metadata to sessions alone; nil where it was not set.
    public let imdsSupport: String?

    /// Metadata of one image.
    public init(
        imageID: String? = nil,
        name: String? = nil,
        virtualizationType: String? = nil,
        architecture: String? = nil,
        platform: String? = nil,
        bootMode: String? = nil,
        imdsSupport: String? = nil
    ) {
        self.imdsSupport = imdsSupport
        self.imageID = imageID
        self.name = name
        self.virtualizationType = virtualizationType
        self.architecture = architecture
        self.platform = platform
        self.bootMode = bootMode
    }
}
