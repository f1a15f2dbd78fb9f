/// fstab's fields as getmntent(3) gives them.

import TestSupport
import Testing

@testable import ImageReading

@Suite struct FstabTests {
    /// A line, and the device, mount point and options that it comes to.
    static let lines: [(String, String, ImagePath, [String])] = [
        (#"LABEL=my\040root / ext4 defaults 0 1"#, "LABEL=my root", "/", ["defaults"]),
        (
            #"/dev/sdb1 /mnt/a\040b\011c xfs noauto,x-initrd.mount"#, "/dev/sdb1", "/mnt/a b\tc",
            ["noauto", "x-initrd.mount"]
        ),
        (#"/srv/back\134slash /mnt none bind"#, #"/srv/back\slash"#, "/mnt", ["bind"]),
        (#"/srv/two\\ /mnt none bind"#, #"/srv/two\"#, "/mnt", ["bind"]),
        (#"/srv/no\4escape\9 /mnt none bind"#, #"/srv/no\4escape\9"#, "/mnt", ["bind"]),
        (#"UUID=1 /mnt/gr\303\266\303\237e ext4 ro"#, "UUID=1", "/mnt/größe", ["ro"]),
    ]

    @Test(arguments: lines.indices) func escapesAreUndone(_ index: Int) throws {
        let (text, device, place, options) = Self.lines[index]
        let fstab = Fstab.observe(in: RootFilesystem(["/etc/fstab": .text("# comment\n\(text)\n")]))
        let line = try #require(fstab.value?.lines.first)
        #expect(line.device == device && line.mountPoint == place && line.options == options, "\(line)")
        #expect(line.evidence.text == text && line.evidence.line == 2)
    }
}
