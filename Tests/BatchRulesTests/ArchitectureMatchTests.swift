import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// Programs of two architectures, and which of them go together.
struct ArchitectureMatchTests {
    private static func program(_ machine: UInt16) -> LiteralEntry {
        .file(KernelFile.elf(machine: machine) + [0, 0], permissions: 0o755)
    }
    private static let arm64: UInt16 = 183
    private static let i386: UInt16 = 3
    private static let vmlinuz = "/boot/vmlinuz-\(BootCase.kernel)"

    static let cases: [BootCase] = [
        BootCase("as Amazon Linux has it", .amazonLinux, [:], .pass, says: "x86_64"),
        BootCase(
            "an agent of the other architecture", .amazonLinux, ["/usr/libexec/amazon-ecs-init": program(arm64)], .fail,
            counting: .required, says: "/usr/libexec/amazon-ecs-init", "aarch64", "x86_64"),
        BootCase(
            "a Docker of the other", .amazonLinux, ["/usr/bin/dockerd": program(arm64)], .fail, says: "/usr/bin/dockerd"
        ),
        BootCase(
            "a kernel of the other", .amazonLinux, [vmlinuz: .bytes(KernelFile.arm64Image)], .fail, says: "the kernel"),
        BootCase("32-bit programs of its kind", .amazonLinux, ["/usr/bin/dockerd": program(i386)], .pass),
        BootCase(
            "an AMI of the other", .amazonLinux, metadata: AMIMetadata(architecture: "arm64"), .fail, says: "arm64"),
        BootCase("an AMI of its own", .amazonLinux, metadata: AMIMetadata(architecture: "x86_64"), .pass),
        BootCase("an AMI of no known one", .amazonLinux, metadata: AMIMetadata(architecture: "mips"), .pass),
        BootCase(
            "all for arm64", .amazonLinux,
            [
                vmlinuz: .bytes(KernelFile.arm64Image), "/usr/lib/systemd/systemd": program(arm64),
                "/usr/bin/dockerd": program(arm64), "/usr/libexec/amazon-ecs-init": program(arm64),
            ], metadata: AMIMetadata(architecture: "arm64"), .pass, says: "aarch64"),
        BootCase(
            "scripts in their places", .amazonLinux,
            ["/usr/bin/dockerd": .executable(), "/usr/libexec/amazon-ecs-init": .executable()], .pass),
    ]

    @Test(arguments: cases) func `one architecture is demanded`(row: BootCase) throws {
        try row.check(.architectureMatch)
    }
}
