/// Volume groups that LVM's own tools make, against what those say of them.

import ByteParsing
import Foundation
import TestSupport
import Testing

@testable import DiskImages

@Suite(
    .enabled(
        if: Workshop.has("lvm", "losetup") && getuid() == 0 && access("/dev/loop-control", W_OK) == 0,
        "lvm2, root or loop devices are not there"))
struct LVMToolsTests {
    private static let extent = 1 << 20

    /// Two physical volumes with areas of metadata so small that texts soon begin again at their beginning; `lvs` says
    /// where each volume lies, and `text-N` is the beginning of the first one after the change with that number.
    private static let script = """
        export LVM_SUPPRESS_FD_WARNINGS=1
        truncate -s 24M pv0; truncate -s 24M pv1
        first=$(losetup -f --show pv0); second=$(losetup -f --show pv1); trap 'losetup -d $first $second' EXIT
        config='global { activation=0 locking_dir="'$PWD'" } backup { backup=0 archive=0 } devices { use_devicesfile=0
          hints="none" filter=[ "a|^'$first'$|", "a|^'$second'$|", "r|.*|" ] }'
        change() { command=$1; shift; lvm $command -y --config "$config" "$@" >/dev/null; }
        change pvcreate --metadatasize 32k --dataalignment 64k --metadatacopies 2 $first
        change pvcreate $second
        change vgcreate -s 1M my-vg $first $second
        make() { change lvcreate -an -Zn -Wn "$@"; }
        make -l 4 -n root-a my-vg $first
        make -i 2 -I 64k -l 6 -n str my-vg
        make -l 2 -n var my-vg $first
        change lvextend -l +3 my-vg/root-a $first
        change lvextend -l +2 my-vg/root-a $second
        lvm lvs --config "$config" --segments --noheadings --units b --separator ' ' \
          -o lv_name,seg_start_pe,stripes,seg_pe_ranges my-vg | sed "s|$first|pv0|g; s|$second|pv1|g" >lvs
        lvm vgs --config "$config" --noheadings -o vg_seqno my-vg >sequence
        for i in $(seq 40); do
          change lvchange --addtag a-tag-$(printf %0100d $i) my-vg/var
          sync pv0; head -c 1M pv0 >text-$i
        done
        """

    /// `pv0:0-3` as its extents.
    private static func extents(_ range: Substring) throws -> [String] {
        let parts = range.split(separator: ":")
        let numbers = parts[1].split(separator: "-").compactMap { Int($0) }
        try #require(parts.count == 2 && numbers.count == 2)
        return (numbers[0]...numbers[1]).map { "\(parts[0]) extent \($0)" }
    }

    @Test func `what the tools say of volumes is what is read`() throws {
        let workshop = try Workshop()
        try workshop.run(Self.script)
        // Each 64 KiB of an extent say where they are.
        var disks: [MemoryDisk] = []
        for name in ["pv0", "pv1"] {
            let disk = MemoryDisk(try workshop.bytes(name))
            let group = try #require(try PhysicalVolume(disk).groups.first)
            let start = try #require(group.physicalVolumes[name]?.start)
            for place in stride(from: start, to: disk.bytes.count - (64 << 10), by: 64 << 10) {
                let text =
                    "\(name) extent \((place - start) / Self.extent) part \((place - start) % Self.extent / (64 << 10))\n"
                disk.bytes.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
            }
            disks.append(disk)
        }
        let groups = VolumeGroups([("pv0", disks[0]), ("pv1", disks[1])])
        #expect(groups.problems.isEmpty && groups.remarks.isEmpty)
        var expected: [String: [String]] = [:]
        for line in String(decoding: try workshop.bytes("lvs"), as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            try #require(fields.count >= 4, "\(line)")
            let stripes = try fields.dropFirst(3).map(Self.extents)
            var parts: [String] = []
            for piece in 0..<stripes[0].count * 16 {
                for stripe in stripes { parts.append("\(stripe[piece / 16]) part \(piece % 16)") }
            }
            expected[String(fields[0]), default: []] += parts
        }
        #expect(expected.mapValues(\.count) == ["root-a": 9 * 16, "str": 6 * 16, "var": 2 * 16])
        for volume in groups.logicalVolumes {
            #expect(volume.problem == nil && volume.group == "my-vg")
            let found = try (0..<volume.source.size >> 16).map { piece in
                String(decoding: try volume.source.read(at: piece << 16, count: 40).prefix { $0 != 10 }, as: UTF8.self)
            }
            #expect(found == expected[volume.name], "\(volume.name)")
        }
        #expect(Set(groups.logicalVolumes.map(\.name)) == Set(expected.keys))
    }

    @Test func `texts are found wherever their area has them`() throws {
        let workshop = try Workshop()
        try workshop.run(Self.script)
        let text = String(decoding: try workshop.bytes("sequence"), as: UTF8.self)
        let first = try #require(Int(text.filter(\.isNumber)))
        var wrapped = 0
        for change in 1...40 {
            let disk = MemoryDisk(try workshop.bytes("text-\(change)"))
            // The second area stands at the end of the disk, which is cut off here.
            let volume = try PhysicalVolume(disk)
            #expect(volume.groups.map(\.sequence) == [first + change], "\(change): \(volume.problems)")
            let header = try disk.record(at: 4096, count: 512, bigEndian: false)
            let (offset, size) = (try header.uint64(at: 40), try header.uint64(at: 48))
            if try offset + size > header.uint64(at: 32) { wrapped += 1 }
        }
        #expect(wrapped > 0)
    }
}
