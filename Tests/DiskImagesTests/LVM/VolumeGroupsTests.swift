/// Which bytes the volumes of a group have, and what is said of those that cannot be read.

import ByteParsing
import TestSupport
import Testing

@testable import DiskImages

struct VolumeGroupsTests {
    static let extents = 16
    private static let one = String(repeating: "a", count: 32)
    private static let two = String(repeating: "b", count: 32)

    /// Extents of which each is filled with its own number.
    private static func data(_ first: UInt8) -> [UInt8] {
        (0..<UInt8(extents)).flatMap { extent in
            [UInt8](repeating: first + extent, count: MadeVolumeGroup.extentSize)
        }
    }

    private static func group(_ add: (inout MadeVolumeGroup) -> Void) -> MadeVolumeGroup {
        var group = MadeVolumeGroup(physical: [("pv0", one, extents, ""), ("pv1", two, extents, "")])
        add(&group)
        return group
    }

    /// The two physical volumes of a group: extents 0 to 15 on the first, 100 to 115 on the second.
    private static func disks(_ group: MadeVolumeGroup) -> [MadePhysicalVolume] {
        [
            MadePhysicalVolume(uuid: one, text: group.text, data: data(0)),
            MadePhysicalVolume(uuid: two, text: group.text, data: data(100)),
        ]
    }

    private static func read(_ volumes: [MadePhysicalVolume]) -> VolumeGroups {
        VolumeGroups(volumes.enumerated().map { ("partition \($0.offset + 1)", MemoryDisk($0.element.bytes)) })
    }

    /// Of a volume the numbers of its extents' bytes, or why it cannot be read.
    private static func content(_ volume: LogicalVolume) -> String {
        if let problem = volume.problem { return problem.reason }
        do throws(FormatError) {
            let bytes = try volume.source.read(at: 0, count: volume.source.size)
            var runs: [String] = []
            for (index, byte) in bytes.enumerated() where index == 0 || bytes[bytes.startIndex + index - 1] != byte {
                runs.append("\(byte)")
            }
            return runs.joined(separator: " ")
        } catch {
            return error.reason
        }
    }

    struct Row: Sendable {
        let name: String
        let add: @Sendable (inout MadeVolumeGroup) -> Void
        /// By volume, what it holds, or words of why it cannot be read.
        let expected: [String: String]

        init(_ name: String, _ expected: [String: String], _ add: @escaping @Sendable (inout MadeVolumeGroup) -> Void) {
            self.name = name
            self.add = add
            self.expected = expected
        }
    }

    private static func striped(_ count: Int, _ size: Int, _ areas: String) -> String {
        "type = \"striped\"\nstripe_count = \(count)\nstripe_size = \(size)\nstripes = [\(areas)]"
    }
    private static func other(_ type: String) -> String { "type = \"\(type)\"\ndevice_count = 3" }

    static let rows = [
        Row("linear", ["root": "3 4 5"]) { $0.add("root", [(3, linear("pv0", 3))]) },
        Row("two segments with another between them, on two disks", ["root": "0 1 107 108", "var-lib": "2"]) {
            $0.add("root", [(2, linear("pv0", 0)), (2, linear("pv1", 7))])
            $0.add("var-lib", [(1, linear("pv0", 2))])
        },
        // Stripes of a whole extent.
        Row("striped", ["s": "4 101 5 102 6 103"]) {
            $0.add("s", [(6, striped(2, 128, "\"pv0\", 4, \"pv1\", 1"))])
        },
        // Stripes of 4 KiB: 16 of them in an extent.
        Row(
            "striped finely",
            ["s": Array(repeating: "4 101", count: 16).joined(separator: " ")]
        ) { $0.add("s", [(2, striped(2, 8, "\"pv0\", 4, \"pv1\", 1"))]) },
        Row("a mirror by its first leg", ["m": "1 2"]) {
            $0.add("m", [(2, "type=\"mirror\"\nmirror_count=2\nmirrors=[\"m_0\",0,\"m_1\",0]")])
            $0.add("m_0", [(2, linear("pv0", 1))], isVisible: false)
            $0.add("m_1", [(2, linear("pv1", 1))], isVisible: false)
        },
        Row("a raid1 by its first whole copy", ["r": "105", "q": "9"]) {
            $0.add("r", [(1, "type=\"raid1\"\ndevice_count=2\nraids=[\"r_rmeta_0\",\"r_0\",\"r_rmeta_1\",\"r_1\"]")])
            $0.add("r_0", [(1, linear("pv0", 5))], isVisible: false, status: "REBUILD")
            $0.add("r_1", [(1, linear("pv1", 5))], isVisible: false)
            $0.add("q", [(1, "type=\"raid1\"\ndevice_count=1\nraids=[\"r_rmeta_0\",\"q_0\"]")])
            $0.add("q_0", [(1, linear("pv0", 9))], isVisible: false)
        },
        Row("a volume that is moved to another disk", ["root": "0 4 5"]) {
            $0.add("root", [(1, linear("pv0", 0)), (2, linear("pvmove0", 1))])
            $0.add(
                "pvmove0", [(3, "type=\"mirror\"\nmirror_count=2\nextents_moved=1\nmirrors=[\"pv0\",3,\"pv1\",3]")],
                isVisible: false)
        },
        Row("what is not read, by name", ["t": "thin found", "c": "cache found", "r": "raid5_ls found", "root": "0"]) {
            $0.add("root", [(1, linear("pv0", 0))])
            $0.add("t", [(4, "type=\"thin\"\nthin_pool=\"pool\"\ndevice_id=1")])
            $0.add("pool", [(2, "type=\"thin-pool\"\nmetadata=\"pool_tmeta\"\npool=\"pool_tdata\"")])
            $0.add("pool_tdata", [(2, linear("pv0", 4))], isVisible: false)
            $0.add("c", [(4, "type=\"cache+CACHE_USES_CACHEVOL\"\ncache_pool=\"x\"\norigin=\"y\"")])
            $0.add("r", [(2, other("raid5_ls"))])
        },
        Row(
            "a snapshot, and its origin that is not one",
            ["root": "0 1", "snap": "a snapshot of my-vg/root found", "old": "becomes its snapshot", "new": "becomes"]
        ) {
            $0.add("root", [(2, linear("pv0", 0))])
            $0.add("snap", [(1, linear("pv0", 2))])
            $0.add(
                "snapshot0", [(2, "type=\"snapshot\"\nchunk_size=8\norigin=\"root\"\ncow_store=\"snap\"")],
                isVisible: false)
            $0.add("old", [(1, linear("pv0", 3))])
            $0.add("new", [(1, linear("pv0", 4))])
            $0.add(
                "snapshot1", [(1, "type=\"snapshot\"\nchunk_size=8\norigin=\"old\"\nmerging_store=\"new\"")],
                isVisible: false)
        },
        Row("two volumes on the same extents", ["a": "is b's too", "b": "is a's too", "c": "5"]) {
            $0.add("a", [(3, linear("pv0", 0))])
            $0.add("b", [(3, linear("pv0", 2))])
            $0.add("c", [(1, linear("pv0", 5))])
        },
        Row("more extents than the disk has", ["a": "extents 0 to 16 of pv0 expected", "b": "11"]) {
            $0.add("a", [(5, linear("pv0", 12))])
            $0.add("b", [(1, linear("pv0", 11))])
        },
        Row("a disk and a volume that nobody knows", ["a": "'pv7' found"]) { $0.add("a", [(1, linear("pv7", 0))]) },
        Row("a volume on itself", ["a": "no part of itself"]) {
            $0.add("a", [(1, linear("b", 0))])
            $0.add("b", [(1, linear("a", 0))], isVisible: false)
        },
        Row(
            "extents without end",
            ["a": "2^63 bytes", "b": "2^63 bytes", "c": "extents 0 to 16", "d": "a number as 'start_extent'"]
        ) {
            $0.add("a", [(Int.max, linear("pv0", 0))])
            $0.add("b", [(1 << 50, linear("pv1", 0))])
            $0.add("c", [(1, linear("pv0", Int.max))])
            $0.logical.append(
                (
                    "d",
                    """
                    id = "\(String(repeating: "d", count: 32))"
                    status = ["VISIBLE"]
                    segment_count = 1
                    segment1 { start_extent = -1 extent_count = 1 type = "striped" }
                    """
                ))
        },
        Row("a gap, and segments that are not all there", ["a": "from extent 1 on expected", "b": "as many segments"]) {
            $0.add("a", [(1, linear("pv0", 0)), (1, linear("pv0", 1))])
            $0.logical[0].text = $0.logical[0].text.replacing("start_extent = 1", with: "start_extent = 2")
            $0.add("b", [(1, linear("pv0", 4))])
            $0.logical[1].text = $0.logical[1].text.replacing("segment_count = 1", with: "segment_count = 2")
        },
        Row("stripes that cannot be", ["a": "stripes of one length", "b": "of a size", "c": "as many 'stripes'"]) {
            $0.add("a", [(3, striped(2, 128, "\"pv0\", 0, \"pv1\", 0"))])
            $0.add("b", [(2, striped(2, 0, "\"pv0\", 2, \"pv1\", 2"))])
            $0.add("c", [(2, striped(3, 128, "\"pv0\", 4, \"pv1\", 4"))])
        },
        Row("a group that was exported", ["root": "is exported"]) {
            $0.status = #"["EXPORTED", "READ"]"#
            $0.add("root", [(1, linear("pv0", 0))])
        },
        Row("a disk that LVM goes without", ["a": "vgextend --restoremissing", "b": "100"]) {
            $0.physical[0].flags = "\"MISSING\""
            $0.add("a", [(1, linear("pv0", 0))])
            $0.add("b", [(1, linear("pv1", 0))])
        },
    ]

    @Test(arguments: rows.indices) func `each volume has its bytes or its reason`(_ index: Int) {
        let row = Self.rows[index]
        let found = Self.read(Self.disks(Self.group(row.add)))
        #expect(found.problems.isEmpty && found.remarks.isEmpty, "\(row.name)")
        #expect(Set(found.logicalVolumes.map(\.name)) == Set(row.expected.keys), "\(row.name)")
        for volume in found.logicalVolumes {
            let content = Self.content(volume)
            let expected = row.expected[volume.name] ?? ""
            let isRead = volume.problem == nil
            #expect(
                isRead ? content == expected : content.contains(expected), "\(row.name): \(volume.name): \(content)")
        }
    }

    private static let plain = group {
        $0.add("root", [(2, linear("pv0", 0)), (1, linear("pv1", 0))])
        $0.add("data", [(1, linear("pv1", 2))])
    }

    @Test func `any part of a volume is read, across its pieces`() throws {
        let volume = try #require(Self.read(Self.disks(Self.plain)).logicalVolumes.first)
        let size = MadeVolumeGroup.extentSize
        let whole = Array(try volume.source.read(at: 0, count: volume.source.size))
        #expect(whole.count == 3 * size && whole[2 * size - 1] == 1 && whole[2 * size] == 100)
        for (offset, count) in [(0, 1), (size - 3, 7), (2 * size - 1, 2), (size - 1, size + 2), (3 * size - 1, 1)] {
            #expect(Array(try volume.source.read(at: offset, count: count)) == Array(whole[offset..<offset + count]))
        }
        #expect(try volume.source.read(at: 3 * size, count: 0).isEmpty)
        #expect(throws: FormatError.self) { try volume.source.read(at: 3 * size, count: 1) }
        #expect(throws: FormatError.self) { try volume.source.read(at: -1, count: 1) }
        #expect(volume.uuid == String(repeating: "g", count: 32) + String(repeating: "l", count: 31) + "0")
    }

    @Test func `a disk that is not there leaves its volumes unreadable, and says which`() {
        let found = Self.read([Self.disks(Self.plain)[0]])
        let uuid = "bbbbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbbbb"
        #expect(found.logicalVolumes.map(\.lacking) == [[uuid], [uuid]])
        #expect(found.logicalVolumes.map(\.size) == [3, 1].map { $0 * MadeVolumeGroup.extentSize })
        #expect(found.logicalVolumes.allSatisfy { $0.problem?.reason.contains(uuid) == true })
        #expect(found.remarks.count == 1 && found.remarks[0].contains(uuid) && found.remarks[0].contains("--disk"))
        #expect(found.problems.isEmpty)
    }

    @Test func `a copied disk is not taken for the other`() {
        let disks = Self.disks(Self.plain)
        let found = Self.read(disks + [disks[1]])
        #expect(found.logicalVolumes.allSatisfy { $0.problem?.reason.contains("partition 2 and partition 3") == true })
    }

    @Test func `the description that was changed last counts`() {
        let former = Self.group { $0.add("former", [(1, linear("pv0", 0))]) }
        var latter = Self.group { $0.add("latter", [(1, linear("pv1", 1))]) }
        latter.sequence = 10
        latter.name = "renamed"
        var disks = Self.disks(former)
        disks[1].text = Array(latter.text.utf8)
        for order in [disks, disks.reversed()] {
            #expect(Self.read(order).logicalVolumes.map { "\($0.group)/\($0.name)" } == ["renamed/latter"])
        }
        // A disk that was taken out of the group since belongs to none.
        latter.physical.removeFirst()
        disks[1].text = Array(latter.text.utf8)
        let found = Self.read(disks)
        #expect(found.logicalVolumes.map(\.name) == ["latter"] && found.problems.isEmpty && found.remarks.isEmpty)
    }

    @Test func `two groups with one name are told apart by their UUIDs`() {
        var other = MadeVolumeGroup(physical: [("pv0", String(repeating: "c", count: 32), 16, "")])
        other.uuid = String(repeating: "h", count: 32)
        other.add("root", [(1, linear("pv0", 0))])
        let third = MadePhysicalVolume(uuid: String(repeating: "c", count: 32), text: other.text, data: Self.data(200))
        let found = Self.read(Self.disks(Self.plain) + [third]).logicalVolumes
        #expect(
            found.map { "\($0.group)/\($0.name) \($0.groupUUID?.prefix(3) ?? "")" } == [
                "my-vg/root ggg", "my-vg/data ggg", "my-vg/root hhh",
            ])
        #expect(found.last.map(Self.content) == "200" && found.map(\.physicalVolume) == [0, 1, 2])
    }

    struct Layout: Sendable {
        let name: String
        let change: @Sendable (inout MadePhysicalVolume) -> Void
    }

    static let layouts = [
        Layout(name: "the label in the first sector") { $0.labelSector = 0 },
        Layout(name: "the label in the last of the four") { $0.labelSector = 3 },
        Layout(name: "the text goes on at the beginning of its area") {
            $0.textOffset = MadePhysicalVolume.areaSize - 100
        },
        Layout(name: "the text ends where its area does") {
            $0.textOffset = MadePhysicalVolume.areaSize - ($0.text?.count ?? 0)
        },
        Layout(name: "two areas") { $0.areas = 2 },
    ]

    @Test(arguments: layouts.indices) func `every layout is read`(_ index: Int) {
        var disks = Self.disks(Self.plain)
        for disk in disks.indices { Self.layouts[index].change(&disks[disk]) }
        let found = Self.read(disks)
        #expect(found.logicalVolumes.map(Self.content) == ["0 1 100", "102"], "\(Self.layouts[index].name)")
        #expect(found.problems.isEmpty && found.remarks.isEmpty)
    }

    @Test func `a disk without a description of its own is found by another's`() {
        var disks = Self.disks(Self.plain)
        disks[1].areas = 0
        #expect(Self.read(disks).logicalVolumes.map(Self.content) == ["0 1 100", "102"])
        disks[1].areas = 1
        disks[1].isIgnored = true
        #expect(Self.read(disks).logicalVolumes.map(Self.content) == ["0 1 100", "102"])
        disks[1].areas = 0
        let alone = Self.read([disks[1]])
        #expect(alone.logicalVolumes.isEmpty && alone.problems[0]?.reason.contains("another physical volume") == true)
        disks[1].text = nil
        disks[1].areas = 1
        // One that belongs to no group yet.
        #expect(Self.read([disks[1]]).problems.isEmpty)
    }

    @Test func `the second area stands in for a damaged first`() {
        var disk = Self.disks(Self.plain)[0]
        disk.areas = 2
        for damage in [0, 40, 60, 512, 700] {
            let bytes = MemoryDisk(disk.bytes)
            bytes.bytes[MadePhysicalVolume.areaStart + damage] ^= 0x10
            let other = MemoryDisk(Self.disks(Self.plain)[1].bytes)
            other.bytes[MadePhysicalVolume.areaStart] ^= 0x10
            let found = VolumeGroups([("partition 1", bytes), ("partition 2", other)])
            #expect(found.logicalVolumes.map(Self.content) == ["0 1 100", "102"])
            #expect(found.remarks.count == 2 && found.remarks.allSatisfy { $0.contains("checksum") })
        }
    }

    @Test func `a label that LVM passes over is no physical volume`() {
        for (place, expected) in [
            (512 + 8, "another's"), (512 + 16, "checksum"), (512 + 40, "checksum"), (512, "none"),
        ] {
            let bytes = MemoryDisk(Self.disks(Self.plain)[0].bytes)
            bytes.bytes[place] ^= 1
            let found = VolumeGroups([("partition 1", bytes)])
            #expect(found.problems[0]?.reason.contains(expected) == true, "\(found.problems)")
            #expect(found.logicalVolumes.isEmpty)
        }
    }

    @Test func `a place of the text outside of its area is refused and nothing is allocated`() {
        for (offset, size) in [(512, 1 << 30), (512, Int.max), (512, 0), (0x7FFF_FFFF, 100), (100, 100)] {
            var disk = Self.disks(Self.plain)[0]
            disk.textOffset = 512
            disk.textSize = size
            var bytes = disk.bytes
            let area = MadePhysicalVolume.areaStart
            bytes.replaceSubrange(area + 40..<area + 48, with: little(UInt64(offset)))
            let sum = lvmChecksum(Array(bytes[area + 4..<area + 512]))
            bytes.replaceSubrange(area..<area + 4, with: little(sum))
            let found = VolumeGroups([("partition 1", MemoryDisk(bytes))])
            #expect(
                found.problems[0]?.reason.contains("inside its area") == true, "\(offset) \(size): \(found.problems)")
        }
    }

    @Test func `flipped bits give an answer or an error`() throws {
        let disks = Self.disks(Self.group { group in for row in Self.rows.prefix(9) { row.add(&group) } })
            .map { MemoryDisk($0.bytes) }
        func readAll() {
            let found = VolumeGroups([("one", disks[0]), ("two", disks[1])])
            for volume in found.logicalVolumes where volume.problem == nil {
                _ = try? volume.source.read(at: 0, count: min(volume.source.size, 1 << 20))
            }
        }
        readAll()
        let read = disks.map { $0.read.filter { $0.upperBound <= MadePhysicalVolume.dataStart } }
        var random = SeededGenerator(seed: 11)
        for round in 0..<2000 {
            let index = Int.random(in: 0...1, using: &random)
            let disk = disks[index]
            let place = Int.random(in: try #require(read[index].randomElement(using: &random)), using: &random)
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            disk.bytes[place] ^= bit
            // Every second time with the checksum put right, so that what stands behind it is reached.
            let former = disk.bytes
            if round % 2 == 0 { Self.correctChecksums(of: disk) }
            readAll()
            disk.bytes = former
            disk.bytes[place] ^= bit
        }
        #expect(VolumeGroups([("one", disks[0]), ("two", disks[1])]).problems.isEmpty)
    }

    private static func correctChecksums(of disk: MemoryDisk) {
        func put(_ sum: UInt32, at place: Int) {
            disk.bytes.replaceSubrange(place..<place + 4, with: little(sum))
        }
        put(lvmChecksum(Array(disk.bytes[512 + 20..<1024])), at: 512 + 16)
        let area = MadePhysicalVolume.areaStart
        var count = 0
        for byte in disk.bytes[area + 48..<area + 52].reversed() { count = count << 8 | Int(byte) }
        if area + 512 + count <= disk.bytes.count {
            put(lvmChecksum(Array(disk.bytes[area + 512..<area + 512 + count])), at: area + 56)
        }
        put(lvmChecksum(Array(disk.bytes[area + 4..<area + 512])), at: area)
    }
}
