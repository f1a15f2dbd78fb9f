/// The machine that an image is for: its programs, through links, else its kernel.

import ImageReading
import TestSupport
import Testing

@testable import Booting

@Suite struct ArchitectureTests {
    private func observe(_ entries: [String: LiteralEntry]) throws -> Observation<Architecture> {
        let wants = Architecture.wants + InstalledKernels.wants
        let root = try LiteralSource(entries).root(wants)
        return Architecture.observe(in: root, kernels: InstalledKernels.observe(in: root))
    }

    @Test(
        arguments: [
            (
                [
                    "/bin": .link("usr/bin"), "/usr/bin/sh": .link("dash"),
                    "/usr/bin/dash": .bytes(KernelFile.elf(machine: 62)),
                ], .x86_64
            ),
            (["/bin/sh": .link("busybox"), "/bin/busybox": .bytes(KernelFile.elf(machine: 183))], .aarch64),
            (["/bin/sh": "#!/bin/true\n", "/usr/bin/bash": .bytes(KernelFile.elf(machine: 183))], .aarch64),
            (["/boot/vmlinuz-6.1.0": .bytes(KernelFile.bzImage("6.1.0"))], .x86_64),
            (["/bin/sh": .link("gone"), "/boot/Image-6.1.0": .bytes(KernelFile.arm64Image)], .aarch64),
        ] as [([String: LiteralEntry], Architecture)])
    func readsTheFirstProgramThatSays(entries: [String: LiteralEntry], architecture: Architecture) throws {
        #expect(try observe(entries).value == architecture)
    }

    @Test func isUnreadableOrAbsentOtherwise() throws {
        #expect(try observe(["/bin/sh": "#!"]).problem?.code == .malformed)
        #expect(try observe(["/etc/passwd": ""]).isAbsent)
    }
}
