/// Whether something lets tasks reach the agent's credentials on the host's loopback addresses.

import ByteParsing
public import ImageReading
import Startup

/// Where `net.ipv4.conf.*.route_localnet` is set, which ecs-init sets itself: without it the kernel drops what tasks send
/// to 169.254.170.2 and a rule of iptables turns to 127.0.0.1.
public struct LocalRouting: Fact {
    /// The first line of settings, or the file that runs the agent, which names it.
    public let evidence: Evidence

    /// The settings that systemd-sysctl applies at boot (sysctl.d(5)).
    public static let wants: [Want] = [
        .contents("/etc/sysctl.conf"), .contents("/etc/sysctl.d/*.conf"), .contents("/usr/lib/sysctl.d/*.conf"),
    ]

    /// Looks in the settings, and in what runs an agent by hand. Absent where neither names it.
    static func observe(in root: RootFilesystem, jobs: Observation<[AgentJob]>) -> Observation<LocalRouting> {
        for case .present(let file, _) in wants.flatMap(root.files) where name.areIn(file.bytes) {
            let lines = file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                let text = goTrimmed(String(decoding: line, as: UTF8.self))
                guard text.contains("route_localnet"), text.hasSuffix("1"), text.first != "#", text.first != ";" else {
                    continue
                }
                let evidence = file.evidence(line: index + 1, text)
                return .present(LocalRouting(evidence: evidence), [evidence])
            }
        }
        for place in (jobs.value ?? []).filter({ $0.given != nil }).flatMap(\.evidence) {
            guard let file = root.files(ScriptFiles.want(place.path)).first?.value, name.areIn(file.bytes) else {
                continue
            }
            return .present(LocalRouting(evidence: file.evidence()), [file.evidence()])
        }
        return .absent(searched: wants.map(\.path))
    }

    private static let name = Mentions(["route_localnet"])
}
