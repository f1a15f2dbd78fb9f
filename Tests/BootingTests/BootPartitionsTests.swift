/// The boot partitions that fstab names.

import Booting
import ImageReading
import TestSupport
import Testing

@Suite struct BootPartitionsTests {
    private func observe(_ entry: LiteralEntry) -> Observation<BootPartitions> {
        BootPartitions.observe(in: RootFilesystem(["/etc/fstab": entry]))
    }

    @Test func readsThemWithTheirLines() {
        let found = observe(
            """
            # /boot in a comment
            UUID=1234 / xfs defaults,noatime 1 1
            LABEL=boot\t/boot/\text4 defaults 1 2
            UUID=ABCD-EF01   /boot/efi vfat defaults,umask=0077 0 2
            """)
        #expect(found.value?.boot?.device == "LABEL=boot")
        #expect(found.value?.boot?.evidence.line == 3)
        #expect(found.value?.efi?.mountPoint == "/boot/efi")
    }

    @Test func isAbsentWhereTheRootHoldsBoot() {
        #expect(
            observe("UUID=1234 / xfs defaults 1 1\n/dev/xvdb /data ext4\n#UUID=1 /boot ext4 x 0 0\nshort /boot\n")
                .isAbsent)
        #expect(observe("").isAbsent)
        #expect(BootPartitions.observe(in: RootFilesystem([:])).isAbsent)
    }

    @Test func isUnreadableWhereFstabIsNoText() {
        #expect(observe(.bytes([0, 1, 2])).problem?.code == .malformed)
        #expect(observe(.directory).problem?.code == .notRegularFile)
    }
}
