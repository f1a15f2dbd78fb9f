/// The kernel that boots: the boot loader's choice against what is installed, header against name.

import Booting
import ImageReading
import TestSupport
import Testing

/// What boots from a literal image, read as a source that answers only what was wanted would give it.
func bootingKernel(_ entries: [String: LiteralEntry]) throws -> Observation<BootingKernel> {
    let wants = BootingKernel.wants + InstalledKernels.wants + BootPartitions.wants
    return try LiteralSource(entries).read(wants) { root in
        BootingKernel.observe(
            in: root, kernels: InstalledKernels.observe(in: root), partitions: BootPartitions.observe(in: root))
    }.value
}

@Suite struct BootingKernelTests {
    private static func menu(_ path: String) -> LiteralEntry {
        "menuentry 'Linux' {\n  linux \(path) root=LABEL=/ ro quiet\n}\n"
    }

    @Test func isTheOnlyOneInstalledWithoutABootLoader() throws {
        let found = try bootingKernel(["/boot/vmlinuz-6.1.0": .bytes(KernelFile.bzImage("6.1.0"))])
        #expect(found.value?.version == "6.1.0")
        #expect(found.value?.entry == nil)
        #expect(found.value?.commandLine == nil)
    }

    @Test func isUndecidedBetweenSeveralWithoutABootLoader() throws {
        let found = try bootingKernel(["/boot/vmlinuz-6.1.0": "k", "/boot/vmlinuz-3.9.0": "k"])
        #expect(found.problem?.code == .undecided)
        #expect(found.problem?.reason.contains("6.1.0") == true && found.problem?.reason.contains("3.9.0") == true)
    }

    @Test func isTheBootLoadersAndNotTheNewest() throws {
        let found = try bootingKernel([
            "/boot/grub/grub.cfg": Self.menu("/boot/vmlinuz-3.9.0"), "/boot/vmlinuz-6.1.0": "k",
            "/boot/vmlinuz-3.9.0": "k",
        ])
        #expect(found.value?.version == "3.9.0")
        #expect(found.value?.commandLine == ["root=LABEL=/", "ro", "quiet"])
        #expect(found.evidence.first == Evidence("/boot/grub/grub.cfg", line: 2, "linux /boot/vmlinuz-3.9.0"))
    }

    @Test func trustsTheHeaderOfTheKernelThatBoots() throws {
        let found = try bootingKernel([
            "/boot/grub/grub.cfg": Self.menu("/boot/vmlinuz-6.1.0"),
            "/boot/vmlinuz-6.1.0": .bytes(KernelFile.bzImage("3.9.11")),
        ])
        #expect(found.value?.version == "3.9.11")
        #expect(found.value?.claimedVersion == "6.1.0")
    }

    @Test(arguments: [
        "/vmlinuz-6.1.0", "($root)/vmlinuz-6.1.0", "(hd0,gpt1)/boot/vmlinuz-6.1.0", "/@/boot/vmlinuz-6.1.0",
    ])
    func findsTheKernelWhereverItsPathBegins(path: String) throws {
        let found = try bootingKernel(["/boot/grub/grub.cfg": Self.menu(path), "/boot/vmlinuz-6.1.0": "k"])
        #expect(found.value?.path == "/boot/vmlinuz-6.1.0")
        #expect(found.value?.version == "6.1.0")
    }

    @Test func asksForAKernelThatLiesNowhereUsual() throws {
        let found = try bootingKernel([
            "/boot/grub/grub.cfg": Self.menu("/srv/kernels/current"),
            "/srv/kernels/current": .bytes(KernelFile.bzImage("5.4.0")),
        ])
        #expect(found.value?.version == "5.4.0")
        #expect(found.value?.path == "/srv/kernels/current")
    }

    @Test func followsALinkToItsKernel() throws {
        let found = try bootingKernel([
            "/boot/extlinux/extlinux.conf": "DEFAULT linux\nLABEL linux\n  LINUX /vmlinuz\n  APPEND root=/dev/xvda1\n",
            "/vmlinuz": .link("boot/vmlinuz-6.1.0"), "/boot/vmlinuz-6.1.0": "k", "/boot/vmlinuz-5.0.0": "k",
        ])
        #expect(found.value?.version == "6.1.0")
    }

    @Test func saysThatTheKernelOfTheEntryIsNotThere() throws {
        let found = try bootingKernel([
            "/boot/grub/grub.cfg": Self.menu("/boot/vmlinuz-6.1.0"), "/boot/vmlinuz-5.10.0": "k",
        ])
        #expect(found.value?.version == "6.1.0")
        #expect(found.value != nil && found.value?.path == nil)
        let nameless = try bootingKernel(["/boot/grub/grub.cfg": Self.menu("/boot/vmlinuz")])
        #expect(nameless.problem != nil)
    }

    @Test func takesTheModulesVersionForAKernelWithoutOne() throws {
        let found = try bootingKernel([
            "/boot/grub/grub.cfg": Self.menu("/boot/Image"), "/boot/Image": .bytes(KernelFile.arm64Image),
            "/usr/lib/modules/6.6.1/modules.dep": "",
        ])
        #expect(found.value?.version == "6.6.1")
        let two = try bootingKernel([
            "/boot/grub/grub.cfg": Self.menu("/boot/Image"), "/boot/Image": .bytes(KernelFile.arm64Image),
            "/usr/lib/modules/6.6.1/modules.dep": "", "/usr/lib/modules/3.2.1/modules.dep": "",
        ])
        #expect(two.problem?.code == .unsupported)
    }

    @Test(arguments: [
        LiteralEntry.bytes((0..<4096).map { UInt8(truncatingIfNeeded: $0 * 7) }), .text("menuentry 'x' {\n"),
        .text("menuentry 'open {\n linux /boot/vmlinuz-6.1.0\n}\n"), .text("fi\n"), .text("a | b\n"),
        .text(String(repeating: "{", count: 1 << 20 - 1)), .text(String(repeating: "a {\n", count: 30_000)),
        .text(String(repeating: "if true; then\n", count: 20_000)), .text("set timeout=5\n"),
        .sized(1 << 30), .directory, .unreadable(.permissionDenied), .link("../efi/EFI/amzn/grub.cfg"),
    ])
    func aConfigurationThatCannotBeFollowedLeavesTheInstalledKernels(entry: LiteralEntry) throws {
        let one = try bootingKernel(["/boot/grub2/grub.cfg": entry, "/boot/vmlinuz-6.1.0": "k"])
        #expect(one.value?.version == "6.1.0")
        #expect(one.value?.loaderProblem != nil)
        let two = try bootingKernel([
            "/boot/grub2/grub.cfg": entry, "/boot/vmlinuz-6.1.0": "k", "/boot/vmlinuz-3.9.0": "k",
            "/boot/grub/menu.lst": "title PV\nkernel /boot/vmlinuz-3.9.0\n",
        ])
        #expect(two.problem != nil)
    }

    @Test(arguments: ["fwsetup", "chainloader +1", "linux16 /boot/memtest86+.bin", "reboot"])
    func whatIsInstalledDoesNotCountWhereTheDefaultIsNoLinux(command: String) throws {
        let found = try bootingKernel([
            "/boot/grub2/grub.cfg": .text("menuentry 'Other' {\n \(command)\n}\n"), "/boot/vmlinuz-6.1.0": "k",
            "/boot/memtest86+.bin": "k",
        ])
        #expect(found.problem?.code == .noLinux)
        #expect(found.problem?.description.contains("\"Other\" boots none") == true)
    }

    @Test(arguments: [
        "while true; do set a=$a$a; done\n", "function f { f; f; }\nf\n",
        "set a=x\nfor i in 1 2 3 4 5 6 7 8 9; do set a=$a$a$a$a$a$a$a$a; done\n",
        "source $prefix/grub.cfg\nsource $prefix/grub.cfg\n", "configfile $prefix/grub.cfg\n",
        "until false; do blscfg; load_env; done\n", "submenu 'x' {\n configfile $prefix/grub.cfg\n}\n",
    ])
    func anEndlessScriptEnds(script: String) throws {
        let found = try bootingKernel(["/boot/grub/grub.cfg": .text(script), "/boot/vmlinuz-6.1.0": "k"])
        #expect(found.value?.version == "6.1.0")
        #expect(found.value?.loaderProblem != nil)
    }

    @Test func isAbsentWithoutAnyKernel() throws {
        #expect(try bootingKernel(["/etc/os-release": "ID=debian\n"]).isAbsent)
        #expect(try bootingKernel(["/lib/modules/6.1.0/modules.dep": ""]).isAbsent)
    }

    @Test(
        arguments: [
            [
                "/boot/grub/grub.cfg": """
                if [ -s $prefix/grubenv ]; then load_env; fi
                if [ -e ${prefix}/gfxblacklist.txt ]; then true; fi
                if [ -f ${config_directory}/custom.cfg ]; then source ${config_directory}/custom.cfg; fi
                menuentry 'Ubuntu' { linux /boot/vmlinuz-6.8.0-1012-aws root=PARTUUID=x ro; }
                """, "/boot/vmlinuz-6.8.0-1012-aws": "k", "/boot/grub/gfxblacklist.txt": "x",
            ],
            [
                "/boot/grub2/grub.cfg": "load_env\nblscfg\n", "/etc/fstab": "LABEL=boot /boot xfs defaults 0 0\n",
                "/boot/loader/entries/a-6.1.0-1.conf": "title x\nlinux /vmlinuz-6.1.0-1\n",
                "/boot/vmlinuz-6.1.0-1": "k",
            ],
            [
                "/boot/grub2/grub.cfg": "blscfg\n", "/boot/loader/entries/a-1-1.conf": "linux /boot/vmlinuz-6.1.0-1\n",
                "/boot/vmlinuz-6.1.0-1": .link("../usr/lib/modules/6.1.0-1/vmlinuz"), "/lib": .link("usr/lib"),
                "/usr/lib/modules/6.1.0-1/vmlinuz": "k",
            ],
            ["/boot/grub/menu.lst": "title x\nkernel /boot/vmlinuz-4.14.1 ro\n", "/boot/vmlinuz-4.14.1": "k"],
            [
                "/boot/extlinux/extlinux.conf": "label x\nlinux /vmlinuz\n", "/vmlinuz": .link("boot/vmlinuz-6.1.0"),
                "/boot/vmlinuz-6.1.0": "k",
            ],
        ] as [[String: LiteralEntry]])
    func anOrdinaryImageIsReadInOnePass(entries: [String: LiteralEntry]) throws {
        let wants = BootingKernel.wants + InstalledKernels.wants + BootPartitions.wants
        let root = try LiteralSource(entries).load(wants)
        let kernel = BootingKernel.observe(
            in: root, kernels: InstalledKernels.observe(in: root), partitions: BootPartitions.observe(in: root))
        #expect(root.openQuestions == [])
        #expect(kernel.value?.path != nil, "\(String(describing: kernel.problem))")
        #expect(kernel.value?.problem == nil)
    }
}
