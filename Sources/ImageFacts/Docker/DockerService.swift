/// How systemd starts dockerd: the flags of its command line and the environment that it reads.

public import ImageReading
import Startup

/// What docker.service, with its drop-ins and environment files, hands to dockerd.
public struct DockerService: Fact {
    /// One flag of dockerd's command line.
    public struct Flag: Codable, Hashable, Sendable {
        /// The long name without dashes, as for `host` written `-H`; a letter that is none of dockerd's by itself.
        public let name: String
        /// `--host`, `-H`: as it is written.
        public let written: String
        /// Its value, only of flags whose value a rule needs; nil for all others.
        public let value: String?
        /// Whether the command line ends where its value would stand.
        public let lacksValue: Bool
        /// The unit, drop-in or environment file and line that it stands on.
        public let evidence: Evidence
    }

    /// One variable of dockerd's environment.
    public struct Variable: Codable, Hashable, Sendable {
        /// Its value as dockerd sees it.
        public let value: String
        /// Where it is set.
        public let evidence: Evidence
    }

    /// The unit's file.
    public let path: ImagePath
    /// In the order of the command line, variables expanded.
    public let flags: [Flag]
    /// Words that are neither a flag nor a flag's value, each with where it comes from.
    public let operands: [Evidence]
    /// DOCKER_MIN_API_VERSION; nil where it is not set.
    public let minimumAPIVersion: Variable?
    /// Why flags may be missing here: an environment file that cannot be read, a command line that is not dockerd's;
    /// nil where all are known.
    public let flagsProblem: Problem?
    /// Why variables may be missing here: an environment file that cannot be read; nil where all are known.
    public let environmentProblem: Problem?
}

extension DockerService {
    /// Units are asked of `Startup`; here are the environment files that Docker's packages name.
    public static let wants: [Want] = [
        .contents("/etc/sysconfig/docker"), .contents("/etc/sysconfig/docker-*"), .contents("/etc/default/docker"),
    ]

    /// Reads docker.service; absent where the image has no such unit or masks it.
    static func observe(in startup: ImageStartup) -> Observation<DockerService> {
        startup.boot.unit("docker.service").map { unit in
            let environment = startup.environment(of: unit)
            var commandLine = DockerCommandLine(environment: environment.value ?? .unknown)
            for line in unit.execLines("ExecStart") { commandLine.read(line) }
            let variable = environment.value?["DOCKER_MIN_API_VERSION"]
            let unread = Problem(
                .unsupported, at: unit.path, "a command line of dockerd expected, none found in ExecStart=")
            return DockerService(
                path: unit.path,
                flags: commandLine.flags,
                operands: commandLine.operands,
                minimumAPIVersion: variable.map { Variable(value: $0.value, evidence: $0.evidence) },
                flagsProblem: environment.problem ?? commandLine.problem ?? (commandLine.isFound ? nil : unread),
                environmentProblem: environment.problem
            )
        }
    }

    /// The flags that take no value but `=true` or `=false`.
    package static let switches = DockerCommandLine.switches

    /// The flags of a long name.
    public func flags(named name: String) -> [Flag] { flags.filter { $0.name == name } }
}
