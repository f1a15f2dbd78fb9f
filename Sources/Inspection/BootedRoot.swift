/// The boot loader's word in the choice of a disk's root.

import Booting
public import ImageReading

extension DiskChoice {
    /// The choice that goes by the boot loader's entry where a disk has several roots and fstab does not decide.
    public static func ofBooting(
        partition: String? = nil, disks: [String] = [], scratch: String? = nil
    ) -> DiskChoice {
        var choice = DiskChoice(partition: partition, disks: disks, scratch: scratch)
        choice.bootedRoot = { root in
            let entry = BootingKernel.observe(
                in: root, kernels: InstalledKernels.observe(in: root), partitions: BootPartitions.observe(in: root)
            ).value?.entry
            return entry.flatMap { entry in
                entry.root.map { BootedRoot(device: $0, options: entry.rootFlags) }
            }
        }
        return choice
    }
}
