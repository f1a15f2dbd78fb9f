/// Whether firmware finds a boot loader on the disk of an image: by BIOS in its first sector, by UEFI in a file of its EFI
/// system partition.

import Booting
import ImageFacts
import ImageReading

/// What each of the two ways of EC2 to boot comes to.
struct DiskBoot {
    /// One way.
    enum Way {
        /// It starts this.
        case boots(String, [Evidence])
        /// It starts nothing: why, and what to do.
        case fails(String, [Evidence], [RemedyStep])
        /// The disk alone does not decide it.
        case open(String, [Evidence], [RemedyStep])

        /// What it comes to, in words.
        var words: String {
            switch self {
            case .boots(let words, _), .fails(let words, _, _), .open(let words, _, _): words
            }
        }
    }

    private let disk: DiskLayout
    /// As `uname -m` has it.
    private let machine: String
    /// Where firmware looks for a program of that machine (UEFI specification, 3.5.1.1).
    private let place: ImagePath

    /// The boot of a disk on processors of this kind; 32-bit systems boot on the firmware of x86_64.
    init(_ disk: DiskLayout, isARM: Bool) {
        self.disk = disk
        machine = isARM ? "aarch64" : "x86_64"
        place = isARM ? "/EFI/BOOT/BOOTAA64.EFI" : "/EFI/BOOT/BOOTX64.EFI"
    }

    /// By legacy BIOS.
    var bios: Way {
        let install: [RemedyStep] = [
            .sentence(
                """
                run `grub-install DISK` (`grub2-install` on Amazon Linux, RHEL and SUSE) for the disk as a whole on a host \
                that was started from it; in a GPT it needs a partition of 1 MiB of type "BIOS boot" (sgdisk -t N:ef02)
                """)
        ]
        switch disk.bootCode {
        case .leads(let loader, let place): return .boots("\(loader), \(place)", [])
        case .missing where disk.partitionTable == nil:
            return .fails(
                """
                the disk has neither a partition table nor boot code in its first sector: so PV-GRUB boots it, and no \
                instance of HVM does
                """, facts(of: disk.root),
                [
                    .sentence(
                        """
                        copy the root into a partition of a disk with a partition table, install a boot loader there, and \
                        register that as `--virtualization-type hvm`
                        """)
                ])
        case .missing: return .fails("the first sector of the disk holds no boot code", [], install)
        case .broken(let loader, let reason): return .fails("\(loader) in the first sector: \(reason)", [], install)
        case .unknown:
            return .open(
                "the first sector holds boot code that is neither GRUB's nor SYSLINUX's, and where it leads is not known",
                [], install)
        case .unreadable(let reason): return .open("the boot code cannot be read: \(reason)", [], [])
        }
    }

    private func facts(of volume: DiskLayout.Volume?) -> [Evidence] {
        volume.map { [Evidence(.root, "\($0.name): \($0.format ?? "")")] } ?? []
    }

    /// By UEFI.
    var uefi: Way {
        let volumes = disk.volumes.filter { $0.disk == 0 && ($0.isEFISystem || $0.format == "vfat") }
        let ways = volumes.map(way)
        // Firmware takes the first that it can start, whichever partition that is on.
        return ways.first { if case .boots = $0 { true } else { false } }
            ?? ways.first { if case .open = $0 { true } else { false } } ?? ways.first
            ?? .fails("there is no EFI system partition", [], install(on: nil))
    }

    private func way(_ volume: DiskLayout.Volume) -> Way {
        switch volume.programs {
        case .unreadable(_, let problem):
            return .open("\(volume.name): its EFI programs cannot be read: \(problem.reason)", [], install(on: volume))
        case .absent:
            let why =
                volume.problem.map { "cannot be read: \($0)" }
                ?? (volume.format == "vfat" ? "has no \(place)" : "holds no FAT file system")
            let words = "\(volume.name)\(volume.isEFISystem ? ", the EFI system partition," : "") \(why)"
            return volume.problem == nil
                ? .fails(words, [], install(on: volume)) : .open(words, [], install(on: volume))
        case .present(let programs, _): return way(volume, programs)
        }
    }

    private func way(_ volume: DiskLayout.Volume, _ programs: EFIPrograms) -> Way {
        func evidence(_ path: ImagePath, _ text: String = "") -> [Evidence] {
            volume.mountPoint.map { [Evidence($0.appending(path.text), text)] } ?? []
        }
        if let program = programs.removable.first(where: { $0.path == place }) {
            let words = "\(place) of \(volume.name)"
            if let problem = program.problem {
                return .fails("\(words): \(problem)", evidence(place, problem), install(on: volume))
            }
            guard program.machine == machine else {
                let found = program.machine.map { "a program for \($0)" } ?? "a program for another processor"
                return .fails(
                    "\(words) is \(found), not for \(machine)", evidence(place, found),
                    install(on: volume))
            }
            return .boots(words, evidence(place))
        }
        if let other = programs.others.first {
            return .open(
                """
                \(volume.name) has no \(place), where firmware looks by itself, and \(other) is started only where the \
                variables of the firmware name it: a new instance has none unless the AMI was registered with UefiData
                """, evidence(other),
                install(on: volume) + [
                    .sentence(
                        """
                        or look by `aws ec2 describe-image-attribute --attribute uefiData --image-id AMI` whether it was \
                        registered with them
                        """)
                ])
        }
        let found = programs.removable.map { "\($0.path.name)\($0.machine.map { " for \($0)" } ?? "")" }
        return .fails(
            "\(volume.name) has no \(place) (only \(found.joined(separator: ", ")))",
            programs.removable.first.map { evidence($0.path) } ?? [], install(on: volume))
    }

    private func install(on volume: DiskLayout.Volume?) -> [RemedyStep] {
        let target = machine == "aarch64" ? "arm64-efi" : "x86_64-efi"
        guard volume != nil else {
            return [
                .sentence(
                    """
                    make an EFI system partition (FAT, type ef00), mount it at /boot/efi and run `grub-install \
                    --target=\(target) --efi-directory=/boot/efi --removable`
                    """)
            ]
        }
        return [
            .sentence(
                """
                put the boot loader at \(place) of the EFI system partition: `grub-install --target=\(target) \
                --efi-directory=/boot/efi --removable`, or install the package of shim and GRUB again (grub2-efi, shim)
                """)
        ]
    }
}

extension DiskLayout.Volume {
    /// Whether its table says that firmware finds boot loaders there.
    fileprivate var isEFISystem: Bool { type == "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" || type == "ef" }
}

extension DiskBoot {
    /// The verdict by the boot mode of the AMI; without metadata either way does.
    ///
    /// An AMI without a boot mode boots by the default of its instances: UEFI on Graviton, legacy BIOS on Intel and AMD
    /// (EC2 User Guide, "Instance launch behavior with Amazon EC2 boot modes").
    func verdict(_ metadata: AMIMetadata?) -> Verdict {
        if machine == "aarch64" { return verdict("by UEFI, as arm64 does", uefi) }
        switch metadata?.bootMode?.lowercased() {
        case "uefi": return verdict("by UEFI, as the AMI metadata says", uefi)
        case "legacy-bios": return verdict("by BIOS, as the AMI metadata says", bios)
        case "uefi-preferred":
            var note = ""
            if case .boots = bios {} else { note = "; types without UEFI (t2, c4, m4, r4) do not boot: \(bios.words)" }
            return verdict("by UEFI where the instance has it, as the AMI metadata says", uefi, note)
        case let mode?:
            return .undetermined(
                "the AMI metadata says boot mode \(mode), which is none of uefi, legacy-bios and uefi-preferred")
        case nil where metadata != nil:
            return verdict("by BIOS, since the AMI metadata names no boot mode", bios, uefiNote)
        case nil: return either
        }
    }

    private func verdict(_ how: String, _ way: Way, _ note: String = "") -> Verdict {
        switch way {
        case .boots(let words, let evidence): .pass("instances boot \(how): \(words)\(note)", evidence)
        case .fails(let words, let evidence, let remedy):
            .fail(
                "instances boot \(how), and find no boot loader: \(words)\(note)", evidence, remedy: remedy)
        case .open(let words, let evidence, let remedy):
            .undetermined("instances boot \(how): \(words)\(note)", evidence, remedy: remedy)
        }
    }

    /// What a reader has to know of UEFI where BIOS decides, and does not boot.
    private var uefiNote: String {
        if case .boots = bios { return "" }
        guard case .boots(let words, _) = uefi else { return "" }
        return "; by UEFI \(words) boots: register the AMI with `--boot-mode uefi`"
    }

    private var either: Verdict {
        switch (bios, uefi) {
        case (.boots(let words, let evidence), .boots(let other, let more)):
            return .pass("the disk boots by BIOS (\(words)) and by UEFI (\(other))", evidence + more)
        case (.boots(let words, let evidence), let uefi):
            return .pass("the disk boots by BIOS (\(words)), and not by UEFI: \(uefi.words)", evidence)
        case (let bios, .boots(let words, let evidence)):
            return .pass(
                "the disk boots by UEFI (\(words)) and has to be registered with `--boot-mode uefi`, since by BIOS it does "
                    + "not: \(bios.words)", evidence)
        case (.fails(let words, let evidence, let remedy), .fails(let other, let more, let steps)):
            return .fail(
                "the disk boots neither by BIOS (\(words)) nor by UEFI (\(other))", evidence + more,
                // Without a table there is no place for the other.
                remedy: disk.partitionTable == nil ? remedy : remedy + [.sentence("or, for UEFI:")] + steps)
        case (let bios, let uefi):
            var remedy: [RemedyStep] = []
            if case .open(_, _, let steps) = uefi { remedy += steps }
            if case .open(_, _, let steps) = bios { remedy += steps }
            return .undetermined(
                "whether the disk boots: by BIOS, \(bios.words); by UEFI, \(uefi.words)", remedy: remedy)
        }
    }
}
