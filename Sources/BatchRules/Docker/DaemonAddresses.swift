/// Where dockerd listens: the decision behind docker-socket.

import ImageFacts
import ImageReading

/// The places at which a Docker daemon listens, by its command line, its file and docker.socket.
///
/// From moby's cmd/dockerd (daemon.go: loadListeners) and opts/hosts.go: without any host it is
/// unix:///var/run/docker.sock, `fd://` stands for the sockets that systemd hands over.
struct DaemonAddresses {
    /// The paths of unix sockets, /run for /var/run.
    private(set) var paths: [String] = []
    /// All places as they are written.
    private(set) var labels: [String] = []
    private(set) var evidence: [Evidence] = []
    /// Why there may be more; nil where all are known.
    private(set) var problem: Problem?

    static let usual = "/var/run/docker.sock"

    init(_ facts: Facts, _ service: DockerService) {
        problem = service.flagsProblem ?? facts.daemonConfiguration.problem
        let settings = DaemonSettings(
            file: facts.daemonConfiguration.value, service: service, version: facts.docker.value?.version)
        let hosts = settings.texts("hosts", flag: "host")
        guard !hosts.isEmpty else {
            add(Self.usual, "unix://\(Self.usual)", Evidence(service.path))
            return
        }
        for host in hosts {
            if host.text.hasPrefix("fd://") {
                for address in facts.dockerStart.value?.socketAddresses ?? [] {
                    add(address.text, "\(address.text) of docker.socket", address.evidence)
                }
            } else if host.text.hasPrefix("unix://") {
                let path = String(host.text.dropFirst("unix://".count))
                add(path.isEmpty ? Self.usual : path, host.text, host.evidence)
            } else {
                labels.append(host.text)
                evidence.append(host.evidence)
            }
        }
    }

    private mutating func add(_ path: String, _ label: String, _ place: Evidence) {
        if path.hasPrefix("/") { paths.append(Self.real(path)) }
        labels.append(label)
        evidence.append(place)
    }

    /// Whether one of them is the unix socket at a path of the host.
    func include(_ path: String) -> Bool { paths.contains(Self.real(path)) }

    /// /var/run is a link to /run on every system that starts its services by systemd.
    private static func real(_ path: String) -> String {
        let path = ImagePath(path).text
        return path.hasPrefix("/var/run/") ? String(path.dropFirst("/var".count)) : path
    }
}
