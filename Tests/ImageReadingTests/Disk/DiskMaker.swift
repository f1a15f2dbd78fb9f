/// Disks whose partitions are directories that a test writes down, made by the real tools without mounting anything.

import TestSupport

/// One partition with an ext4 of 8 MiB.
struct MadePartition {
    /// Shell commands that fill its root directory; `put PATH TEXT` writes a file with its directories.
    var files: String
    /// Options of mke2fs: `-L boot`, `-U UUID`.
    var options = ""
    /// Further fields of its line for sfdisk: `, uuid=UUID, name=NAME`.
    var fields = ""
    /// Shell commands that change the file system once it is made, being `part`.
    var damage = ""
    var size = 8
}

extension Workshop {
    static var hasDiskTools: Bool { has("mke2fs", "debugfs", "sfdisk", "truncate") }

    /// The path of a disk of these partitions, with a GUID partition table.
    func makeDisk(_ partitions: [MadePartition], named name: String = "disk.raw") throws -> String {
        var (script, table, start) = ("", "label: gpt\n", 1)
        for partition in partitions {
            table += "start=\(start)MiB, size=\(partition.size)MiB\(partition.fields)\n"
            script += """
                rm -rf files part; mkdir files; cd files
                \(partition.files)
                cd ..; mke2fs -q -F -t ext4 \(partition.options) -d files part \(partition.size)M
                \(partition.damage)
                dd if=part of=\(name) bs=1M seek=\(start) conv=notrunc,sparse status=none

                """
            start += partition.size
        }
        try run(
            """
            put() { mkdir -p "$(dirname "$1")"; printf '%s\\n' "$2" >"$1"; }
            truncate -s \(start + 1)M \(name); sfdisk -q \(name) <<'TABLE'
            \(table)TABLE
            \(script)
            """)
        return path + "/" + name
    }
}
