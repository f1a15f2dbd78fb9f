/// Which processors the image's programs are made for.

package import ByteParsing
public import ImageReading

/// The machine that programs, or the kernel, are built for, named as `uname -m` names it.
public enum Architecture: String, Fact, CaseIterable {
    case x86_64, aarch64, i386, arm, riscv64, ppc64, s390x

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

    /// The machine of an ELF file (elf(5)): 0x05 byte order, 0x12 u16 e_machine. Throws where the bytes are no ELF file
    /// or the machine is none of these.
    package init(elf head: [UInt8]) throws(FormatError) {
        var cursor = ByteCursor(head)
        guard try cursor.take(4).elementsEqual([0x7F, 0x45, 0x4C, 0x46]) else {
            throw FormatError(.malformed, "an ELF file expected, other bytes found", at: 0)
        }
        try cursor.seek(to: 5)
        let isBigEndian = try cursor.uint8() == 2
        try cursor.seek(to: 0x12)
        switch try cursor.integer(UInt16.self, bigEndian: isBigEndian) {
        case 62: self = .x86_64
        case 183: self = .aarch64
        case 3: self = .i386
        case 40: self = .arm
        case 243: self = .riscv64
        case 21: self = .ppc64
        case 22: self = .s390x
        case let machine:
            throw FormatError(.unsupported, "a known machine expected, e_machine \(machine) found", at: 0x12)
        }
    }
}
