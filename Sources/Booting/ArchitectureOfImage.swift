/// Which processors the image's programs are made for.

import ByteParsing
public import ImageReading

extension Architecture: Fact {
    /// Programs of which every image has one. The shells by their own names too, so that the link `/bin/sh` leads to
    /// what was asked for anyway.
    private static let programs: [ImagePath] = [
        "/bin/sh", "/usr/bin/bash", "/bin/bash", "/usr/bin/dash", "/bin/dash", "/usr/bin/busybox", "/bin/busybox",
        "/usr/bin/sh", "/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/sbin/init", "/usr/sbin/init",
    ]

    /// Enough for the machine field of an ELF header.
    private static let headLength = 20

    /// The heads of those programs.
    public static let wants: [Want] = programs.map { .head($0, bytes: headLength) }

    /// The machine of the first of the usual programs that is there, else of an installed kernel.
    ///
    /// A program that is a script, or damaged, is passed over for the next; where all that are there say nothing, the
    /// first one's trouble is the answer.
    public static func observe(
        in root: RootFilesystem,
        kernels: Observation<InstalledKernels>
    ) -> Observation<Architecture> {
        var unreadable: Observation<Architecture>?
        for path in programs {
            let machine = root[.head(path, bytes: headLength)].parsed { file throws(FormatError) in
                try Architecture(elf: file.bytes)
            }
            switch machine {
            case .present(let value, let evidence):
                let place = evidence.first?.realPath
                return .present(value, [Evidence(path, realPath: place, "ELF for \(value.rawValue)")])
            case .absent: continue
            case .unreadable: unreadable = unreadable ?? machine
            }
        }
        if let kernels = kernels.value?.kernels, let kernel = kernels.first(where: { $0.architecture != nil }),
            let machine = kernel.architecture
        {
            return .present(machine, [Evidence(kernel.image, "a kernel for \(machine.rawValue)")])
        }
        return unreadable ?? .absent(searched: programs)
    }
}
