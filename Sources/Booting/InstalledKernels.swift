/// Which kernels lie in the image, whichever of them boots.

import ByteParsing
public import ImageReading

/// One kernel file.
public struct InstalledKernel: Codable, Hashable, Sendable {
    /// From the header inside the file, else from its name; nil where neither has one.
    public let version: String?
    /// The version that the name claims, where the header says another.
    public let claimedVersion: String?
    /// Where the file lies.
    public let image: ImagePath
    /// From its header; nil where that does not say.
    public let architecture: Architecture?
    /// Why the header could not be read; the name then stands alone.
    public let problem: Problem?
    /// How many bytes of the file are missing at its end, as its header says; nil where none are.
    public let missingBytes: Int?

    /// What is known of the kernel file that a reading gave.
    init(_ file: Observation<File>, at path: ImagePath) {
        var header: KernelImage?
        var problem = file.problem
        var name = Self.version(in: path)
        if case .present(let file, _) = file {
            name = name ?? Self.version(in: file.realPath)
            do throws(FormatError) {
                header = try KernelImage(head: file.bytes)
            } catch {
                problem = Problem(error, at: file.realPath)
            }
        }
        image = path
        version = header?.version ?? name
        claimedVersion = header?.version == nil || header?.version == name ? nil : name
        architecture = header?.architecture
        self.problem = problem
        missingBytes = header?.length.flatMap { length in
            file.value.flatMap { $0.size < length ? length - $0.size : nil }
        }
    }

    /// The version in the name of a kernel file, or of the directory it has to itself; nil where there is none.
    ///
    /// `/boot/vmlinuz-6.1.0-56-cloud-amd64`, `/lib/modules/6.1.170/vmlinuz`, `/MACHINE-ID/6.1.170/linux`.
    static func version(in path: ImagePath) -> String? {
        guard !isRescue(path) else { return nil }
        let name = path.name
        var rest = Substring(name)
        while let dash = rest.firstIndex(of: "-") {
            rest = rest[rest.index(after: dash)...]
            if isVersion(rest) { return String(rest) }
        }
        let directory = path.parent.name
        return ["vmlinuz", "linux", "Image", "kernel"].contains(name) && isVersion(directory) ? directory : nil
    }

    /// Whether text begins as `6.1` does.
    static func isVersion(_ text: some StringProtocol) -> Bool {
        let number = text.prefix(while: \.isASCIIDigit)
        let rest = text.dropFirst(number.count)
        return !number.isEmpty && rest.first == "." && rest.dropFirst().first?.isASCIIDigit == true
    }

    /// Whether it is the rescue kernel that Fedora and its kin keep beside the real ones, named by the machine's id.
    static func isRescue(_ path: ImagePath) -> Bool { path.name.holds("-0-rescue-") }
}

/// The kernels of an image.
public struct InstalledKernels: Fact {
    /// One for each version, by path; rescue kernels are left out.
    public let kernels: [InstalledKernel]
    /// Versions that have modules and no kernel file, as where /boot was left out of an export.
    public let modulesOnly: [String]

    /// The version of the modules, where there are modules for one version alone.
    var onlyModules: String? { modulesOnly.count == 1 ? modulesOnly.first : nil }

    /// Where kernels lie. Both spellings of /lib, so that one pass over an archive is enough.
    static let patterns: [ImagePath] = [
        "/boot/vmlinuz*", "/boot/vmlinux*", "/boot/kernel-*", "/boot/Image*", "/boot/bzImage*",
        "/lib/modules/*/vmlinuz", "/usr/lib/modules/*/vmlinuz",
    ]
    private static let modules: [ImagePath] = ["/lib/modules/*", "/usr/lib/modules/*"]

    /// The heads of kernel files, and the names of module directories.
    public static let wants: [Want] =
        patterns.map { .head($0, bytes: KernelImage.headLength) } + modules.map { .names($0) }

    /// Looks for them.
    public static func observe(in root: RootFilesystem) -> Observation<InstalledKernels> {
        var kernels: [InstalledKernel] = []
        var seen: Set<ImagePath> = []
        for pattern in patterns {
            for file in root.files(.head(pattern, bytes: KernelImage.headLength)) {
                guard let found = file.evidence.first else { continue }
                // Where the trouble is a directory's, what lies in it is not known.
                let isFile = found.path.components.count == pattern.components.count
                if let problem = file.problem, !problem.isOfLink,
                    !isFile || problem.path != (found.realPath ?? found.path)
                {
                    return .unreadable(file.evidence, problem)
                }
                guard !InstalledKernel.isRescue(found.path), seen.insert(found.realPath ?? found.path).inserted else {
                    continue
                }
                let kernel = InstalledKernel(file, at: found.path)
                if let version = kernel.version, kernels.contains(where: { $0.version == version }) { continue }
                kernels.append(kernel)
            }
        }
        let modulesOnly = moduleVersions(in: root).filter { version in
            !kernels.contains { $0.version == version || $0.claimedVersion == version }
        }
        guard !kernels.isEmpty || !modulesOnly.isEmpty else { return .absent(searched: patterns) }
        let evidence = kernels.map { Evidence($0.image, $0.version.map { "kernel \($0)" } ?? "a kernel") }
        return .present(InstalledKernels(kernels: kernels, modulesOnly: modulesOnly), evidence)
    }

    private static func moduleVersions(in root: RootFilesystem) -> [String] {
        var versions: Set<String> = []
        for pattern in modules {
            for entry in root.names(.names(pattern)).value ?? [] where InstalledKernel.isVersion(entry.path.name) {
                versions.insert(entry.path.name)
            }
        }
        return versions.sorted()
    }
}
