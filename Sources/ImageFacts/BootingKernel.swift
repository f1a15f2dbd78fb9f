/// The kernel that the image boots: from the boot loader's configuration, else from what is installed.

public import ImageReading

/// The kernel that will run.
public struct BootingKernel: Fact {
    /// The version text, from the header inside the kernel file where there is one, else from its name.
    public let version: String
    /// The version that the file's name claims, where its header says another.
    public let claimedVersion: String?
    /// The kernel's file; nil where the file that the boot entry names is not in the image.
    public let path: ImagePath?
    /// Why the header of the file could not be read; the version is then its name's.
    public let problem: Problem?
    /// The boot loader's entry; nil where none is known and the kernel is the only one installed.
    public let entry: BootEntry?
    /// Why no boot entry is known, where a boot loader's configuration is there.
    public let loaderProblem: Problem?

    /// The arguments of the boot entry, split at blanks; nil where no boot entry is known.
    public var commandLine: [String]? { entry?.commandLine }

    public static let wants: [Want] = []

    /// Finds it among the installed kernels by the boot loader's entry.
    ///
    /// Absent where there is no kernel at all. Unreadable with `.undecided` where several are installed and no readable
    /// boot loader chooses between them, or where the entry's kernel has no version that could be read.
    public static func observe(
        in root: RootFilesystem,
        kernels: Observation<InstalledKernels>,
        partitions: Observation<BootPartitions>
    ) -> Observation<BootingKernel> {
        kernels.flatMap { installed, evidence in
            guard let only = installed.kernels.first, let version = only.version, installed.kernels.count == 1 else {
                let problem = Problem(.undecided, at: "/boot", "one kernel expected, \(installed.kernels.count) found")
                return installed.kernels.isEmpty
                    ? .absent(searched: ["/boot/vmlinuz*", "/lib/modules/*/vmlinuz"]) : .unreadable(evidence, problem)
            }
            let kernel = BootingKernel(
                version: version,
                claimedVersion: only.claimedVersion,
                path: only.image,
                problem: only.problem,
                entry: nil,
                loaderProblem: nil
            )
            return .present(kernel, evidence)
        }
    }
}
