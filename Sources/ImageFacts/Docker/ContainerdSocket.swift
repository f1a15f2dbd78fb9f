/// Whether anything serves the socket of containerd that dockerd is told to use: without it dockerd gives up after 60 s
/// (moby's libcontainerd and cmd/dockerd).

import ImageReading
import Startup

/// The containerd that docker.service names.
enum ContainerdSocket {
    private static let usual = "/run/containerd/containerd.sock"
    static let configuration = Want.contents("/etc/containerd/config.toml")

    /// What keeps dockerd from finding its containerd; nil where it is served, or where dockerd starts its own, which it
    /// does not once it is given an address (moby, cmd/dockerd/daemon_unix.go, initContainerd).
    static func hindrance(to docker: Unit, in startup: ImageStartup) -> StartHindrance? {
        guard let (address, line) = address(in: docker, startup) else { return nil }
        func hindrance(_ weight: StartHindrance.Weight, _ found: String, _ evidence: [Evidence]) -> StartHindrance {
            StartHindrance(of: docker.name, .requirement, weight, line, found, evidence: evidence)
        }
        let started = startup.boot.startedNames(with: docker.name)
            .union(startup.commandedStarts.startedNames)
        let name = startup.boot.followed("containerd.service")
        switch startup.boot.start(of: "containerd.service") {
        case .undetermined: return nil
        case .noUnit:
            return other(than: name, among: started, serving: address, in: startup).map { hindrance(.depends, $0, []) }
                ?? hindrance(
                    .never,
                    "nothing serves that socket, since there is no containerd.service: dockerd gives up after 60 s", [])
        case .masked(let evidence):
            return other(than: name, among: started, serving: address, in: startup).map { hindrance(.depends, $0, []) }
                ?? hindrance(
                    .never,
                    "nothing serves that socket, since containerd.service is masked: dockerd gives up after 60 s",
                    evidence)
        case .started, .notStarted:
            guard let unit = startup.boot.unit(name).value else { return nil }
            guard started.contains(name) else {
                return other(than: name, among: started, serving: address, in: startup)
                    .map { hindrance(.depends, $0, []) }
                    ?? hindrance(
                        .never,
                        "nothing serves that socket, since nothing starts containerd.service: dockerd gives up after 60 s",
                        [Evidence(unit.path)])
            }
            if let reason = startup.hindrances(to: unit).gravest {
                return hindrance(
                    reason.weight, "\(reason.unit) has \(reason.line.text), and \(reason.found)",
                    [reason.line] + reason.evidence)
            }
            guard let (served, place) = servedAddress(of: unit, in: startup), served != address else { return nil }
            return other(than: name, among: started, serving: address, in: startup).map { hindrance(.depends, $0, []) }
                ?? hindrance(
                    .never, "containerd.service serves \(served) instead: dockerd gives up after 60 s", [place])
        }
    }

    /// The value of --containerd=, and the line.
    private static func address(in docker: Unit, _ startup: ImageStartup) -> (ImagePath, Evidence)? {
        let environment = startup.environment(of: docker).value ?? .unknown
        for line in docker.execLines("ExecStart") where line.directive.value.contains("--containerd") {
            let words = line.words(in: environment).map(\.text)
            guard let address = value(of: ["--containerd"], in: words) else { continue }
            let evidence = line.directive.evidence(showing: .ofRules)
            return (
                path(address),
                Evidence(
                    evidence.path, realPath: evidence.realPath, line: evidence.line, "--containerd=\(path(address))")
            )
        }
        return nil
    }

    private static func value(of flags: [String], in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            for flag in flags {
                if word == flag, index + 1 < words.count { return words[index + 1] }
                if word.hasPrefix("\(flag)=") { return String(word.dropFirst(flag.count + 1)) }
            }
        }
        return nil
    }

    private static func path(_ address: String) -> ImagePath {
        let text = address.hasPrefix("unix://") ? String(address.dropFirst(7)) : address
        return ImagePath(text.hasPrefix("/var/run/") ? String(text.dropFirst(4)) : text)
    }

    /// The socket that a containerd serves: by its flag, by the file of its configuration, or as it is built; nil where
    /// that cannot be read.
    private static func servedAddress(of unit: Unit, in startup: ImageStartup) -> (ImagePath, Evidence)? {
        guard let line = unit.execLines("ExecStart").last, ImagePath(line.program).name == "containerd" else {
            return nil
        }
        let words = line.words(in: startup.environment(of: unit).value ?? .unknown).map(\.text)
        let evidence = line.directive.evidence(showing: .ofRules)
        if let address = value(of: ["--address", "-a"], in: words) { return (path(address), evidence) }
        let file = value(of: ["--config", "-c"], in: words).map { Want.contents(ImagePath($0)) } ?? configuration
        switch startup.root[file] {
        case .absent: return (path(usual), evidence)
        case .unreadable: return nil
        case .present(let file, _):
            var isOfSocket = false
            for (index, line) in String(decoding: file.bytes, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            {
                let text = line.filter { !$0.isWhitespace }
                if text.hasPrefix("imports=[\"") || text.hasPrefix("imports=['") { return nil }
                if text.hasPrefix("[") { isOfSocket = text == "[grpc]" }
                guard isOfSocket, text.hasPrefix("address=") else { continue }
                let value = text.dropFirst(8).prefix { $0 != "#" }.filter { $0 != "\"" && $0 != "'" }
                return value.isEmpty ? nil : (path(value), file.evidence(line: index + 1, String(line)))
            }
            return (path(usual), evidence)
        }
    }

    /// Another unit that starts and may serve the socket.
    private static func other(
        than name: String, among started: Set<String>, serving address: ImagePath, in startup: ImageStartup
    ) -> String? {
        for other in started.sorted() where other != name && (other.hasSuffix(".service") || other.hasSuffix(".socket"))
        {
            guard other != "docker.service", let unit = startup.boot.unit(other).value else { continue }
            let speaks = unit.directives.contains {
                ($0.section == "Service" || $0.section == "Socket") && $0.value.contains("containerd")
            }
            if speaks { return "containerd.service does not serve that socket, and \(other) may" }
        }
        let script = startup.bootScripts.all.first { script in
            script.commands.contains { $0.command.texts.contains { $0.contains("containerd") } }
        }
        return script.map { "containerd.service does not serve that socket, and \($0.name) may" }
    }
}
