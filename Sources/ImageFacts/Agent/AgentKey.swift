/// The variables that configure the agent, and which of their values may be kept.

import ByteParsing
import Startup

/// Keys of the agent's configuration.
///
/// The list is that of `environmentConfig` in the agent's agent/config/config.go, of the agent's README and of
/// ecs-init's config package, as they stood in agent 1.105.1.
public enum AgentKey {
    /// Whether a key's value may be kept and shown: only those that rules need, never one that may hold a credential.
    public static func isReported(_ key: String) -> Bool {
        reported.contains(key)
    }

    /// Whether evidence may show a key's value as it is written: not that of a proxy, which may hold a password.
    static func isShown(_ key: String) -> Bool {
        isReported(key) && !isAddress(key)
    }

    /// The value of a reported key as it may be kept: an address without its user's name and password.
    static func kept(_ key: String, _ value: String) -> String {
        isAddress(key) && !value.hasPrefix("unix://") ? maskedProxy(value) : value
    }

    /// Whether a value may hold a user's name and password.
    private static func isAddress(_ key: String) -> Bool {
        proxies.contains(key) || key == dockerHost
    }

    /// Where Docker listens, to ecs-init and to the agent.
    public static let dockerHost = "DOCKER_HOST"
    /// Where the agent keeps its state, in its container.
    public static let dataDirectory = "ECS_DATADIR"
    /// Whether tasks get roles of their own.
    public static let taskRoles = "ECS_ENABLE_TASK_IAM_ROLE"
    /// The same of tasks on the host's own network, as those of AWS Batch are.
    public static let taskRolesOnHostNetwork = "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST"
    /// Whether tasks with an execution role may write to awslogs.
    public static let executionRoles = "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE"

    /// The proxy for plain http, by the name that Go asks for first (golang.org/x/net/http/httpproxy: FromEnvironment).
    public static let proxies = ["HTTP_PROXY", "http_proxy"]
    /// What goes to no proxy, likewise.
    public static let proxyExceptions = ["NO_PROXY", "no_proxy"]

    /// Whether the agent, ecs-init or the libraries they are built with read a variable of this name.
    public static func isKnown(_ key: String) -> Bool {
        known.contains(key) || key.hasPrefix("AWS_")
    }

    /// The log drivers that the agent offers to jobs, as a JSON array.
    public static let drivers = "ECS_AVAILABLE_LOGGING_DRIVERS"
    static let cluster = "ECS_CLUSTER"
    static let external = "ECS_EXTERNAL"
    static let documentPath = "ECS_AGENT_CONFIG_FILE_PATH"
    static let attributes = "ECS_INSTANCE_ATTRIBUTES"
    static let tags = "ECS_CONTAINER_INSTANCE_TAGS"
    static let localRoutes = "ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES"
    static let stopTimeout = "ECS_CONTAINER_STOP_TIMEOUT"
    static let startTimeout = "ECS_CONTAINER_START_TIMEOUT"
    static let gpuSupport = "ECS_ENABLE_GPU_SUPPORT"
    static let nvidiaRuntime = "ECS_NVIDIA_RUNTIME"
    static let neuronSupport = "ECS_ENABLE_INF_SUPPORT"
    /// The region that the agent registers in, in the place of the instance's.
    public static let region = "AWS_DEFAULT_REGION"
    /// Whether the agent puts tasks into control groups of their own.
    public static let taskLimits = "ECS_ENABLE_TASK_CPU_MEM_LIMIT"

    fileprivate static let reported: Set = [
        drivers, cluster, external, documentPath, attributes, tags, localRoutes, stopTimeout, startTimeout,
        "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", region, taskLimits,
        dockerHost, dataDirectory, taskRoles, taskRolesOnHostNetwork, executionRoles,
        gpuSupport, nvidiaRuntime, neuronSupport,
    ]

    /// How a message may call a key that was found: by its name where it is known or looks like a variable's name, else
    /// not at all, since what stands before a `=` may be half of a credential that was broken over two lines.
    static func shown(_ key: String) -> String? {
        if isKnown(key) { return key }
        let looksLikeName = key.utf8.allSatisfy { byte in
            UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || byte == UInt8(ascii: "_")
        }
        return looksLikeName && key.contains("_") && key.utf8.count <= 64 ? key : nil
    }

    /// The known key that a mistyped one was probably meant to be; nil where none is close.
    static func suggestion(for key: String) -> String? {
        let upper = key.uppercased()
        if known.contains(upper) { return upper }
        guard 6...64 ~= upper.utf8.count else { return nil }
        let near = known.filter { abs($0.utf8.count - upper.utf8.count) < 3 }
            .map { (distance: editDistance(upper, $0), key: $0) }.filter { $0.distance < 3 }
        return near.min { ($0.distance, $0.key) < ($1.distance, $1.key) }?.key
    }

    private static let known: Set<String> = Set(
        """
        ECS_CLUSTER ECS_BACKEND_HOST DOCKER_HOST ECS_RESERVED_PORTS ECS_RESERVED_PORTS_UDP ECS_DATADIR ECS_CHECKPOINT \
        ECS_ENGINE_AUTH_TYPE ECS_ENGINE_AUTH_DATA ECS_UPDATES_ENABLED ECS_UPDATE_DOWNLOAD_DIR ECS_DISABLE_METRICS \
        ECS_RESERVED_MEMORY ECS_AVAILABLE_LOGGING_DRIVERS ECS_DISABLE_PRIVILEGED ECS_SELINUX_CAPABLE \
        ECS_APPARMOR_CAPABLE ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER \
        ECS_ENABLE_TASK_ENI ECS_ENABLE_HIGH_DENSITY_ENI ECS_ENABLE_TASK_IAM_ROLE \
        ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP ECS_ENABLE_TASK_CPU_MEM_LIMIT \
        ECS_CONTAINER_STOP_TIMEOUT ECS_CONTAINER_START_TIMEOUT ECS_CONTAINER_CREATE_TIMEOUT \
        ECS_MANIFEST_PULL_TIMEOUT ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT ECS_IMAGE_PULL_INACTIVITY_TIMEOUT \
        ECS_IMAGE_PULL_TIMEOUT ECS_AUDIT_LOGFILE ECS_AUDIT_LOGFILE_DISABLED ECS_DISABLE_IMAGE_CLEANUP \
        ECS_IMAGE_MINIMUM_CLEANUP_AGE NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE ECS_IMAGE_CLEANUP_INTERVAL \
        ECS_NUM_IMAGES_DELETE_PER_CYCLE NONECS_NUM_CONTAINERS_DELETE_PER_CYCLE ECS_IMAGE_PULL_BEHAVIOR \
        ECS_EXCLUDE_UNTRACKED_IMAGE ECS_INSTANCE_ATTRIBUTES ECS_CNI_PLUGINS_PATH ECS_AWSVPC_BLOCK_IMDS \
        ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES ECS_ENABLE_CONTAINER_METADATA ECS_HOST_DATA_DIR \
        ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE ECS_CGROUP_PATH ECS_CGROUP_CPU_PERIOD ECS_TASK_METADATA_RPS_LIMIT \
        ECS_SHARED_VOLUME_MATCH_FULL_CONFIG ECS_CONTAINER_INSTANCE_TAGS ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM \
        ECS_POLL_METRICS ECS_POLLING_METRICS_WAIT_DURATION ECS_DISABLE_DOCKER_HEALTH_CHECK ECS_ENABLE_GPU_SUPPORT \
        ECS_EBSTA_SUPPORTED ECS_ENABLE_INF_SUPPORT ECS_NVIDIA_RUNTIME ECS_DISABLE_TASK_METADATA_AZ \
        ECS_ENABLE_SPOT_INSTANCE_DRAINING ECS_GMSA_SUPPORTED ECS_DOMAIN_JOINED_LINUX_INSTANCE \
        ECS_VOLUME_PLUGIN_CAPABILITIES ECS_FSX_WINDOWS_FILE_SERVER_SUPPORTED ECS_EXTERNAL ECS_ENABLE_RUNTIME_STATS \
        ECS_EXCLUDE_IPV6_PORTBINDING ECS_WARM_POOLS_CHECK ECS_DYNAMIC_HOST_PORT_RANGE ECS_TASK_PIDS_LIMIT \
        ECS_ENABLE_FIRELENS_ASYNC ECS_AGENT_CONFIG_FILE_PATH ECS_LOGFILE ECS_LOGLEVEL ECS_LOGLEVEL_ON_INSTANCE \
        ECS_LOG_ROLLOVER_TYPE ECS_LOG_OUTPUT_FORMAT ECS_LOG_MAX_FILE_SIZE_MB ECS_LOG_MAX_ROLL_COUNT ECS_LOG_DRIVER \
        ECS_LOG_OPTS ECS_AGENT_HEALTHCHECK_HOST ECS_ENABLE_CPU_UNBOUNDED_WINDOWS_WORKAROUND \
        ECS_ENABLE_MEMORY_UNBOUNDED_WINDOWS_WORKAROUND ECS_ALTERNATE_CREDENTIAL_PROFILE \
        ECS_SKIP_LOCALHOST_TRAFFIC_FILTER ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS \
        ECS_OFFHOST_INTROSPECTION_INTERFACE_NAME ECS_AGENT_LABELS ECS_AGENT_APPARMOR_PROFILE \
        ECS_AGENT_PID_NAMESPACE_HOST ECS_AGENT_RUN_PRIVILEGED ECS_INIT_DOCKER_LOG_FILE_SIZE \
        ECS_INIT_DOCKER_LOG_FILE_NUM ECS_INSTANCE_IP_COMPATIBILITY ECS_PROPAGATE_TASK_MEMORY_LIMIT_CGROUPV2 \
        ECS_PAUSE_LABELS ECS_DETAILED_OS_FAMILY ECS_ENABLE_PROMETHEUS_METRICS CREDENTIALS_FETCHER_HOST CREDENTIALS_FETCHER_HOST_DIR \
        CREDENTIALS_FETCHER_SECRET_NAME_FOR_DOMAINLESS_GMSA HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy \
        no_proxy SSL_CERT_DIR SSL_CERT_FILE TZ GODEBUG GOGC GOMAXPROCS GOMEMLIMIT GOTRACEBACK
        """.split(separator: " ").map(String.init))
}

extension ShownKeys {
    /// The variables that rules need: the agent's, and dockerd's one.
    static let ofRules = ShownKeys(
        AgentKey.reported.subtracting(AgentKey.proxies + [AgentKey.dockerHost]).union(["DOCKER_MIN_API_VERSION"]))
}

/// `text` with `…` in the place of what may be a credential.
public func withoutCredentials(_ text: String) -> String { ShownKeys.ofRules.withoutCredentials(text) }
