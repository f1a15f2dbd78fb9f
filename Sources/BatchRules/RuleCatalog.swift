/// Every rule in the specification's order: its table of contents.

/// The rules that an image is judged by.
public struct RuleCatalog: Sendable {
    /// In the order in which reports list them.
    public let rules: [Rule]

    /// The AMI specification of AWS Batch, clause by clause, then what is documented beside it.
    public static let batch = RuleCatalog(rules: [
        .linuxDistribution,  // S1
        .kernelVersion,  // S2
        .hvmVirtualization,  // S3
        .multiNodeParallel,  // S4
        .ecsAgent,  // S5
        .agentLatest,  // S5
        .awslogsDriver,  // S6
        .dockerVersion,  // S7
        .dockerRuntime,  // S7
        .dockerTested,  // S8
        .agentAtBoot,  // S9
        .agentSupervised,  // S9
        .ecsOptimizedBase,  // S10
        .dockerAgentApi,
        .agentConfig,
        .agentConfigLines,
        .agentStateClean,
        .dockerConfig,
        .dockerStorage,
        .dockerSnap,
        .cgroups,
        .kernelModules,
        .firewall,
        .hardening,
        .cloudInit,
        .cloudInitState,
        .agentAfterUserData,
        .clusterUnset,
        .clusterReachable,
        .agentProxy,
        .handRunAgent,
        .agentKnownDefects,
        .dockerSocket,
        .agentFeatureFloor,
        .regionBaked,
        .imds,
        .distributionSupported,
        .selinux,
        .rootDevice,
        .fstabMounts,
        .initAndInitramfs,
        .architectureMatch,
        .nitroBoot,
        .gpuReady,
        .neuronReady,
        .efaReady,
        .credentialsBaked,
        .bakedIdentity,
    ])

    /// A catalog of these rules, in this order.
    public init(rules: [Rule]) {
        self.rules = rules
    }

    /// The rule with an id; nil where there is none.
    public func rule(_ id: String) -> Rule? {
        rules.first { $0.id == id }
    }

    /// The rules with an id in `only` (all where it is empty) and not in `skip`, in the same order.
    public func restricted(to only: [String], without skip: [String]) -> RuleCatalog {
        RuleCatalog(rules: rules.filter { (only.isEmpty || only.contains($0.id)) && !skip.contains($0.id) })
    }
}
