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
    /// How many bytes of the file are missing at its end, as its header says; nil where none are.
    public let missingBytes: Int?
    /// What its file is made for; nil where its header does not say.
    public let architecture: Architecture?
    /// The boot loader's entry; nil where none is known and the kernel is the only one installed.
    public let entry: BootEntry?
    /// Why no boot entry is known, where a boot loader's configuration is there.
    public let loaderProblem: Problem?

    /// The arguments of the boot entry, split at blanks; nil where no boot entry is known.
    public var commandLine: [String]? { entry?.commandLine }

    /// The boot loaders' configuration, and the links to kernels in the root directory.
    public static let wants: [Want] = BootEntry.wants + [.head("/vmlinuz*", bytes: KernelImage.headLength)]

    /// Finds it by the boot loader's entry, or where there is no boot loader's configuration, as the only one installed.
    ///
    /// Absent where there is no kernel at all. Unreadable where the entry's kernel has no version that could be read,
    /// where the entry that boots by itself is no Linux (`.noLinux`), and where several kernels are installed and no
    /// readable configuration chooses between them (`.undecided`, or the configuration's own problem).
    public static func observe(
        in root: RootFilesystem,
        kernels: Observation<InstalledKernels>,
        partitions: Observation<BootPartitions>
    ) -> Observation<BootingKernel> {
        switch BootEntry.observe(in: root, partitions: partitions) {
        case .present(let entry, let evidence):
            return observe(entry, evidence, in: root, kernels)
        case .absent:
            return only(of: kernels, loaderProblem: nil)
        case .unreadable(let evidence, let problem) where problem.code == .noLinux:
            return .unreadable(evidence, problem)
        case .unreadable(_, let problem):
            return only(of: kernels, loaderProblem: problem)
        }
    }

    private static func observe(
        _ entry: BootEntry,
        _ evidence: [Evidence],
        in root: RootFilesystem,
        _ kernels: Observation<InstalledKernels>
    ) -> Observation<BootingKernel> {
        guard let (path, file) = entry.kernelFile(in: root) else {
            let place = entry.places.first ?? "/boot"
            guard let version = entry.places.lazy.compactMap({ InstalledKernel.version(in: $0) }).first else {
                return .unreadable(
                    evidence,
                    Problem(.malformed, at: place, "the boot entry's kernel expected, no such file found")
                )
            }
            let kernel = BootingKernel(
                version: version,
                claimedVersion: nil,
                path: nil,
                problem: nil,
                missingBytes: nil,
                architecture: nil,
                entry: entry,
                loaderProblem: nil
            )
            return .present(kernel, evidence)
        }
        let found = InstalledKernel(file, at: path)
        // A kernel of a format without a version, under a name without one, is the one that the modules are for.
        guard let version = found.version ?? kernels.value?.onlyModules else {
            let problem =
                found.problem ?? Problem(.unsupported, at: path, "a version in its header or name expected, none found")
            return .unreadable(evidence, problem)
        }
        let kernel = BootingKernel(
            version: version,
            claimedVersion: found.claimedVersion,
            path: path,
            problem: found.problem,
            missingBytes: found.missingBytes,
            architecture: found.architecture,
            entry: entry,
            loaderProblem: nil
        )
        return .present(
            kernel,
            evidence + [Evidence(path, realPath: file.evidence.first?.realPath, "kernel \(version)")]
        )
    }

    private static func only(
        of kernels: Observation<InstalledKernels>,
        loaderProblem: Problem?
    ) -> Observation<BootingKernel> {
        kernels.flatMap { installed, evidence in
            guard let only = installed.kernels.first else { return .absent(searched: InstalledKernels.patterns) }
            guard installed.kernels.count == 1 else {
                let versions = installed.kernels.map { $0.version ?? $0.image.text }.joined(separator: ", ")
                return .unreadable(
                    evidence,
                    loaderProblem
                        ?? Problem(
                            .undecided,
                            at: "/boot",
                            "a boot loader's configuration expected to choose between \(versions), none found"
                        )
                )
            }
            guard let version = only.version ?? installed.onlyModules else {
                return .unreadable(
                    evidence,
                    only.problem
                        ?? Problem(.unsupported, at: only.image, "a version in its header or name expected, none found")
                )
            }
            let kernel = BootingKernel(
                version: version,
                claimedVersion: only.claimedVersion,
                path: only.image,
                problem: only.problem,
                missingBytes: only.missingBytes,
                architecture: only.architecture,
                entry: nil,
                loaderProblem: loaderProblem
            )
            return .present(kernel, evidence)
        }
    }
}
