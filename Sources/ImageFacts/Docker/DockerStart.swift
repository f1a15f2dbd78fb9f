/// Whether Docker starts at boot, which the agent cannot do without.

import ByteParsing
public import ImageReading
public import Startup

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
    /// What keeps systemd from running the daemon although it is started.
    public let faults: [StartFault]
    /// What keeps the service, its socket or the containerd that it is told to use from starting, or may.
    public let hindrances: [StartHindrance]
    /// Where docker.socket has systemd listen, for a daemon that takes its sockets from there; empty where there is none.
    public private(set) var socketAddresses: [Address] = []

    /// A place to listen at.
    public struct Address: Codable, Hashable, Sendable {
        /// A path, or what stands there for another kind of socket.
        public let text: String
        /// The line that says it.
        public let evidence: Evidence
    }

    init(
        job: String, service: BootStart, socket: BootStart?, missingSocket: [Evidence], faults: [StartFault] = [],
        hindrances: [StartHindrance] = []
    ) {
        self.job = job
        self.service = service
        self.socket = socket
        self.missingSocket = missingSocket
        self.faults = faults
        self.hindrances = hindrances
    }

    /// What containerd and sockets go by; units, jobs and scripts are asked of `Startup`.
    public static let wants: [Want] = [ContainerdSocket.configuration]

    /// The names of the daemon's unit, the usual one first.
    private static let services = ["docker.service", "snap.docker.dockerd.service", "docker-latest.service"]

    /// Looks for the daemon's unit, upstart job or init script. Absent where there is none.
    static func observe(in startup: ImageStartup) -> Observation<DockerStart> {
        let commanded = startup.commandedStarts
        var searched: [ImagePath] = []
        if startup.initSystem.other == nil {
            for service in services {
                let start = startup.start(of: service)
                if case .noUnit(let places) = start {
                    searched += places
                    continue
                }
                let socket = startup.start(of: "docker.socket")
                let hasSocket = if case .noUnit = socket { false } else { true }
                var found = DockerStart(
                    job: service, service: start, socket: hasSocket && service == "docker.service" ? socket : nil,
                    missingSocket: missingSocket(of: service, socket, startup.boot),
                    faults: startup.boot.unit(service).value.map { startup.faults(of: $0) } ?? [],
                    hindrances: hindrances(to: service, in: startup))
                found.socketAddresses = startup.boot.unit("docker.socket").value.map(addresses) ?? []
                return .present(found, start.evidence)
            }
        }
        for case .present(let job, _) in startup.upstartJobs.all
        where job.name == "docker" && startup.initSystem.other != nil {
            let start = commanded.completing(startup.upstartJobs.start(of: job), of: job.name)
            return .present(
                DockerStart(job: job.name, service: start, socket: nil, missingSocket: [], faults: []), start.evidence)
        }
        for name in ["docker", "docker.io"] {
            guard let start = startup.initScripts.start(of: name).map({ commanded.completing($0, of: name) }) else {
                continue
            }
            return .present(
                DockerStart(job: name, service: start, socket: nil, missingSocket: [], faults: []), start.evidence)
        }
        return .absent(searched: searched + ["/etc/init/docker.conf", "/etc/init.d/docker"])
    }

    /// What a socket unit listens on; `%t` is /run to the system's manager (systemd.unit(5)).
    private static func addresses(of socket: Unit) -> [Address] {
        socket.values("Socket", "ListenStream").map { line in
            Address(text: line.value.replacing("%t", with: "/run"), evidence: line.evidence)
        }
    }

    /// Of the service itself, of docker.socket where it takes its socket from there, and of containerd.
    private static func hindrances(to service: String, in startup: ImageStartup) -> [StartHindrance] {
        guard let unit = startup.boot.unit(service).value else { return [] }
        var hindrances = startup.hindrances(to: unit)
        let takesSocket = unit.values("Service", "ExecStart").contains { $0.value.holds("fd://") }
        if takesSocket, let socket = startup.boot.unit("docker.socket").value {
            hindrances += startup.hindrances(to: socket)
        }
        return hindrances + [ContainerdSocket.hindrance(to: unit, in: startup)].compactMap(\.self)
    }

    /// The lines and links by which a service wants its socket from a unit that is masked or not there.
    private static func missingSocket(of service: String, _ socket: BootStart, _ boot: Boot) -> [Evidence] {
        guard let unit = boot.unit(service).value else { return [] }
        let line = unit.values("Service", "ExecStart").last { $0.value.holds("fd://") }
        guard let line else { return [] }
        switch socket {
        case .masked(let evidence): return [line.evidence(showing: .ofRules)] + evidence
        case .noUnit: return [line.evidence(showing: .ofRules)]
        case .started, .notStarted, .undetermined: return []
        }
    }
}
