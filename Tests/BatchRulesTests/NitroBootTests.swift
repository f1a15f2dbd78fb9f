/// nitro-boot: drivers built in, installed, in the initramfs and missing, roots by name, and what looks like a fault.

import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct NitroBootTests {
    static let version = "6.1.0"
    static let modules = "/usr/lib/modules/\(version)"

    /// An image for x86_64 of a kernel with nvme and ena as modules, both installed, nvme in the initramfs.
    static func image(
        _ changes: [String: LiteralEntry?] = [:], root: String = "UUID=1", machine: UInt16 = 62
    ) -> [String: LiteralEntry] {
        var entries: [String: LiteralEntry] = [
            "/bin/sh": .bytes(KernelFile.elf(machine: machine)),
            "/boot/vmlinuz-\(version)": .bytes(KernelFile.bzImage(version)),
            "/boot/config-\(version)": "CONFIG_BLK_DEV_NVME=m\nCONFIG_ENA_ETHERNET=m\n",
            "/boot/grub/grub.cfg": .text(
                """
                menuentry 'Linux' {
                 linux /boot/vmlinuz-\(version) root=\(root) ro quiet
                 initrd /boot/initrd.img-\(version)
                }

                """),
            "/boot/initrd.img-\(version)": .bytes(InitramfsFile.cpio("init", nvme)),
            "\(modules)/modules.dep": "kernel/drivers/nvme/host/nvme.ko:\nkernel/drivers/net/amazon/ena.ko.xz:\n",
            "\(modules)/modules.builtin": "kernel/fs/ext4/ext4.ko\n",
        ]
        for (path, entry) in changes { entries[path] = entry }
        return entries
    }

    static let nvme = "usr/lib/modules/\(version)/kernel/drivers/nvme/host/nvme.ko.zst"
    static let config = "/boot/config-\(version)"
    static let initramfs = "/boot/initrd.img-\(version)"
    static let withoutNVMe: [String: LiteralEntry?] = [initramfs: .bytes(InitramfsFile.cpio("init"))]

    static func finding(_ entries: [String: LiteralEntry], _ policy: Policy = .test) -> Finding {
        Rule.nitroBoot.evaluate(Facts(in: RootFilesystem(entries)), policy)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let entries: [String: LiteralEntry]
        let verdict: Verdict.Kind
        let says: String

        init(_ name: String, _ entries: [String: LiteralEntry], _ verdict: Verdict.Kind, _ says: String) {
            testDescription = name
            self.entries = entries
            self.verdict = verdict
            self.says = says
        }
    }

    private static let list = "\(modules)/modules.dep"
    private static let withoutENA: LiteralEntry = "CONFIG_BLK_DEV_NVME=y\n# CONFIG_ENA_ETHERNET is not set\n"
    private static let builtIn: LiteralEntry = "CONFIG_BLK_DEV_NVME=y\nCONFIG_ENA_ETHERNET=y\n"
    private static let early = InitramfsFile.cpio("kernel/x86/microcode/GenuineIntel.bin")

    static let cases = [
        Case("nvme in the initramfs", image(), .pass, "\(nvme) is in \(initramfs), ena is installed as a module"),
        Case(
            "in its second part, compressed, by initramfs-tools' path of before merged /usr",
            image([
                initramfs: .bytes(
                    early + KernelFile.gzip(InitramfsFile.cpio("init", "lib/modules/6.1.0/kernel/nvme.ko")))
            ]), .pass, "lib/modules/6.1.0/kernel/nvme.ko is in"),
        Case(
            "in an early part that newer initramfs-tools leave as it is",
            image([initramfs: .bytes(InitramfsFile.cpio(nvme) + KernelFile.gzip(InitramfsFile.cpio("init")))]), .pass,
            "nvme.ko.zst is in"),
        Case(
            "built in", image([config: builtIn, initramfs: nil]), .pass,
            "nvme is a part of kernel 6.1.0, ena is a part"),
        Case(
            "built in by modules.builtin, without a configuration",
            image([
                config: nil, initramfs: .bytes(InitramfsFile.cpio("init")),
                "\(modules)/modules.builtin": "kernel/drivers/nvme/host/nvme.ko\n",
            ]), .pass, "nvme is a part of kernel 6.1.0, ena is installed"),
        Case("not in the initramfs", image(withoutNVMe), .fail, "nvme for kernel 6.1.0 is not in \(initramfs)"),
        Case(
            "only another kernel's in the initramfs",
            image([initramfs: .bytes(InitramfsFile.cpio("usr/lib/modules/6.1.1/kernel/nvme.ko"))]), .fail,
            "nvme for kernel 6.1.0 is not in"),
        Case(
            "nvme-core and nvme-tcp alone",
            image([initramfs: .bytes(InitramfsFile.cpio("usr/lib/modules/6.1.0/nvme-core.ko", "lib/nvme-tcp.ko"))]),
            .fail, "is not in"),
        Case(
            "a file system image inside the initramfs",
            image([initramfs: .bytes(InitramfsFile.cpio("init", "squashfs-root.img"))]), .notApplicable,
            "squashfs-root.img"),
        Case("an initramfs that is none", image([initramfs: "initramfs"]), .notApplicable, initramfs),
        Case(
            "nvme left out",
            image([
                config: "# CONFIG_BLK_DEV_NVME is not set\nCONFIG_ENA_ETHERNET=y\n", list: "kernel/a.ko:\n",
            ]), .fail, "has no driver nvme (CONFIG_BLK_DEV_NVME)"),
        Case(
            "nvme not installed", image(withoutNVMe.merging([list: "kernel/ena.ko:\n"]) { $1 }),
            .fail, "the module is not installed"),
        Case(
            "ena left out",
            image([config: withoutENA, list: "a.ko:\n"]), .fail, "has no driver ena (CONFIG_ENA_ETHERNET)"),
        Case(
            "ena not of the kernel and built apart from it",
            image([config: withoutENA, list: "extra/ena.ko.xz:\n"]), .pass, "ena is installed as a module"),
        Case(
            "ena switched off", image(["/etc/modprobe.d/a.conf": "install ena /bin/false\n"]), .fail,
            "/etc/modprobe.d/a.conf:1: install ena /bin/false switches off ena"),
        Case("a root by Xen's name", image(root: "/dev/xvda1"), .fail, "names its root /dev/xvda1"),
        Case("a root by SCSI's name", image(root: "/dev/sda1"), .fail, "names its root /dev/sda1"),
        Case("a root by Nitro's name", image(root: "/dev/nvme0n1p1"), .pass, "is in"),
        Case("a root of LVM, whose name begins like a disk's", image(root: "/dev/mapper/vda-root"), .pass, "is in"),
        Case(
            "a root by Xen's name, with the rules that give it in the initramfs",
            image(
                [initramfs: .bytes(InitramfsFile.cpio(nvme, "usr/lib/udev/rules.d/70-ec2-nvme-devices.rules"))],
                root: "/dev/xvda1"), .pass, "root=/dev/xvda1 depends on"),
        Case("a root that comes by network", image(withoutNVMe, root: "/dev/nfs"), .pass, "comes by network"),
        Case(
            "an interface named by another machine's address",
            image([
                "/etc/udev/rules.d/70-persistent-net.rules":
                    "# made\nSUBSYSTEM==\"net\", ATTR{address}==\"02:00:00:00:00:01\", NAME=\"eth0\"\n"
            ]), .pass, "(/etc/udev/rules.d/70-persistent-net.rules names an interface"),
        Case("nothing that shows it", image([config: nil, list: nil]), .notApplicable, "not known"),
        Case("no kernel", [:], .notApplicable, "kernel-version"),
    ]

    @Test(arguments: cases) func `advice where instances of Xen may be meant`(row: Case) {
        let finding = Self.finding(row.entries)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        #expect(finding.message.contains(row.says), "\(finding.message)")
        #expect(finding.level == .recommended)
    }

    @Test func `required where all instances are Nitro, undetermined where it cannot be told then`() {
        let arm = Self.image(Self.withoutNVMe, machine: 183)
        let metadata = { (architecture: String?, mode: String?) in
            Policy.test.with(AMIMetadata(architecture: architecture, bootMode: mode))
        }
        let user = Policy(today: Policy.test.today, isForNitro: true)
        let x86 = Self.image(Self.withoutNVMe)
        for (entries, policy, says) in [
            (arm, Policy.test, "it is for arm64"), (x86, metadata("arm64", nil), "the AMI metadata says arm64"),
            (x86, metadata("x86_64", "uefi"), "boot mode uefi"), (x86, user, "Nitro instances alone"),
        ] {
            let finding = Self.finding(entries, policy)
            #expect(finding.verdict == .fail && finding.level == .required, "\(says)")
            #expect(finding.message.contains(says), "\(finding.message)")
        }
        for mode in ["uefi-preferred", "legacy-bios"] {
            #expect(Self.finding(x86, metadata("x86_64", mode)).level == .recommended)
        }
        // What nothing speaks of is no reason to leave the whole image open.
        #expect(Self.finding(Self.image([Self.config: nil, Self.list: nil]), user).verdict == .notApplicable)
        let broken = Self.finding(Self.image([Self.initramfs: "no initramfs"]), user)
        #expect(broken.verdict == .undetermined && broken.level == .required)
        #expect(broken.remedy?.isEmpty == false)
    }

    @Test func `an archive is read again for an initramfs only where the image is for arm64`() throws {
        for (machine, verdict) in [(62, Verdict.Kind.notApplicable), (183, .fail)] as [(UInt16, Verdict.Kind)] {
            let source = LiteralSource(Self.image(Self.withoutNVMe, machine: machine))
            let facts = try source.read(Facts.wants) { Facts(in: $0) }.value
            #expect(Rule.nitroBoot.evaluate(facts, .test).verdict == verdict)
        }
        let facts = try LiteralSource(Self.image()).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.nitroBoot.evaluate(facts, Policy(today: Policy.test.today, isForNitro: true))
        #expect(finding.verdict == .undetermined)
        #expect(finding.message.contains("the initramfs in an archive is not read"))
    }

    /// The one entry, with these files as its initramfs.
    private static func menu(_ initramfs: String) -> LiteralEntry {
        .text("menuentry 'Linux' {\n linux /boot/vmlinuz-\(version) root=UUID=1 ro\n initrd \(initramfs)\n}\n")
    }

    @Test func `every file that the entry loads is looked into, and none that it does not load`() {
        let microcode: [String: LiteralEntry?] = ["/boot/microcode.img": .bytes(InitramfsFile.cpio("kernel/x86"))]
        let both = microcode.merging(["/boot/grub/grub.cfg": Self.menu("/boot/microcode.img \(Self.initramfs)")]) { $1 }
        #expect(Self.finding(Self.image(both)).verdict == .pass)
        let one = microcode.merging(["/boot/grub/grub.cfg": Self.menu("/boot/microcode.img")]) { $1 }
        #expect(Self.finding(Self.image(one)).verdict == .fail)
    }

    @Test func `the remedy is of the tool that made the initramfs`() {
        let debian = Self.finding(Self.image(Self.withoutNVMe))
        #expect(debian.remedy?.contains("update-initramfs -u -k 6.1.0") == true)
        let amazon = Self.finding(
            Self.image([
                Self.initramfs: nil, "/boot/initramfs-6.1.0.img": .bytes(InitramfsFile.cpio("init")),
                "/boot/grub/grub.cfg": Self.menu("/boot/initramfs-6.1.0.img"),
            ]))
        #expect(amazon.remedy?.contains("dracut --force --add-drivers 'nvme ena' /boot/initramfs-6.1.0.img") == true)
    }
}
