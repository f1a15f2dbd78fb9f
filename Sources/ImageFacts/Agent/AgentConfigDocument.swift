/// The agent's configuration as a JSON document: `/etc/ecs/ecs.config.json`.

import ByteParsing
import GoJSON
public import ImageReading

/// What the document sets of what rules need, and whether the agent accepts it.
public struct AgentConfigDocument: Fact {
    /// Why the agent does not start with this document.
    public struct Refusal: Codable, Hashable, Sendable {
        /// What was expected and what was found, without the place.
        public let reason: String
        /// Where.
        public let evidence: Evidence
    }

    /// AvailableLoggingDrivers as the agent stores it; nil where it is not set, or to nothing.
    public let drivers: [String]?
    /// Where AvailableLoggingDrivers stands; nil where it does not.
    public let driversEvidence: Evidence?
    /// Cluster, else ClusterArn; nil where neither is set.
    public let cluster: String?
    /// Where the cluster stands; nil where it does not.
    public let clusterEvidence: Evidence?
    /// External set to true: the mode for machines outside of EC2. Nil where it is not.
    public let externalEvidence: Evidence?
    /// Nil where the agent accepts the document.
    public let refusal: Refusal?

    /// Where ecs-init has the agent look for its document.
    public static let path: ImagePath = "/etc/ecs/ecs.config.json"
    private static let document = Want.contents(path)
    /// The document.
    public static let wants: [Want] = [document]

    /// Reads it as the agent does (fileConfig in agent/config/config.go); a blank document is present and sets nothing.
    static func observe(in root: RootFilesystem) -> Observation<AgentConfigDocument> {
        root[document].parsed { file throws(FormatError) in try AgentConfigDocument(file) }
    }
}

extension AgentConfigDocument {
    /// Throws only beyond the limits of the reader: what the agent itself refuses is a refusal.
    private init(_ file: File) throws(FormatError) {
        let isBlank = String(decoding: file.bytes, as: UTF8.self).unicodeScalars.allSatisfy(\.properties.isWhitespace)
        guard !isBlank else {
            self.init(.null, file, refusal: nil)
            return
        }
        do throws(FormatError) {
            let json = try GoValue.unmarshal(file.bytes)
            self.init(json, file, refusal: Self.refusal(of: json, file))
        } catch {
            guard error.code != .limitExceeded else { throw error }
            let line = GoValue.line(of: error.offset ?? 0, in: file.bytes)
            let refusal = Refusal(reason: error.reason, evidence: file.evidence(line: line))
            self.init(.null, file, refusal: refusal)
        }
    }

    private init(_ json: GoValue, _ file: File, refusal: Refusal?) {
        func last(_ field: String) -> GoValue.Member? {
            json.members(ofField: field).last { $0.value.kind != .null }
        }
        func evidence(_ member: GoValue.Member?) -> Evidence? {
            member.map { file.evidence(line: $0.line, $0.name) }
        }
        let drivers = last("AvailableLoggingDrivers")
        let names = drivers?.value.elements.map { $0.map { $0.string ?? "" } } ?? []
        self.drivers = names.isEmpty ? nil : names
        driversEvidence = evidence(drivers)
        let cluster = [last("Cluster"), last("ClusterArn")].compactMap { $0 }.first {
            $0.value.string?.isEmpty == false
        }
        self.cluster = cluster?.value.string.map(goTrimmed)
        clusterEvidence = evidence(cluster)
        let external = last("External")
        let isExternal = external?.value.kind == .bool(true) || external?.value.kind == .number("1")
        externalEvidence = isExternal ? evidence(external) : nil
        self.refusal = refusal
    }

    private static func refusal(of json: GoValue, _ file: File) -> Refusal? {
        guard let members = json.members else {
            if json.kind == .null { return nil }
            let reason = "an object expected, \(json.kindName) found"
            return Refusal(reason: reason, evidence: file.evidence(line: json.line))
        }
        for member in members {
            guard let field = fields.first(where: { GoValue.isField(member.name, $0.name) }),
                let mismatch = field.type.mismatch(member.value)
            else { continue }
            return Refusal(
                reason: "\(field.name): \(mismatch.reason)",
                evidence: file.evidence(line: mismatch.line, field.name)
            )
        }
        return nil
    }

    /// The fields of the agent's Config (agent/config/types.go), by their types.
    private static let fields: [(name: String, type: GoType)] = [
        (
            .text,
            """
            ClusterArn Cluster APIEndpoint DockerEndpoint AWSRegion DataDir DataDirOnHost EngineAuthType \
            UpdateDownloadDir CredentialsAuditLogFile CNIPluginsPath PauseContainerTarballPath PauseContainerImageName \
            PauseContainerTag CgroupPath NvidiaRuntime RuntimeStatsLogFile DynamicHostPortRange
            """
        ),
        (
            .bool,
            """
            CredentialsAuditLogDisabled TaskIAMRoleEnabledForNetworkHost PrometheusMetricsEnabled NoIID \
            GPUSupportEnabled InferentiaSupportEnabled TaskMetadataAZDisabled EBSTASupportEnabled
            """
        ),
        (
            .conditional,
            """
            Checkpoint UpdatesEnabled DisableMetrics PollMetrics DisableDockerHealthCheck \
            DependentContainersPullUpfront PrivilegedDisabled SELinuxCapable AppArmorCapable TaskIAMRoleEnabled \
            DeleteNonECSImagesEnabled TaskCPUMemLimit TaskENIEnabled ENITrunkingEnabled ImageCleanupDisabled \
            AWSVPCBlockInstanceMetdata ContainerMetadataEnabled OverrideAWSLogsExecutionRole \
            SharedVolumeMatchFullConfig SpotInstanceDrainingEnabled GMSACapable GMSADomainlessCapable \
            FSxWindowsFileServerCapable External EnableRuntimeStats ShouldExcludeIPv6PortBinding WarmPoolsSupport \
            FirelensAsyncEnabled
            """
        ),
        (
            .integer(Int.min...Int.max),
            """
            NumImagesToDeletePerCycle NumNonECSContainersToDeletePerCycle TaskMetadataSteadyStateRate \
            TaskMetadataBurstRate ENIPauseContainerCleanupDelaySeconds TaskPidsLimit PollingMetricsWaitDuration \
            DockerStopTimeout ContainerStartTimeout ContainerCreateTimeout ImagePullInactivityTimeout ImagePullTimeout \
            ManifestPullTimeout TaskCleanupWaitDuration TaskCleanupWaitDurationJitter MinimumImageDeletionAge \
            NonECSMinimumImageDeletionAge ImageCleanupInterval CgroupCPUPeriod
            """
        ),
        (.integer(0...65535), "ReservedMemory"),
        (.integer(-128...127), "ImagePullBehavior ContainerInstancePropagateTagsFrom"),
        (
            .texts,
            "AvailableLoggingDrivers ImageCleanupExclusionList VolumePluginCapabilities InstanceENIDNSServerList"
        ),
        (.ports, "ReservedPorts ReservedPortsUDP"),
        (.textMap, "InstanceAttributes ContainerInstanceTags"),
        (.prefixes, "AWSVPCAdditionalLocalRoutes"),
        (.object, "PlatformVariables"),
    ].flatMap { type, names in names.split(separator: " ").map { (String($0), type) } }
}
