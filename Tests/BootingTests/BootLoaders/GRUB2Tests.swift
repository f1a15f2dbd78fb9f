/// GRUB 2 as Amazon Linux and its kin have it: entry files, the environment block, the EFI copies.

import Booting
import ImageReading
import TestSupport
import Testing

@Suite struct GRUB2Tests {
    private static let machine = "ec2f0bd6a41c4a6e8f8f0d6c6f3d7a11"

    /// What grub2-mkconfig writes on Amazon Linux 2023, shortened; the kernels stand in entry files.
    private static let al2023 = """
        set pager=1
        if [ -f ${config_directory}/grubenv ]; then
          load_env -f ${config_directory}/grubenv
        elif [ -s $prefix/grubenv ]; then
          load_env
        fi
        if [ "${next_entry}" ] ; then
           set default="${next_entry}"
           set next_entry=
           save_env next_entry
           set boot_once=true
        else
           set default="${saved_entry}"
        fi
        if [ x"${feature_menuentry_id}" = xy ]; then
          menuentry_id_option="--id"
        else
          menuentry_id_option=""
        fi
        if [ x$feature_timeout_style = xy ] ; then
          set timeout_style=hidden
          set timeout=0
        else
          set timeout=0
        fi
        insmod part_gpt
        search --no-floppy --set=root --fs-uuid 1a2b3c4d-0000-4000-8000-000000000000
        if [ -z "${kernelopts}" ]; then
          set kernelopts="root=UUID=1a2b3c4d ro fallback"
        fi
        insmod blscfg
        blscfg
        if [ "$grub_platform" = "efi" ]; then
          menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
            fwsetup
          }
        fi
        if [ -f  ${config_directory}/custom.cfg ]; then
          source ${config_directory}/custom.cfg
        elif [ -z "${config_directory}" -a -f  $prefix/custom.cfg ]; then
          source $prefix/custom.cfg
        fi

        """

    private static func entry(_ version: String, options: String = "root=UUID=1a2b3c4d ro console=tty0") -> LiteralEntry
    {
        """
        title Amazon Linux (\(version)) 2023
        version \(version)
        linux /boot/vmlinuz-\(version)
        initrd /boot/initramfs-\(version).img
        options \(options)
        grub_users $grub_users
        grub_arg --unrestricted
        grub_class amzn

        """
    }

    private static func entryFile(_ version: String, machine: String = machine) -> String {
        "/boot/loader/entries/\(machine)-\(version).conf"
    }

    private static func environment(_ text: String) -> LiteralEntry {
        let block = "# GRUB Environment Block\n" + text
        return .text(block + String(repeating: "#", count: max(0, 1024 - block.utf8.count)))
    }

    private static let older = "6.1.112-124.190.amzn2023.x86_64"
    private static let newer = "6.1.170-213.321.amzn2023.x86_64"

    private static func image(_ more: [String: LiteralEntry] = [:]) -> [String: LiteralEntry] {
        [
            "/boot/grub2/grub.cfg": .text(al2023), entryFile(older): entry(older), entryFile(newer): entry(newer),
            "/boot/vmlinuz-\(older)": .bytes(KernelFile.bzImage(older)),
            "/boot/vmlinuz-\(newer)": .bytes(KernelFile.bzImage(newer)),
        ].merging(more) { $1 }
    }

    @Test func bootsTheNewestEntryWhereNothingIsSaved() throws {
        let found = try bootingKernel(Self.image())
        #expect(found.value?.version == Self.newer)
        #expect(found.value?.entry?.title == "Amazon Linux (\(Self.newer)) 2023")
        #expect(found.value?.commandLine == ["root=UUID=1a2b3c4d", "ro", "console=tty0"])
        #expect(found.evidence.first?.path == ImagePath(Self.entryFile(Self.newer)))
        #expect(found.evidence.first?.line == 3)
    }

    @Test(arguments: [
        ("saved_entry=\(machine)-\(older)\n", older), ("saved_entry=Amazon Linux (\(older)) 2023\n", older),
        ("saved_entry=1\n", older), ("saved_entry=0\n", newer), ("saved_entry=7\n", newer),
        ("saved_entry=none\n", newer),
        ("saved_entry=\(machine)-\(older).conf\n", newer), ("saved_entry=\n", newer), ("", newer),
        ("saved_entry=1\nnext_entry=0\n", newer), ("saved_entry=0\nnext_entry=\(machine)-\(older)\n", older),
        ("# saved_entry=1\nboot_success=0\n", newer),
    ])
    func followsTheEnvironment(environment: String, version: String) throws {
        let found = try bootingKernel(Self.image(["/boot/grub2/grubenv": Self.environment(environment)]))
        #expect(found.value?.version == version)
    }

    @Test func expandsKernelopts() throws {
        let options = Self.entry(Self.newer, options: "$kernelopts ${tuned} quiet")
        let fallback = try bootingKernel(Self.image([Self.entryFile(Self.newer): options]))
        #expect(fallback.value?.commandLine == ["root=UUID=1a2b3c4d", "ro", "fallback", "quiet"])
        let environment = Self.environment("kernelopts=root=LABEL=x ro cloud-init=disabled\n")
        let found = try bootingKernel(
            Self.image([Self.entryFile(Self.newer): options, "/boot/grub2/grubenv": environment]))
        #expect(found.value?.commandLine == ["root=LABEL=x", "ro", "cloud-init=disabled", "quiet"])
    }

    @Test func anotherMachinesEntryOutranksANewerKernel() throws {
        let foreign = Self.entryFile(Self.older, machine: "ffffffffffffffffffffffffffffffff")
        #expect(try bootingKernel(Self.image([foreign: Self.entry(Self.older)])).value?.version == Self.older)
    }

    @Test func skipsEntriesWithoutAKernel() throws {
        let noKernel: LiteralEntry = "title x\nversion 9\nefi /EFI/Linux/x.efi\n"
        let cut: LiteralEntry = "title x\n\nlinux /boot/vmlinuz-\(Self.older)\n"
        let found = try bootingKernel(
            Self.image([
                Self.entryFile("9.9.9-1.amzn2023.x86_64"): noKernel, Self.entryFile("9.9.8-1.amzn2023.x86_64"): cut,
            ]))
        #expect(found.value?.version == Self.newer)
    }

    @Test func entryFilesCountOnlyWhereTheyAreCalledFor() throws {
        let menu: LiteralEntry = "menuentry 'Old' {\n  linux16 /boot/vmlinuz-\(Self.older) ro\n}\n"
        #expect(try bootingKernel(Self.image(["/boot/grub2/grub.cfg": menu])).value?.version == Self.older)
        let both: LiteralEntry = "menuentry 'Old' {\n  linux /boot/vmlinuz-\(Self.older) ro\n}\nblscfg\nset default=1\n"
        #expect(try bootingKernel(Self.image(["/boot/grub2/grub.cfg": both])).value?.version == Self.newer)
    }

    @Test func theBootFileSystemsOwnDirectoryComesFirst() throws {
        let found = try bootingKernel(Self.image(["/loader/entries/a-1-1.conf": Self.entry(Self.older)]))
        #expect(found.value?.version == Self.older)
        // Where /boot is a file system of its own, /loader of the root is none of GRUB's business.
        let own = try bootingKernel(
            Self.image([
                "/loader/entries/a-1-1.conf": Self.entry(Self.older), "/etc/fstab": "LABEL=b /boot xfs ro 0 0\n",
            ]))
        #expect(own.value?.version == Self.newer)
    }

    @Test func readsCustomConfigurationBesideIt() throws {
        let custom: LiteralEntry =
            "set default=\"mine\"\nmenuentry 'M' --id mine {\n linux /boot/vmlinuz-\(Self.older)\n}\n"
        let found = try bootingKernel(Self.image(["/boot/grub2/custom.cfg": custom]))
        #expect(found.value?.version == Self.older)
        #expect(
            found.evidence.first == Evidence("/boot/grub2/custom.cfg", line: 3, "linux /boot/vmlinuz-\(Self.older)"))
    }

    @Test func anEnvironmentOnAMissingEFIPartitionLeavesItUndecided() throws {
        let link = LiteralEntry.link("../efi/EFI/amzn/grubenv")
        let found = try bootingKernel(Self.image(["/boot/grub2/grubenv": link]))
        #expect(found.problem?.code == .danglingLink)
        let exported = try bootingKernel(
            Self.image(["/boot/grub2/grubenv": link, "/boot/efi/EFI/amzn/grubenv": Self.environment("saved_entry=1\n")])
        )
        #expect(exported.value?.version == Self.older)
    }

    @Test func readsTheEFICopyOfTheEnvironment() throws {
        let found = try bootingKernel(Self.image(["/boot/efi/EFI/amzn/grubenv": Self.environment("saved_entry=1\n")]))
        #expect(found.value?.version == Self.older)
    }

    @Test func readsAConfigurationOnTheEFIPartition() throws {
        var image = Self.image(["/boot/efi/EFI/amzn/grub.cfg": .text(Self.al2023)])
        image["/boot/grub2/grub.cfg"] = nil
        image["/boot/efi/EFI/amzn/grubenv"] = Self.environment("saved_entry=\(Self.machine)-\(Self.older)\n")
        #expect(try bootingKernel(image).value?.version == Self.older)
    }

    @Test func followsAStubToTheConfiguration() throws {
        var image = Self.image()
        image["/boot/grub2/grub.cfg"] = nil
        image["/boot/grub2/real.cfg"] = .text(Self.al2023)
        image["/boot/efi/EFI/fedora/grub.cfg"] = """
            search --no-floppy --fs-uuid --set=dev 1a2b3c4d
            set prefix=($dev)/boot/grub2
            export $prefix
            configfile $prefix/real.cfg

            """
        #expect(try bootingKernel(image).value?.version == Self.newer)
    }

    @Test(arguments: [LiteralEntry.bytes([0, 1, 2]), .unreadable(.permissionDenied), .sized(1 << 30)])
    func anEntryFileThatCannotBeReadLeavesItUndecided(entry: LiteralEntry) throws {
        #expect(try bootingKernel(Self.image([Self.entryFile(Self.newer): entry])).problem != nil)
    }

    @Test(arguments: [
        LiteralEntry.bytes([UInt8](repeating: 0, count: 1024)), "no environment block", "", .bytes([0xFF]),
    ])
    func aDamagedEnvironmentCountsAsNone(entry: LiteralEntry) throws {
        #expect(try bootingKernel(Self.image(["/boot/grub2/grubenv": entry])).value?.version == Self.newer)
    }

    @Test func readsAmazonLinux2sMenuentries() throws {
        let grub = """
            if [ -s $prefix/grubenv ]; then
              load_env
            fi
            if [ "${next_entry}" ] ; then
               set default="${next_entry}"
               set next_entry=
               save_env next_entry
               set boot_once=true
            else
               set default="${saved_entry}"
            fi
            menuentry 'Amazon Linux (5.10.225-213.878.amzn2.x86_64) 2' --class amzn --unrestricted $menuentry_id_option 'gnulinux-5.10.225' {
            \tload_video
            \tset gfxpayload=keep
            \tinsmod gzio
            \tif [ x$feature_platform_search_hint = xy ]; then
            \t  search --no-floppy --fs-uuid --set=root  1a2b3c4d
            \telse
            \t  search --no-floppy --fs-uuid --set=root 1a2b3c4d
            \tfi
            \tlinux16 /boot/vmlinuz-5.10.225-213.878.amzn2.x86_64 root=UUID=1a2b3c4d ro  console=tty0 net.ifnames=0
            \tinitrd16 /boot/initramfs-5.10.225-213.878.amzn2.x86_64.img
            }
            menuentry 'Amazon Linux (4.14.355-275.582.amzn2.x86_64) 2' --class amzn --unrestricted {
            \tlinux16 /boot/vmlinuz-4.14.355-275.582.amzn2.x86_64 root=UUID=1a2b3c4d ro
            }

            """
        let kernels: [String: LiteralEntry] = [
            "/boot/grub2/grub.cfg": .text(grub),
            "/boot/vmlinuz-5.10.225-213.878.amzn2.x86_64": "k", "/boot/vmlinuz-4.14.355-275.582.amzn2.x86_64": "k",
        ]
        #expect(try bootingKernel(kernels).value?.version == "5.10.225-213.878.amzn2.x86_64")
        let saved = Self.environment("saved_entry=Amazon Linux (4.14.355-275.582.amzn2.x86_64) 2\n")
        let found = try bootingKernel(kernels.merging(["/boot/grub2/grubenv": saved]) { $1 })
        #expect(found.value?.version == "4.14.355-275.582.amzn2.x86_64")
    }
}
