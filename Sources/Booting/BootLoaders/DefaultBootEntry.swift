/// Which of an image's boot loaders counts: the first whose configuration is there.

import ImageReading

extension BootEntry {
    static let wants = GRUB2.wants + GRUBLegacy.wants + Extlinux.wants + SystemdBoot.wants

    /// The entry of the first boot loader whose configuration is there; unreadable where that one cannot be followed.
    ///
    /// The evidence begins with the line that names the kernel.
    static func observe(
        in root: RootFilesystem,
        partitions: Observation<BootPartitions>
    ) -> Observation<BootEntry> {
        let isOwn = partitions.value?.boot != nil
        return GRUB2.entry(in: root, hasOwnBootPartition: isOwn)
            .orElse(GRUBLegacy.entry(in: root, hasOwnBootPartition: isOwn))
            .orElse(Extlinux.entry(in: root, hasOwnBootPartition: isOwn))
            .orElse(SystemdBoot.entry(in: root))
    }
}
