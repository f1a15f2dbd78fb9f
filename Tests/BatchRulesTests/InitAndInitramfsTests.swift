import Booting
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// What ends a boot between its kernel and its services, and what looks like it and boots.
struct InitAndInitramfsTests {
    private static let initramfs = "/boot/initramfs-\(BootCase.kernel).img"
    private static let vmlinuz = "/boot/vmlinuz-\(BootCase.kernel)"
    private static let ro = "\(BootCase.root) ro console=ttyS0"
    private static let debianTools: [String: LiteralEntry?] = ["/usr/share/initramfs-tools/init": .executable()]
    private static let target = "/etc/systemd/system/default.target"

    private static func entry(_ words: String, _ more: [String: LiteralEntry?] = [:]) -> [String: LiteralEntry?] {
        BootCase.entry("\(ro) \(words)").merging(more) { $1 }
    }

    /// A kernel whose header names this many bytes beside its own.
    private static func kernel(missing: Int) -> LiteralEntry {
        var bytes = KernelFile.bzImage(BootCase.kernel)
        let units = UInt32((bytes.count + missing - 512 * 5) / 16)
        for index in 0..<4 { bytes[0x1F4 + index] = UInt8(truncatingIfNeeded: units >> (index * 8)) }
        return .bytes(bytes)
    }

    private static func configuration(_ lines: String) -> [String: LiteralEntry?] {
        ["/boot/config-\(BootCase.kernel)": .text(lines)]
    }

    /// As Ubuntu's AWS image has it: no initramfs in the first attempt.
    private static let ubuntu: LiteralEntry = .text(
        """
        set default=0
        menuentry 'Ubuntu' {
        \tif [ "${initrdfail}" = 1 ]; then
        \t  linux\t/boot/vmlinuz-\(BootCase.kernel) root=PARTUUID=0c0ffee0-01 ro console=ttyS0
        \t  initrd\t/boot/initrd.img-\(BootCase.kernel)
        \telse
        \t  linux\t/boot/vmlinuz-\(BootCase.kernel) root=PARTUUID=0c0ffee0-01 ro console=ttyS0 panic=-1
        \tfi
        }

        """)

    static let cases: [BootCase] = [
        BootCase("as Amazon Linux has it", .amazonLinux, [:], .pass, says: "multi-user.target"),
        BootCase("as Debian has it", .debian, [:], .pass, says: "graphical.target"),

        // The kernel.
        BootCase(
            "a kernel without kernel", .amazonLinux,
            [vmlinuz: nil, "/usr/lib/modules/\(BootCase.kernel)/vmlinuz": nil], .pass),
        BootCase(
            "no kernel at all", .amazonLinux,
            [
                vmlinuz: nil, "/usr/lib/modules/\(BootCase.kernel)/vmlinuz": nil,
                "/boot/grub2/grub.cfg": nil,
                "/boot/loader/entries/ec2e3be6e3b14a3ea3c2f4ed2a9b1f55-\(BootCase.kernel).conf": nil,
            ], .notApplicable, says: "kernel-version"),
        BootCase("a kernel that is cut", .amazonLinux, [vmlinuz: kernel(missing: 64)], .fail, says: vmlinuz, "cut off"),
        BootCase("a whole kernel", .amazonLinux, [vmlinuz: kernel(missing: 0)], .pass),

        // The initramfs.
        BootCase(
            "not there", .amazonLinux, [initramfs: nil], .fail, counting: .required, says: initramfs, "not in the image"
        ),
        BootCase("empty", .amazonLinux, [initramfs: ""], .fail, says: initramfs, "empty"),
        BootCase(
            "a link to nowhere", .amazonLinux, [initramfs: .link("initramfs-old.img")], .fail, says: "not in the image"),
        BootCase("a directory", .amazonLinux, [initramfs: nil, initramfs + "/x": "y"], .fail, says: "no file"),
        BootCase(
            "microcode before it, and a variable that is empty", .amazonLinux,
            BootCase.entry(ro, initrd: "/boot/microcode.img /boot/initramfs-\(BootCase.kernel).img $tuned_initrd")
                .merging(["/boot/microcode.img": "07070"]) { $1 }, .pass),
        BootCase(
            "an entry without one, root by its partition", .amazonLinux,
            BootCase.entry("root=PARTUUID=0c0ffee0-01 ro", initrd: nil), .pass, says: "without an initramfs"),
        BootCase(
            "as Ubuntu's AWS image has it", .amazonLinux, ["/boot/grub2/grub.cfg": ubuntu, initramfs: nil], .pass),
        BootCase(
            "an entry without one, root by UUID=", .amazonLinux,
            BootCase.entry(ro, initrd: nil).merging(configuration("CONFIG_INITRAMFS_SOURCE=\"\"\nCONFIG_XFS_FS=y\n")) {
                $1
            },
            .fail, says: "UUID="),
        BootCase(
            "the same of a kernel with an initramfs inside (Flatcar)", .amazonLinux,
            BootCase.entry(ro, initrd: nil).merging(configuration("CONFIG_INITRAMFS_SOURCE=\"bootengine.cpio\"\n")) {
                $1
            },
            .pass),
        BootCase(
            "an entry without one, root's file system a module", .amazonLinux,
            BootCase.entry("root=PARTUUID=0c0ffee0-01 ro", initrd: nil)
                .merging(configuration("CONFIG_INITRAMFS_SOURCE=\"\"\nCONFIG_XFS_FS=m\n")) { $1 }, .fail, says: "xfs"),
        BootCase(
            "/boot of its own that the export left out", .amazonLinux,
            [
                vmlinuz: nil, initramfs: nil,
                "/etc/fstab": "UUID=1 /boot xfs defaults 0 0\nUUID=2 / xfs defaults 0 0\n",
            ], .pass),

        // The command line, word by word.
        BootCase(
            "init=/bin/bash", .amazonLinux, entry("init=/bin/bash"), .fail, counting: .required, says: "init=/bin/bash"),
        BootCase("init= of systemd", .amazonLinux, entry("init=/usr/lib/systemd/systemd"), .pass),
        BootCase("init= by another name", .amazonLinux, entry("init=/sbin/init"), .pass),
        BootCase("the last one counts", .amazonLinux, entry("init=/bin/bash init=/sbin/init"), .pass),
        BootCase("init= that is not there", .amazonLinux, entry("init=/sbin/preinit"), .fail, says: "/sbin/preinit"),
        BootCase(
            "the same, which initramfs-tools passes over", .amazonLinux, entry("init=/sbin/preinit", debianTools), .pass
        ),
        BootCase(
            "init= of a program of the image's own", .amazonLinux,
            entry("init=/usr/local/sbin/first", ["/usr/local/sbin/first": .executable("#!/bin/sh\nexec /sbin/init\n")]),
            .undetermined, says: "/usr/local/sbin/first"),
        BootCase("single", .amazonLinux, entry("single", rescue), .fail, says: "single", "rescue.target"),
        BootCase("emergency", .amazonLinux, entry("emergency", rescue), .fail, says: "emergency"),
        BootCase(
            "systemd.unit=rescue.target", .amazonLinux, entry("systemd.unit=rescue.target", rescue), .fail,
            says: "rescue.target"),
        BootCase(
            "rd.emergency=poweroff, as AL2023 has it", .amazonLinux,
            entry("rd.emergency=poweroff rd.shell=0 rd.single"), .pass),
        BootCase("systemd.unit=multi-user.target", .amazonLinux, entry("systemd.unit=multi-user.target"), .pass),
        BootCase(
            "3, whatever default.target is", .amazonLinux,
            entry("3", rescue.merging([target: .link("/usr/lib/systemd/system/rescue.target")]) { $1 }), .pass),

        // default.target.
        BootCase(
            "rescue.target", .amazonLinux,
            rescue.merging([target: .link("/usr/lib/systemd/system/rescue.target")]) { $1 },
            .fail, says: target, "rescue.target"),
        BootCase(
            "a target that is not there", .amazonLinux,
            rescue.merging([target: .link("/usr/lib/systemd/system/batch.target")]) { $1 }, .fail, says: "rescue.target"
        ),
        BootCase(
            "a target of the image's own that wants the agent", .amazonLinux,
            [
                "/etc/systemd/system/batch.target": "[Unit]\nRequires=basic.target\nWants=ecs.service docker.service\n",
                target: .link("batch.target"),
            ], .pass),
        BootCase(
            "one that wants nothing", .amazonLinux,
            ["/etc/systemd/system/batch.target": "[Unit]\nRequires=basic.target\n", target: .link("batch.target")],
            .fail, says: "batch.target"),

        // /sbin/init.
        BootCase(
            "no /sbin/init with initramfs-tools", .amazonLinux, ["/usr/sbin/init": nil].merging(debianTools) { $1 },
            .fail, says: "/sbin/init"),
        BootCase("no /sbin/init, and an initramfs that starts systemd", .amazonLinux, ["/usr/sbin/init": nil], .pass),
        BootCase(
            "no /sbin/init and no initramfs", .amazonLinux,
            BootCase.entry("root=PARTUUID=0c0ffee0-01 ro", initrd: nil).merging(["/usr/sbin/init": nil]) { $1 }, .fail),
        BootCase(
            "neither it nor systemd", .amazonLinux, ["/usr/sbin/init": nil, "/usr/lib/systemd/systemd": nil], .fail),

        // The root.
        BootCase("no /proc", .amazonLinux, ["/proc": nil], .fail, says: "/proc"),
        BootCase(
            "the same on a root that is writable before", .amazonLinux,
            BootCase.entry("\(BootCase.root) rw").merging(["/proc": nil]) { $1 }, .pass),
        BootCase(
            "none of them, as exports leave them out", .amazonLinux,
            ["/proc": nil, "/sys": nil, "/dev": nil, "/run": nil], .undetermined, says: "/proc, /sys, /dev, /run"),
        BootCase(
            "no fstab and ro", .amazonLinux, ["/etc/fstab": nil], .fail, counting: .required, says: "read-only",
            "no /etc/fstab"),
        BootCase(
            "an fstab without the root, and ro", .amazonLinux, ["/etc/fstab": "# none\n"], .fail, says: "no line of it"),
        BootCase(
            "no fstab and rw", .amazonLinux, BootCase.entry("\(BootCase.root) rw").merging(["/etc/fstab": nil]) { $1 },
            .pass),
        BootCase(
            "no fstab, no word", .amazonLinux, BootCase.entry(BootCase.root).merging(["/etc/fstab": nil]) { $1 }, .pass),
        BootCase(
            "a unit that mounts it anew", .amazonLinux,
            [
                "/etc/fstab": nil,
                "/etc/systemd/system/ecs.service.d/rw.conf": "[Service]\nExecStartPre=/usr/bin/mount -o remount,rw /\n",
            ], .pass),
        BootCase(
            "/usr/libexec noexec", .amazonLinux,
            [
                "/etc/fstab":
                    "UUID=9c4e4b1a-0000-4000-8000-000000000001 / xfs defaults 0 0\n/usr/libexec /usr/libexec none bind,noexec 0 0\n"
            ],
            .fail, counting: .required, says: "/etc/fstab:2", "/usr/libexec/amazon-ecs-init"),
        BootCase(
            "user, which says noexec too, on the root", .amazonLinux,
            ["/etc/fstab": "UUID=9c4e4b1a-0000-4000-8000-000000000001 / xfs defaults,user 0 0\n"], .fail, says: "noexec"
        ),
        BootCase(
            "noexec taken back, and noexec elsewhere", .amazonLinux,
            [
                "/etc/fstab":
                    "UUID=9c4e4b1a-0000-4000-8000-000000000001 / xfs user,exec 0 0\ntmpfs /tmp tmpfs noexec,nosuid 0 0\n"
            ], .pass),
        BootCase(
            "no modules where Docker's are modules", .amazonLinux,
            ["/usr/lib/modules/\(BootCase.kernel)/vmlinuz": nil].merging(
                configuration("CONFIG_BRIDGE=m\nCONFIG_VETH=m\n")
            ) { $1 },
            .fail, says: "/lib/modules/\(BootCase.kernel)", "CONFIG_BRIDGE"),
    ]

    private static let rescue: [String: LiteralEntry?] = [
        "/usr/lib/systemd/system/rescue.target": "[Unit]\nRequires=sysinit.target\n",
        "/usr/lib/systemd/system/emergency.target": "[Unit]\n",
    ]

    @Test(arguments: cases) func `a boot comes to its services`(row: BootCase) throws {
        try row.check(.initAndInitramfs)
    }

    @Test func `an image of upstart or without systemd's units is judged by its kernel alone`() throws {
        let row = BootCase(
            "upstart", .amazonLinux, ["/usr/sbin/init": WholeImage.program, "/usr/sbin/initctl": WholeImage.program],
            .pass)
        try row.check(.initAndInitramfs)
    }
}
