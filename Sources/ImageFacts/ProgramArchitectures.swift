/// For which processors the programs are built without which no job runs, each of its own.

public import Booting
import ByteParsing
public import ImageReading
import Startup

/// The machines of the first process, of Docker's daemon and of the agent's nanny.
public struct ProgramArchitectures: Fact {
    /// One program.
    public struct Program: Codable, Hashable, Sendable {
        /// Where it is run from.
        public let path: ImagePath
        /// What it is built for.
        public let architecture: Architecture
        /// Where it stands.
        public let evidence: Evidence
    }

    /// Those that are there and are ELF programs, in the order of the boot.
    public let programs: [Program]

    /// The first that is there of each line counts.
    private static let places: [[ImagePath]] = [
        ["/sbin/init", "/usr/sbin/init", "/usr/lib/systemd/systemd", "/lib/systemd/systemd"],
        ["/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd"],
        ["/usr/libexec/amazon-ecs-init", "/usr/sbin/amazon-ecs-init"],
    ]

    /// As much as Architecture asks of a program.
    private static let headLength = 20

    /// The heads of those programs.
    public static let wants: [Want] = places.joined().map { .head($0, bytes: headLength) }

    /// Reads their heads; absent where none of them is an ELF program that could be read.
    public static func observe(in root: RootFilesystem) -> Observation<ProgramArchitectures> {
        let programs = places.compactMap { paths in
            paths.lazy.compactMap { path -> Program? in
                let machine = root[.head(path, bytes: headLength)].parsed { file throws(FormatError) in
                    try Architecture(elf: file.bytes)
                }
                return machine.value.map { machine in
                    Program(
                        path: path, architecture: machine,
                        evidence: Evidence(
                            path, realPath: root.resolve(path).value?.realPath, "ELF for \(machine.rawValue)"))
                }
            }.first
        }
        guard !programs.isEmpty else { return .absent(searched: places.compactMap(\.first)) }
        return .present(ProgramArchitectures(programs: programs), programs.map(\.evidence))
    }
}
