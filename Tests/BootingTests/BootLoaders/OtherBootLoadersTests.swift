/// GRUB legacy with PV-GRUB, extlinux and systemd-boot: which entry boots.

import Booting
import ImageReading
import TestSupport
import Testing

@Suite struct OtherBootLoadersTests {
    private static let kernels: [String: LiteralEntry] = [
        "/boot/vmlinuz-4.14.1": "k", "/boot/vmlinuz-3.9.1": "k", "/boot/vmlinuz-2.6.1": "k",
    ]

    private func boot(_ entries: [String: LiteralEntry]) throws -> Observation<BootingKernel> {
        try bootingKernel(Self.kernels.merging(entries) { $1 })
    }

    private static func menu(_ choice: String) -> LiteralEntry {
        """
        # created by imagebuilder
        \(choice)
        timeout=0
        hiddenmenu

        title Amazon Linux 2018.03 (4.14.1)
        \troot (hd0,0)
        \tkernel /boot/vmlinuz-4.14.1 root=LABEL=/ console=tty1
        \tinitrd /boot/initramfs-4.14.1.img
        title Old
        \troot (hd0)
        \tkernel --no-mem-option (hd0,0)/boot/vmlinuz-3.9.1 ro
        title Memory
        \tchainloader +1

        """
    }

    @Test(arguments: [
        ("default=0", "4.14.1"), ("default 1", "3.9.1"), ("default = 1", "3.9.1"), ("", "4.14.1"),
        ("default=9", "4.14.1"),
        ("default=x", "4.14.1"), ("default saved", "3.9.1"),
    ])
    func followsMenuLst(choice: String, version: String) throws {
        let found = try boot(["/boot/grub/menu.lst": Self.menu(choice), "/boot/grub/default": "1\n#\n#\n"])
        #expect(found.value?.version == version)
        #expect(found.value?.entry?.loader == .grubLegacy)
    }

    @Test func readsGrubConfWithItsArgumentsAndLine() throws {
        let found = try boot(["/boot/grub/grub.conf": Self.menu("default=0")])
        #expect(found.value?.commandLine == ["root=LABEL=/", "console=tty1"])
        #expect(found.evidence.first == Evidence("/boot/grub/grub.conf", line: 8, "kernel /boot/vmlinuz-4.14.1"))
    }

    @Test(arguments: [menu("default=2"), "timeout=0\n", .bytes([0, 1]), .unreadable(.permissionDenied)])
    func aMenuWithoutAKernelToBootIsAProblem(menu: LiteralEntry) throws {
        #expect(try boot(["/boot/grub/menu.lst": menu]).problem != nil)
    }

    @Test func grub2ComesBeforeGRUBLegacy() throws {
        let found = try boot([
            "/boot/grub/menu.lst": Self.menu("default=1"),
            "/boot/grub/grub.cfg": "menuentry x {\n linux /boot/vmlinuz-4.14.1\n}\n",
        ])
        #expect(found.value?.version == "4.14.1")
    }

    @Test(arguments: [
        (
            "DEFAULT old\nLABEL new\n LINUX /boot/vmlinuz-4.14.1\n APPEND ro quiet\nLABEL old\n LINUX ../vmlinuz-3.9.1\n",
            "3.9.1"
        ),
        ("LABEL new\n KERNEL /boot/vmlinuz-4.14.1\nLABEL old\n LINUX /boot/vmlinuz-3.9.1\n", "4.14.1"),
        (
            "default new\nlabel new\n\tkernel ../vmlinuz-4.14.1\nlabel old\n\tmenu default\n\tlinux /vmlinuz-3.9.1\n",
            "3.9.1"
        ),
        ("APPEND ro quiet\nDEFAULT none\nLABEL new\n LINUX /boot/vmlinuz-4.14.1\n", "4.14.1"),
    ])
    func followsExtlinux(text: String, version: String) throws {
        let found = try boot(["/boot/extlinux/extlinux.conf": .text(text)])
        #expect(found.value?.version == version)
        #expect(found.value?.entry?.loader == .extlinux)
    }

    @Test(arguments: [LiteralEntry.text("DEFAULT x\n"), .bytes([0]), .text("LABEL x\n LOCALBOOT 0\n")])
    func anExtlinuxWithoutAKernelIsAProblem(entry: LiteralEntry) throws {
        #expect(try boot(["/boot/extlinux/extlinux.conf": entry]).problem != nil)
    }

    private static let machine = "0123456789abcdef0123456789abcdef"

    private static func systemdBoot(_ configuration: String) -> [String: LiteralEntry] {
        var entries: [String: LiteralEntry] = ["/boot/efi/loader/loader.conf": .text(configuration)]
        for version in ["6.9.1", "6.10.1"] {
            entries["/boot/efi/loader/entries/\(machine)-\(version).conf"] = """
                title Linux
                version \(version)
                machine-id \(machine)
                sort-key linux
                options root=LABEL=/
                options ro quiet
                linux /\(machine)/\(version)/linux

                """
            entries["/boot/efi/\(machine)/\(version)/linux"] = "k"
        }
        return entries
    }

    @Test(arguments: [
        ("timeout 3\n", "6.10.1"), ("default *-6.9.?.conf\n", "6.9.1"), ("default \(machine)-6.9.1\n", "6.9.1"),
        ("default none*\n", "6.10.1"),
    ])
    func followsSystemdBoot(configuration: String, version: String) throws {
        let found = try boot(Self.systemdBoot(configuration))
        #expect(found.value?.version == version)
        #expect(found.value?.path == ImagePath("/boot/efi/\(Self.machine)/\(version)/linux"))
        #expect(found.value?.commandLine == ["root=LABEL=/", "ro", "quiet"])
    }

    @Test func whatTheFirmwareDecidesIsUndecided() throws {
        #expect(try boot(Self.systemdBoot("default @saved\n")).problem?.code == .undecided)
        #expect(try boot(["/efi/loader/loader.conf": "timeout 3\n"]).problem != nil)
    }
}
