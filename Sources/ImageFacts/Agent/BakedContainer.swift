/// Containers that stand in Docker's storage on the image: made while it was built, and started again on its hosts.

import ByteParsing
import GoJSON
import ImageReading
import Startup

/// One container as the daemon keeps it (moby: container/container.go, daemon/container.go): config.v2.json says what it
/// is, hostconfig.json how it is run.
struct BakedContainer: Hashable {
    /// Without the `/` that Docker keeps in front of it.
    let name: String
    let identifier: String
    let image: String
    /// `KEY=VALUE`, of the image and of its making, with the line that each stands on.
    private let environment: [Variable]
    /// `always`; nil where there is none.
    let restart: String?
    /// Whether the daemon starts it when it starts itself.
    let isRestarted: Bool
    /// What it shares with its host.
    private let options: ContainerOptions
    /// Its two files.
    let evidence: [Evidence]

    private struct Variable: Hashable {
        let text: String
        let line: Int
    }

    /// Docker's data directory at its default place.
    private static let configurations = Want.contents("/var/lib/docker/containers/*/config.v2.json")
    private static let hostConfigurations = Want.contents("/var/lib/docker/containers/*/hostconfig.json")
    static let wants = [configurations, hostConfigurations]

    /// All containers, sorted by identifier; unreadable where one of them is.
    static func observe(in root: RootFilesystem) -> Observation<[BakedContainer]> {
        var containers: [BakedContainer] = []
        for file in root.files(configurations) {
            let read = file.parsed { file throws(FormatError) in (file, try GoValue.unmarshal(file.bytes)) }
            switch read {
            case .absent: continue
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .present((let file, let json), _):
                let path = file.path.parent.appending("hostconfig.json")
                let host = root[.contents(path)].parsed { file throws(FormatError) in
                    (file, try GoValue.unmarshal(file.bytes))
                }
                if case .unreadable(let evidence, let problem) = host { return .unreadable(evidence, problem) }
                if let container = BakedContainer(json, file, host.value?.1 ?? .null, host.value?.0) {
                    containers.append(container)
                }
            }
        }
        guard !containers.isEmpty else { return .absent(searched: [configurations.path]) }
        return .present(containers, containers.flatMap(\.evidence))
    }

    /// Nil where the file does not say which container it is.
    private init?(_ json: GoValue, _ file: File, _ host: GoValue, _ hostFile: File?) {
        func field(_ name: String, of value: GoValue) -> GoValue { value.members(ofField: name).last?.value ?? .null }
        let configuration = field("Config", of: json)
        let state = field("State", of: json)
        guard let image = field("Image", of: configuration).string, let name = field("Name", of: json).string else {
            return nil
        }
        self.name = String(name.drop { $0 == "/" })
        identifier = field("ID", of: json).string ?? file.path.parent.name
        self.image = image
        environment = (field("Env", of: configuration).elements ?? []).compactMap { element in
            element.string.map { Variable(text: $0, line: element.line) }
        }
        options = ContainerOptions(host)
        let policy = field("RestartPolicy", of: host)
        let restart = field("Name", of: policy).string.flatMap { $0.isEmpty || $0 == "no" ? nil : $0 }
        self.restart = restart
        // containers that run when the host is stopped end with another status than 0 (moby: restartmanager).
        isRestarted =
            switch restart {
            case "always": true
            case "unless-stopped": field("HasBeenManuallyStopped", of: json).kind != .bool(true)
            case "on-failure":
                field("Running", of: state).kind == .bool(true)
                    || ![.null, .number("0")].contains(field("ExitCode", of: state).kind)
            default: false
            }
        var evidence = [file.evidence("container \(self.name) of \(image)")]
        if let restart, let hostFile {
            evidence.append(hostFile.evidence(line: policy.line, "\"RestartPolicy\": \"\(restart)\""))
        }
        self.evidence = evidence
    }

    /// How it runs the agent; nil where it is another image's.
    var run: AgentJob.DockerRun? {
        guard ImageReference(image).isAgent || image.contains("amazon-ecs-agent") else { return nil }
        let place = evidence[0]
        let settings = environment.compactMap { variable -> AgentJob.Setting? in
            guard let equals = variable.text.firstIndex(of: "=") else { return nil }
            let key = String(variable.text[..<equals])
            guard AgentKey.isReported(key) else { return nil }
            let value = String(variable.text[variable.text.index(after: equals)...])
            return AgentJob.Setting(
                key: key, value: AgentKey.kept(key, value),
                evidence: Evidence(
                    place.path, realPath: place.realPath, line: variable.line, ShownKeys.ofRules.setting(key, value)))
        }
        var run = AgentJob.DockerRun(
            image: image, restart: restart, environment: settings, problem: nil, isDetached: true,
            maker: .bakedContainer)
        run.options = options
        run.cluster = .baked(
            container: name, cluster: settings.last { $0.key == AgentKey.cluster }?.value, evidence: evidence)
        return run
    }

    /// Whether `docker start` means it by this word: its name, or the beginning of its identifier.
    func isCalled(_ word: String) -> Bool {
        name == word.drop { $0 == "/" } || word.utf8.count >= 2 && identifier.hasPrefix(word)
    }
}
