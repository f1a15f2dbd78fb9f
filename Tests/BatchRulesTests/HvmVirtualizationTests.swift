/// hvm-virtualization: AMI metadata before the image, and the image's signs for, against, both and neither.

import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct HvmVirtualizationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(verdict): \(says.joined(separator: ", "))" }
        let entries: [String: LiteralEntry]
        var metadata: AMIMetadata?
        let verdict: Verdict.Kind
        let says: [String]
    }

    private static let x86: [String: LiteralEntry] = ["/bin/sh": .bytes(KernelFile.elf(machine: 62))]
    private static let arm: [String: LiteralEntry] = ["/bin/sh": .bytes(KernelFile.elf(machine: 183))]
    private static func x86(_ more: [String: LiteralEntry]) -> [String: LiteralEntry] { x86.merging(more) { $1 } }

    private static func menu(_ root: String) -> LiteralEntry {
        "default=0\ntitle Amazon Linux\nroot \(root)\nkernel /boot/vmlinuz-4.14.1 root=LABEL=/\n"
    }
    private static let hvm = AMIMetadata(virtualizationType: "hvm", architecture: "x86_64")
    private static let paravirtual = AMIMetadata(virtualizationType: "paravirtual", architecture: "x86_64")
    private static let core: [String: LiteralEntry] = ["/boot/grub2/i386-pc/core.img": "x"]

    @Test(arguments: [
        Case(entries: arm, verdict: .pass, says: ["arm64, which is always HVM"]),
        Case(entries: x86(core), verdict: .pass, says: ["/boot/grub2/i386-pc/core.img"]),
        Case(entries: x86(["/boot/grub/i386-pc/core.img": "x"]), verdict: .pass, says: ["/boot/grub/i386-pc/core.img"]),
        Case(
            entries: x86(["/boot/efi/EFI/BOOT/BOOTX64.EFI": "x"]), verdict: .pass,
            says: ["/boot/efi/EFI/BOOT/BOOTX64.EFI"]),
        Case(
            entries: x86([
                "/boot/grub/menu.lst": menu("(hd0,0)"), "/boot/grub/stage2": "x", "/boot/vmlinuz-4.14.1": "k",
            ]),
            verdict: .pass, says: ["/boot/grub/stage2"]),
        Case(
            entries: x86(["/boot/grub/menu.lst": menu("(hd0)"), "/boot/vmlinuz-4.14.1": "k"]), verdict: .fail,
            says: ["the image is for paravirtualization (/boot/grub/menu.lst: root (hd0))"]),
        Case(
            entries: x86(["/boot/vmlinuz-2.6.32.12-0.7-xen": "k"]), verdict: .fail,
            says: ["kernel 2.6.32.12-0.7-xen"]),
        Case(
            entries: x86([
                "/var/lib/dpkg/status": "Package: pv-grub-menu\nStatus: install ok installed\nVersion: 1.3\n"
            ]), verdict: .fail, says: ["package pv-grub-menu"]),
        Case(
            entries: x86(core).merging(["/boot/grub/menu.lst": menu("(hd0)")]) { $1 }, verdict: .undetermined,
            says: ["signs of both", "root (hd0)", "core.img"]),
        Case(entries: x86, verdict: .undetermined, says: ["nothing in the image shows", "the AMI metadata decides"]),
        Case(
            entries: x86(["/boot/grub/menu.lst": menu("(hd0,0)")]), verdict: .undetermined,
            says: ["nothing in the image"]),
        Case(
            entries: x86([
                "/var/lib/dpkg/status": "Package: grub-pc\nStatus: install ok installed\nVersion: 2.06\n"
            ]), verdict: .undetermined, says: ["although /var/lib/dpkg/status: package grub-pc is there"]),
        Case(
            entries: x86(["/etc/fstab": "LABEL=EFI /boot/efi vfat defaults 0 0\n"]), verdict: .undetermined,
            says: ["fstab mounts LABEL=EFI at /boot/efi, where nothing was exported"]),
        Case(
            entries: x86(core).merging(["/boot/grub/menu.lst": .bytes([0])]) { $1 }, verdict: .undetermined,
            says: ["/boot/grub/menu.lst: offset 0"]),
        Case(
            entries: x86(["/boot": .unreadableDirectory(.permissionDenied)]), verdict: .undetermined,
            says: ["permissionDenied"]),
        Case(entries: x86, metadata: hvm, verdict: .pass, says: ["the AMI metadata says hvm"]),
        Case(
            entries: x86(["/boot/grub/menu.lst": menu("(hd0)")]), metadata: hvm, verdict: .pass,
            says: ["the image itself looks otherwise", "root (hd0)"]),
        Case(
            entries: x86(core), metadata: paravirtual, verdict: .fail,
            says: [
                "the AMI metadata says paravirtual, which Batch does not start; the image itself looks otherwise",
                "core.img",
            ]),
        Case(
            entries: arm, metadata: hvm, verdict: .pass,
            says: ["it also says x86_64 and the image holds programs for aarch64: is it of this image?"]),
        Case(
            entries: arm, metadata: AMIMetadata(virtualizationType: "hvm", architecture: "arm64"), verdict: .pass,
            says: ["the AMI metadata says hvm"]),
        Case(
            entries: x86(core), metadata: AMIMetadata(virtualizationType: "hvm", bootMode: "uefi"), verdict: .pass,
            says: [
                "it also says boot mode uefi and only a boot loader for BIOS is installed (/boot/grub2/i386-pc/core.img)"
            ]),
        Case(
            entries: x86(["/boot/efi/EFI/BOOT/BOOTX64.EFI": "MZ"]),
            metadata: AMIMetadata(virtualizationType: "hvm", bootMode: "legacy-bios"), verdict: .pass,
            says: ["it also says boot mode legacy-bios and only a boot loader for EFI is installed"]),
        Case(
            entries: x86, metadata: AMIMetadata(virtualizationType: "quantum"), verdict: .undetermined,
            says: ["says quantum"]),
        Case(entries: x86(core), metadata: AMIMetadata(imageID: "ami-1"), verdict: .pass, says: ["core.img"]),
    ])
    func judges(row: Case) throws {
        let facts = try LiteralSource(row.entries).read(Facts.wants) { Facts(in: $0) }.value
        let policy = Policy(today: LinuxDistributionTests.today, amiMetadata: row.metadata)
        let finding = Rule.hvmVirtualization.evaluate(facts, policy)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
        if finding.verdict == .undetermined, row.metadata == nil {
            #expect(finding.remedy?.contains("--ami-metadata") == true)
        }
    }

    private static let both = AMIMetadata(virtualizationType: "hvm", architecture: "x86_64", bootMode: "uefi-preferred")
    private static func mode(_ mode: String?) -> AMIMetadata {
        AMIMetadata(virtualizationType: "hvm", architecture: "x86_64", bootMode: mode)
    }
    private static let armed: [String: LiteralEntry?] = ["/usr/bin/bash": .bytes(KernelFile.elf(machine: 183))]
    private static let grubOnly = DiskLayout.amazonLinux(programs: .absent(searched: []))
    private static let efiOnly = DiskLayout.amazonLinux(boots: .missing)
    private static let neither = DiskLayout.amazonLinux(boots: .missing, programs: .absent(searched: []))
    private static let named = DiskLayout.amazonLinux(
        boots: .missing, programs: .present(EFIPrograms(removable: [], others: ["/EFI/debian/grubx64.efi"]), []))
    private static func efi(_ programs: EFIPrograms) -> DiskLayout {
        .amazonLinux(boots: .missing, programs: .present(programs, []))
    }

    static let disks: [BootCase] = [
        BootCase(
            "by both", disk: .amazonLinux(), .pass, says: "by BIOS (GRUB 2, core.img", "by UEFI (/EFI/BOOT/BOOTX64"),
        BootCase("by BIOS alone", disk: grubOnly, .pass, says: "by BIOS", "not by UEFI: partition 128, the EFI system"),
        BootCase("by UEFI alone", disk: efiOnly, .pass, says: "by UEFI", "--boot-mode uefi", "no boot code"),
        BootCase(
            "by neither", disk: neither, .fail, counting: .required,
            says: "the first sector of the disk holds no boot code",
            "partition 128, the EFI system partition, has no /EFI/BOOT/BOOTX64.EFI"),
        BootCase(
            "a core.img that is not there",
            disk: .amazonLinux(
                boots: .broken(loader: "GRUB 2", reason: "it loads sector 34, and there are zeros"),
                programs: .absent(searched: [])), .fail, counting: .required, says: "it loads sector 34"),
        BootCase("without partitions", disk: .whole, .fail, counting: .required, says: "PV-GRUB boots it"),
        BootCase(
            "without partitions, whatever the AMI says", metadata: mode(nil), disk: .whole, .fail, says: "PV-GRUB"),
        BootCase(
            "boot code that nobody knows", disk: .amazonLinux(boots: .unknown, programs: .absent(searched: [])),
            .undetermined, says: "not known"),
        BootCase(
            "no entry of firmware by itself", disk: named, .undetermined, says: "/EFI/debian/grubx64.efi", "UefiData"),
        BootCase(
            "a program for 32 bits", disk: efi(.loader(for: "i386")), .fail,
            says: "is a program for i386, not for x86_64"),
        BootCase(
            "a program for arm64 alone", disk: efi(.loader("BOOTAA64.EFI", for: "aarch64")), .fail,
            says: "has no /EFI/BOOT/BOOTX64.EFI (only BOOTAA64.EFI for aarch64)"),
        BootCase(
            "a program of zeros", disk: efi(.loader(for: nil, problem: "an EFI program expected, zeros found")), .fail,
            says: "zeros found"),
        BootCase(
            "an EFI system partition that cannot be read",
            disk: .amazonLinux(
                boots: .missing, programs: .unreadable([], Problem(.malformed, at: "/", "a chain that names itself"))),
            .undetermined, says: "a chain that names itself"),
        BootCase(
            "arm64", .amazonLinux, armed, disk: efi(.loader("BOOTAA64.EFI", for: "aarch64")), .pass,
            says: "as arm64 does", "BOOTAA64.EFI"),
        BootCase(
            "arm64 with a loader for x86_64", .amazonLinux, armed, disk: .amazonLinux(), .fail, says: "BOOTAA64.EFI"),

        // The boot mode of the AMI.
        BootCase("legacy-bios by both", metadata: mode("legacy-bios"), disk: .amazonLinux(), .pass, says: "by BIOS"),
        BootCase(
            "legacy-bios by UEFI alone", metadata: mode("legacy-bios"), disk: efiOnly, .fail, counting: .required,
            says: "by BIOS, as the AMI metadata says", "no boot code"),
        BootCase("uefi by both", metadata: mode("uefi"), disk: .amazonLinux(), .pass, says: "by UEFI"),
        BootCase(
            "uefi by BIOS alone", metadata: mode("uefi"), disk: grubOnly, .fail, counting: .required,
            says: "by UEFI, as the AMI metadata says", "BOOTX64.EFI"),
        BootCase("uefi-preferred by both", metadata: both, disk: .amazonLinux(), .pass),
        BootCase("uefi-preferred by UEFI alone", metadata: both, disk: efiOnly, .pass, says: "types without UEFI"),
        BootCase("uefi-preferred by BIOS alone", metadata: both, disk: grubOnly, .fail, counting: .required),
        BootCase("no mode by BIOS alone", metadata: mode(nil), disk: grubOnly, .pass, says: "names no boot mode"),
        BootCase(
            "no mode by UEFI alone", metadata: mode(nil), disk: efiOnly, .fail, counting: .required,
            says: "names no boot mode", "--boot-mode uefi"),
        BootCase(
            "a mode that nobody knows", metadata: mode("quantum"), disk: .amazonLinux(), .undetermined, says: "quantum"),
        BootCase(
            "a PV AMI", metadata: paravirtual, disk: .amazonLinux(), .fail, says: "the AMI metadata says paravirtual",
            "the image itself looks otherwise"),
    ]

    @Test(arguments: disks) func `a disk decides`(row: BootCase) throws { try row.check(.hvmVirtualization) }
}
