/// The fields of the agent's JSON document, by the releases that brought them.

import GoJSON

/// A field of Config in the agent's agent/config/types.go; an agent passes over the fields that it does not have.
struct AgentConfigField {
    let name: String
    /// The first agent with it.
    let since: ReleaseVersion
    private let type: GoType
    /// The first agent for which it is a conditional, no plain boolean; nil for what is neither.
    private let conditionalSince: ReleaseVersion?

    /// What this agent stores in it; an agent of unknown version is taken for a new one.
    func type(in agent: Agent?) -> GoType {
        guard let conditionalSince else { return type }
        return agent.isAtLeast(conditionalSince) ? .conditional : .bool
    }

    /// The field in which this agent stores a member of its document; nil where it passes over it.
    static func field(of member: GoValue.Member, in agent: Agent?) -> AgentConfigField? {
        all.first { GoValue.isField(member.name, $0.name) && agent.isAtLeast($0.since) }
    }
}

extension Agent? {
    /// Whether the agent is `version` or newer, or may be.
    func isAtLeast(_ version: ReleaseVersion) -> Bool { self?.isAtLeast(version) != false }
}

extension AgentConfigField {
    private static let duration = GoType.integer(Int.min...Int.max)
    private static let integer = duration
    private static let enumeration = GoType.integer(-128...127)

    /// Read in every release of the agent from 1.0.0 to 1.105.1.
    private static let all: [AgentConfigField] = plain + conditional

    private static let plain: [AgentConfigField] = [
        (ReleaseVersion(1), .text, "ClusterArn Cluster APIEndpoint DockerEndpoint AWSRegion DataDir EngineAuthType"),
        (ReleaseVersion(1), .text, "UpdateDownloadDir"),
        (ReleaseVersion(1), .ports, "ReservedPorts"),
        (ReleaseVersion(1, 2), .ports, "ReservedPortsUDP"),
        (ReleaseVersion(1, 2, 1), .integer(0...65535), "ReservedMemory"),
        (ReleaseVersion(1, 5), .texts, "AvailableLoggingDrivers"),
        (ReleaseVersion(1, 8), duration, "TaskCleanupWaitDuration"),
        (ReleaseVersion(1, 10), duration, "DockerStopTimeout"),
        (ReleaseVersion(1, 11), .text, "CredentialsAuditLogFile"),
        (ReleaseVersion(1, 11), .bool, "CredentialsAuditLogDisabled"),
        (ReleaseVersion(1, 12), .bool, "TaskIAMRoleEnabledForNetworkHost"),
        (ReleaseVersion(1, 13), duration, "MinimumImageDeletionAge ImageCleanupInterval"),
        (ReleaseVersion(1, 13), integer, "NumImagesToDeletePerCycle"),
        (ReleaseVersion(1, 14), .textMap, "InstanceAttributes"),
        (
            ReleaseVersion(1, 14, 5), .text,
            "CNIPluginsPath PauseContainerTarballPath PauseContainerImageName PauseContainerTag"
        ),
        (ReleaseVersion(1, 14, 5), .optionalPrefix, "OverrideAWSVPCLocalIPv4Address"),
        (ReleaseVersion(1, 14, 5), .prefixes, "AWSVPCAdditionalLocalRoutes"),
        (ReleaseVersion(1, 15), .text, "DataDirOnHost"),
        (ReleaseVersion(1, 17), .text, "CgroupPath"),
        (ReleaseVersion(1, 17, 1), .object, "PlatformVariables"),
        (ReleaseVersion(1, 17, 1), integer, "TaskMetadataSteadyStateRate TaskMetadataBurstRate"),
        (ReleaseVersion(1, 17, 3), duration, "ContainerStartTimeout"),
        (ReleaseVersion(1, 18), enumeration, "ImagePullBehavior"),
        (ReleaseVersion(1, 21), duration, "ImagePullInactivityTimeout"),
        (ReleaseVersion(1, 21), .bool, "NoIID"),
        (ReleaseVersion(1, 22), enumeration, "ContainerInstancePropagateTagsFrom"),
        (ReleaseVersion(1, 22), .textMap, "ContainerInstanceTags"),
        (ReleaseVersion(1, 23), .texts, "ImageCleanupExclusionList"),
        (ReleaseVersion(1, 24), duration, "PollingMetricsWaitDuration"),
        (ReleaseVersion(1, 24), integer, "NumNonECSContainersToDeletePerCycle"),
        (ReleaseVersion(1, 24), .bool, "PrometheusMetricsEnabled"),
        (ReleaseVersion(1, 25), .bool, "GPUSupportEnabled"),
        (ReleaseVersion(1, 25), .text, "NvidiaRuntime"),
        (ReleaseVersion(1, 25, 2), .bool, "TaskMetadataAZDisabled"),
        (ReleaseVersion(1, 28), integer, "ENIPauseContainerCleanupDelaySeconds"),
        (ReleaseVersion(1, 28), duration, "CgroupCPUPeriod"),
        (ReleaseVersion(1, 33), duration, "NonECSMinimumImageDeletionAge"),
        (ReleaseVersion(1, 38), .texts, "VolumePluginCapabilities"),
        (ReleaseVersion(1, 41), .bool, "InferentiaSupportEnabled"),
        (ReleaseVersion(1, 44, 2), duration, "ImagePullTimeout"),
        (ReleaseVersion(1, 49), duration, "ContainerCreateTimeout"),
        (ReleaseVersion(1, 54), .texts, "InstanceENIDNSServerList"),
        (ReleaseVersion(1, 55), duration, "TaskCleanupWaitDurationJitter"),
        (ReleaseVersion(1, 55, 2), .text, "RuntimeStatsLogFile"),
        (ReleaseVersion(1, 68), .text, "DynamicHostPortRange"),
        (ReleaseVersion(1, 77), integer, "TaskPidsLimit"),
        (ReleaseVersion(1, 82), .bool, "EBSTASupportEnabled"),
        (ReleaseVersion(1, 83), duration, "ManifestPullTimeout"),
        (ReleaseVersion(1, 87), .text, "CSIDriverSocketPath"),
        (ReleaseVersion(1, 87), duration, "NodeStageTimeout NodeUnstageTimeout"),
        (ReleaseVersion(1, 93), .object, "InstanceIPCompatibility"),
        (ReleaseVersion(1, 103, 1), .bool, "IMDSIAMRolesEnabled"),
    ].flatMap { since, type, names in
        names.split(separator: " ").map {
            AgentConfigField(name: String($0), since: since, type: type, conditionalSince: nil)
        }
    }

    /// Booleans; those of old became conditionals in 1.43.0, two in 1.69.0.
    private static let conditional: [AgentConfigField] = [
        (ReleaseVersion(1), ReleaseVersion(1, 43), "Checkpoint UpdatesEnabled"),
        (ReleaseVersion(1, 2), ReleaseVersion(1, 43), "DisableMetrics"),
        (ReleaseVersion(1, 5), ReleaseVersion(1, 43), "PrivilegedDisabled SELinuxCapable AppArmorCapable"),
        (ReleaseVersion(1, 11), ReleaseVersion(1, 43), "TaskIAMRoleEnabled"),
        (ReleaseVersion(1, 13), ReleaseVersion(1, 43), "ImageCleanupDisabled"),
        (ReleaseVersion(1, 14, 5), ReleaseVersion(1, 43), "TaskENIEnabled AWSVPCBlockInstanceMetdata"),
        (ReleaseVersion(1, 15), ReleaseVersion(1, 43), "ContainerMetadataEnabled"),
        (ReleaseVersion(1, 16), ReleaseVersion(1, 16), "TaskCPUMemLimit"),
        (ReleaseVersion(1, 16), ReleaseVersion(1, 43), "OverrideAWSLogsExecutionRole"),
        (ReleaseVersion(1, 20, 2), ReleaseVersion(1, 43), "SharedVolumeMatchFullConfig"),
        (ReleaseVersion(1, 24), ReleaseVersion(1, 43), "PollMetrics DeleteNonECSImagesEnabled"),
        (ReleaseVersion(1, 25), ReleaseVersion(1, 43), "DisableDockerHealthCheck"),
        (ReleaseVersion(1, 28), ReleaseVersion(1, 43), "ENITrunkingEnabled"),
        (ReleaseVersion(1, 32), ReleaseVersion(1, 43), "SpotInstanceDrainingEnabled"),
        (ReleaseVersion(1, 34), ReleaseVersion(1, 69), "GMSACapable"),
        (ReleaseVersion(1, 47), ReleaseVersion(1, 69), "FSxWindowsFileServerCapable"),
        (ReleaseVersion(1, 48), ReleaseVersion(1, 48), "DependentContainersPullUpfront"),
        (ReleaseVersion(1, 52), ReleaseVersion(1, 52), "External"),
        (ReleaseVersion(1, 55, 2), ReleaseVersion(1, 55, 2), "EnableRuntimeStats"),
        (ReleaseVersion(1, 55, 3), ReleaseVersion(1, 55, 3), "ShouldExcludeIPv6PortBinding"),
        (ReleaseVersion(1, 59), ReleaseVersion(1, 59), "WarmPoolsSupport"),
        (ReleaseVersion(1, 72), ReleaseVersion(1, 72), "GMSADomainlessCapable"),
        (ReleaseVersion(1, 91), ReleaseVersion(1, 91), "FirelensAsyncEnabled"),
        (ReleaseVersion(1, 104), ReleaseVersion(1, 104), "PropagateTaskMemoryLimitCgroupV2"),
    ].flatMap { since, conditionalSince, names in
        names.split(separator: " ").map {
            AgentConfigField(
                name: String($0), since: since, type: .conditional, conditionalSince: conditionalSince)
        }
    }
}
