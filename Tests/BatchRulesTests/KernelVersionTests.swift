/// kernel-version: what boots counts, and where that is not known, all that are installed.

import ImageFacts
import TestSupport
import Testing

@testable import BatchRules

@Suite struct KernelVersionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(verdict): \(says.joined(separator: ", "))" }
        let entries: [String: LiteralEntry]
        let verdict: Verdict.Kind
        let says: [String]
        var remedy: String?
    }

    private static func menu(_ path: String) -> LiteralEntry { "menuentry 'Old' {\n linux \(path) ro\n}\n" }
    private static func windowsMenu(_ setting: String) -> String {
        "load_env\n\(setting)\nmenuentry 'Windows' {\n chainloader +1\n}\nmenuentry 'Linux' {\n linux /boot/vmlinuz-6.1.0\n}\n"
    }
    private static func kernel(_ version: String) -> LiteralEntry { .bytes(KernelFile.bzImage(version)) }

    @Test(arguments: [
        Case(
            entries: ["/boot/vmlinuz-6.1.0": kernel("6.1.0")], verdict: .pass,
            says: ["kernel 6.1.0 boots, as the only one installed"]),
        Case(
            entries: ["/boot/vmlinuz-3.10.0-1160.el7.x86_64": kernel("3.10.0-1160.el7.x86_64")], verdict: .pass,
            says: ["3.10.0-1160.el7.x86_64"]),
        Case(
            entries: ["/boot/vmlinuz-3.9.11": kernel("3.9.11")], verdict: .fail,
            says: ["kernel 3.9.11 boots"], remedy: "grubby"),
        Case(
            entries: [
                "/boot/grub2/grub.cfg": menu("/boot/vmlinuz-3.9.11"), "/boot/vmlinuz-3.9.11": kernel("3.9.11"),
                "/boot/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .fail, says: ["kernel 3.9.11 boots (GRUB 2, entry \"Old\"), and is older"]),
        Case(
            entries: ["/boot/vmlinuz-6.1.0": kernel("2.6.32")], verdict: .fail,
            says: ["kernel 2.6.32 by its header (its name says 6.1.0)"]),
        Case(
            entries: ["/boot/vmlinuz-2.6.32": kernel("6.1.0")], verdict: .pass,
            says: ["kernel 6.1.0 by its header (its name says 2.6.32)"]),
        Case(
            entries: ["/boot/vmlinuz-6.1.0": "k", "/boot/vmlinuz-5.10.0": "k"], verdict: .pass,
            says: ["5.10.0, 6.1.0 are installed, each 3.10 or newer, whichever boots"]),
        Case(
            entries: ["/boot/vmlinuz-6.1.0": "k", "/boot/vmlinuz-3.9.0": "k"], verdict: .undetermined,
            says: ["3.9.0, 6.1.0 are installed, not all of them 3.10 or newer"], remedy: "remove the old kernels"),
        Case(
            entries: ["/boot/vmlinuz-3.2.0": "k", "/boot/vmlinuz-3.9.0": "k"], verdict: .fail,
            says: ["every kernel is older than 3.10: 3.2.0, 3.9.0"]),
        Case(
            entries: ["/boot/vmlinuz-6.1.0": "k", "/boot/vmlinuz-3.9.0": "k", "/boot/grub/grub.cfg": .bytes([0])],
            verdict: .undetermined, says: ["/boot/grub/grub.cfg: offset 0: text expected"]),
        Case(
            entries: ["/boot/vmlinuz-6.1.0": "k", "/boot/vmlinuz": "k"], verdict: .undetermined,
            says: ["to choose between"]),
        Case(
            entries: ["/boot/vmlinuz-6.1.0": .bytes([])], verdict: .undetermined,
            says: ["is damaged: /boot/vmlinuz-6.1.0: offset 0: a kernel expected, an empty file found"]),
        Case(
            entries: ["/boot/vmlinuz-3.9.0": .bytes([])], verdict: .fail, says: ["kernel 3.9.0 boots"]),
        Case(
            entries: ["/boot/vmlinuz-6.1.0": .unreadable(.permissionDenied)], verdict: .pass,
            says: ["by its name alone: /boot/vmlinuz-6.1.0: permissionDenied"]),
        Case(
            entries: ["/boot/grub2/grub.cfg": menu("/boot/vmlinuz-6.1.0"), "/boot/vmlinuz-5.10.0": "k"],
            verdict: .undetermined, says: ["which is not in the image; looked at /boot/vmlinuz-6.1.0"],
            remedy: "/boot mounted"),
        // What boots by itself, not what is installed: Windows, a memory test, an entry that grubenv saved.
        Case(
            entries: [
                "/boot/grub/grub.cfg": .text(windowsMenu("set default=0")), "/boot/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .undetermined,
            says: ["which kernel boots is not known", "as the default, \"Windows\" boots none"],
            remedy: "make an entry that boots Linux the default"),
        Case(
            entries: [
                "/boot/grub/grub.cfg": .text(windowsMenu("set default=1")), "/boot/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .pass, says: ["kernel 6.1.0 boots (GRUB 2, entry \"Linux\")"]),
        Case(
            entries: [
                "/boot/grub/grub.cfg": .text(windowsMenu("set default=\"${saved_entry}\"")),
                "/boot/grub/grubenv": "saved_entry=Windows\n", "/boot/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .undetermined, says: ["\"Windows\" boots none"]),
        Case(
            entries: [
                "/boot/grub/grub.cfg": "menuentry 'Test' {\n linux16 /boot/memtest86+.bin\n}\n",
                "/boot/memtest86+.bin": kernel("6.1.0"), "/boot/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .undetermined, says: ["\"Test\" boots none"]),
        Case(
            entries: [
                "/boot/grub/menu.lst": "default 0\ntitle W\nrootnoverify (hd0,0)\nchainloader +1\n",
                "/boot/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .undetermined, says: ["\"W\" boots none"]),
        Case(
            entries: [
                "/boot/extlinux/extlinux.conf": "DEFAULT w\nLABEL w\nKERNEL chain.c32\nLABEL l\nLINUX /vmlinuz-6.1.0\n",
                "/boot/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .undetermined, says: ["\"w\" boots none"]),
        Case(
            entries: [
                "/boot/efi/loader/loader.conf": "default w.conf\n",
                "/boot/efi/loader/entries/w.conf": "title W\nefi /EFI/Microsoft/Boot/bootmgfw.efi\n",
                "/boot/efi/loader/entries/l.conf": "title L\nlinux /vmlinuz-6.1.0\n",
                "/boot/efi/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .undetermined, says: ["w boots none"]),
        Case(
            entries: [
                "/boot/efi/loader/loader.conf": "default l*\n",
                "/boot/efi/loader/entries/w.conf": "title W\nefi /EFI/Microsoft/Boot/bootmgfw.efi\n",
                "/boot/efi/loader/entries/l.conf": "title L\nlinux /vmlinuz-6.1.0\n",
                "/boot/efi/vmlinuz-6.1.0": kernel("6.1.0"),
            ], verdict: .pass, says: ["kernel 6.1.0 boots (systemd-boot, entry \"L\")"]),
        Case(
            entries: ["/etc/os-release": "ID=debian\n"], verdict: .fail,
            says: ["there is no kernel: this is the root of a container"]),
        Case(
            entries: ["/lib/modules/6.1.0/modules.dep": ""], verdict: .fail, says: ["only the modules of 6.1.0"]),
        Case(
            entries: ["/etc/fstab": "LABEL=boot /boot xfs defaults 0 0\n", "/lib/modules/6.1.0/modules.dep": ""],
            verdict: .undetermined, says: ["fstab mounts LABEL=boot at /boot, which the export left out"],
            remedy: "mount LABEL=boot at boot below the root"),
        Case(
            entries: ["/etc/fstab": "LABEL=efi /boot/efi vfat defaults 0 0\n"], verdict: .fail,
            says: ["there is no kernel"]),
        Case(
            entries: ["/etc/fstab": .bytes([0])], verdict: .undetermined, says: ["/etc/fstab: offset 0"]),
        Case(
            entries: ["/boot": .unreadableDirectory(.permissionDenied)], verdict: .undetermined,
            says: ["permissionDenied"]),
    ])
    func judges(row: Case) throws {
        let facts = try LiteralSource(row.entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.kernelVersion.evaluate(facts, Policy(today: LinuxDistributionTests.today))
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
        if let remedy = row.remedy { #expect(finding.remedy?.contains(remedy) == true, "\(finding.remedy ?? "")") }
    }

    @Test func thePolicyMayAskForANewerOne() throws {
        let policy = Policy.test("kernel-version", ReleaseVersion(5, 10))
        for (version, verdict) in [("5.9.16", Verdict.Kind.fail), ("5.10.0", .pass), ("6.1.0", .pass)] {
            let root = try LiteralSource(["/boot/vmlinuz-\(version)": "k"]).read(Facts.wants) { _ = Facts(in: $0) }.root
            #expect(Rule.kernelVersion.evaluate(Facts(in: root), policy).verdict == verdict)
        }
        let root = try LiteralSource(["/boot/vmlinuz-3.9.0": "k"]).read(Facts.wants) { _ = Facts(in: $0) }.root
        let lax = Policy.test("kernel-version", ReleaseVersion(2, 6))
        #expect(Rule.kernelVersion.evaluate(Facts(in: root), lax).verdict == .fail)
    }
}
