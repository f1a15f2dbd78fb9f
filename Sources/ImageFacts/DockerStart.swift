/// Whether Docker starts at boot, which the agent cannot do without.

public import ImageReading

/// What starts the Docker daemon.
public struct DockerStart: Fact {
    /// `docker.service`, or what the daemon's job is called on this image.
    public let job: String
    /// Whether that job starts at boot.
    public let service: BootStart
    /// Whether the socket is listened on at boot, whose first caller starts the daemon; nil where there is no such
    /// unit.
    public let socket: BootStart?
    /// A masked or missing docker.socket that the service takes its own socket from (`-H fd://`): it ends at once.
    public let missingSocket: [Evidence]

    /// Asked of the units and scripts, which are read by their own facts.
    public static let wants: [Want] = []

    /// The names of the daemon's unit, the usual one first.
    private static let services = ["docker.service", "snap.docker.dockerd.service", "docker-latest.service"]

    /// Looks for the daemon's unit, upstart job or init script. Absent where there is none.
    public static func observe(in root: RootFilesystem, units: Units) -> Observation<DockerStart> {
        let initSystem = InitSystem(in: root, units: units)
        let starters = OtherStarters(root: root, units: units, initSystem: initSystem)
        var searched: [ImagePath] = []
        if initSystem.other == nil {
            for service in services {
                let start = starters.completing(units.start(of: service), of: service)
                if case .noUnit(let places) = start {
                    searched += places
                    continue
                }
                let socket = starters.completing(units.start(of: "docker.socket"), of: "docker.socket")
                let hasSocket = if case .noUnit = socket { false } else { true }
                let found = DockerStart(
                    job: service, service: start, socket: hasSocket && service == "docker.service" ? socket : nil,
                    missingSocket: missingSocket(of: service, socket, units))
                return .present(found, start.evidence)
            }
        }
        let upstart = UpstartJobs(root: root, initSystem: initSystem)
        for case .present(let job, _) in upstart.all() where job.name == "docker" && initSystem.other != nil {
            let start = starters.completing(upstart.start(of: job), of: job.name)
            return .present(DockerStart(job: job.name, service: start, socket: nil, missingSocket: []), start.evidence)
        }
        let scripts = SysVScripts(root: root, units: units, initSystem: initSystem)
        for name in ["docker", "docker.io"] {
            guard let start = scripts.start(of: name).map({ starters.completing($0, of: name) }) else { continue }
            return .present(DockerStart(job: name, service: start, socket: nil, missingSocket: []), start.evidence)
        }
        return .absent(searched: searched + ["/etc/init/docker.conf", "/etc/init.d/docker"])
    }

    /// The lines and links by which a service wants its socket from a unit that is masked or not there.
    private static func missingSocket(of service: String, _ socket: BootStart, _ units: Units) -> [Evidence] {
        guard let unit = units.unit(service).value else { return [] }
        let line = unit.values("Service", "ExecStart").last { $0.value.contains("fd://") }
        guard let line else { return [] }
        switch socket {
        case .masked(let evidence): return [line.evidence] + evidence
        case .noUnit: return [line.evidence]
        case .started, .notStarted, .undetermined: return []
        }
    }
}

extension BootStart {
    /// The links, masks or lines that decide it.
    public var evidence: [Evidence] {
        switch self {
        case .started(let evidence, _), .notStarted(let evidence), .masked(let evidence): evidence
        case .undetermined(let evidence, _): evidence
        case .noUnit(let searched): searched.map { Evidence($0) }
        }
    }
}
