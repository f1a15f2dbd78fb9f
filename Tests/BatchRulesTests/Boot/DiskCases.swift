/// Disks as the images of distributions lay them out, for the rules that a disk decides.

import DiskImages
import ImageReading

extension DiskLayout {
    static let grub = BootCode.leads(loader: "GRUB 2", place: "core.img at sector 22528 (partition 127)")

    /// As Amazon Linux 2023 has it; its whole image names its root by this UUID.
    static func amazonLinux(
        uuid: String? = "9c4e4b1a-0000-4000-8000-000000000001", boots bootCode: BootCode = grub,
        programs: Observation<EFIPrograms> = .present(.loader(), []), more: [Volume] = []
    ) -> DiskLayout {
        DiskLayout(
            partitionTable: "gpt",
            volumes: [
                Volume(
                    number: 1, type: "0fc63daf-8483-4772-8e79-3d69d8477de4",
                    partitionUUID: "0fc63daf-0000-4772-8e79-3d69d8477d01", partitionLabel: "Linux", format: "xfs",
                    uuid: uuid, label: "/", mountPoint: .root),
                Volume(number: 127, type: "21686148-6449-6e6f-744e-656564454649", format: nil),
                Volume(
                    number: 128, type: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", format: "vfat", uuid: "7B77-95E7",
                    label: "UEFI", mountPoint: "/boot/efi", programs: programs),
            ] + more, bootCode: bootCode)
    }

    /// As Fedora has it: the root in a subvolume, and nothing beside subvolumes on the top level. `subvolumes` names others
    /// that there are, from 258 on.
    static func fedora(
        defaultNumber: UInt64 = 5, subvolumes: Observation<Subvolumes>? = nil, more: [Volume] = []
    ) -> DiskLayout {
        let all = [(5, ""), (256, "root"), (257, "home"), (258, "snapshots/1")] as [(UInt64, String)]
        return DiskLayout(
            partitionTable: "gpt",
            volumes: [
                Volume(
                    number: 4, format: "btrfs", uuid: "9c4e4b1a-0000-4000-8000-000000000001", label: "fedora",
                    mountPoint: .root,
                    subvolumes: subvolumes
                        ?? .present(
                            Subvolumes(
                                all: all.map { Subvolumes.Subvolume(number: $0, path: $1) },
                                defaultNumber: defaultNumber),
                            []), rootSubvolume: 256)
            ] + more, bootCode: grub)
    }

    /// As PV-GRUB boots it.
    static let whole = DiskLayout(
        partitionTable: nil,
        volumes: [Volume(number: nil, format: "ext4", uuid: "9c4e4b1a-0000-4000-8000-000000000001", mountPoint: .root)],
        bootCode: .missing)
}

extension EFIPrograms {
    static func loader(
        _ name: String = "BOOTX64.EFI", for machine: String? = "x86_64", problem: String? = nil
    ) -> EFIPrograms {
        EFIPrograms(
            removable: [Removable(path: ImagePath("/EFI/BOOT/\(name)"), machine: machine, problem: problem)])
    }
}
