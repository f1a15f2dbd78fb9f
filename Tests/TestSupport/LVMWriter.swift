/// Physical volumes of LVM, written as its tools write them, so that each part of them can be another.

import ByteParsing

/// A physical volume: label, header, areas of metadata, and the extents behind them.
package struct MadePhysicalVolume {
    /// 32 characters.
    package var uuid: String
    /// What its areas hold; nil where they hold nothing.
    package var text: [UInt8]?
    /// What its extents hold, from `dataStart` on.
    package var data: [UInt8]
    /// In which of the first sectors its label stands.
    package var labelSector = 1
    /// Where in its area the text begins; near the end, it goes on behind the header.
    package var textOffset = 512
    /// 0, 1, or a second one behind the first.
    package var areas = 1
    /// Whether LVM is told to look for the text in other areas.
    package var isIgnored = false
    /// What is written as the size of the text; nil for that of the text.
    package var textSize: Int?

    package static let areaStart = 4096
    package static let areaSize = 60 << 10
    /// Where the first extent begins, in bytes; as `pe_start` in sectors of 512.
    package static let dataStart = 128 << 10

    package init(uuid: String, text: String? = nil, data: [UInt8] = []) {
        self.uuid = uuid
        self.text = text.map { Array($0.utf8) + [0] }
        self.data = data
    }

    package var bytes: [UInt8] {
        var disk = [UInt8](repeating: 0, count: Self.dataStart) + data
        var header = Array(uuid.utf8) + little(UInt64(disk.count))
        header += little(UInt64(Self.dataStart)) + little(UInt64(0)) + little(UInt64(0)) + little(UInt64(0))
        for area in 0..<areas {
            header += little(UInt64(start(of: area))) + little(UInt64(Self.areaSize))
            put(area, in: &disk)
        }
        header += little(UInt64(0)) + little(UInt64(0))
        let checked = little(UInt32(32)) + Array("LVM2 001".utf8) + header
        let filled = checked + [UInt8](repeating: 0, count: 512 - 20 - checked.count)
        let label = Array("LABELONE".utf8) + little(UInt64(labelSector)) + little(lvmChecksum(filled)) + filled
        disk.replaceSubrange(labelSector * 512..<labelSector * 512 + 512, with: label)
        return disk
    }

    private func start(of area: Int) -> Int { Self.areaStart + area * Self.areaSize }

    private func put(_ area: Int, in disk: inout [UInt8]) {
        var location = [UInt8](repeating: 0, count: 24)
        if let text {
            location =
                little(UInt64(textOffset)) + little(UInt64(textSize ?? text.count)) + little(lvmChecksum(text))
                + little(UInt32(isIgnored ? 1 : 0))
            for (index, byte) in text.enumerated() {
                let place = textOffset + index
                disk[start(of: area) + (place < Self.areaSize ? place : place - Self.areaSize + 512)] = byte
            }
        }
        let checked =
            Array(" LVM2 x[5A%r0N*>".utf8) + little(UInt32(1)) + little(UInt64(start(of: area)))
            + little(UInt64(Self.areaSize)) + location
        let filled = checked + [UInt8](repeating: 0, count: 512 - 4 - checked.count)
        disk.replaceSubrange(start(of: area)..<start(of: area) + 512, with: little(lvmChecksum(filled)) + filled)
    }
}

/// The checksum of everything that LVM writes.
package func lvmChecksum(_ bytes: [UInt8]) -> UInt32 { CRC32.iso.update(0xF597_A6CF, bytes[...]) }

/// The bytes of a number, the lowest first.
package func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<MemoryLayout<T>.size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// The text of a volume group with extents of 64 KiB, as vgcfgbackup(8) writes it.
package struct MadeVolumeGroup {
    package var name = "my-vg"
    /// 32 characters.
    package var uuid = String(repeating: "g", count: 32)
    package var sequence = 3
    package var status = #"["RESIZEABLE", "READ", "WRITE"]"#
    /// Physical volumes by their names: UUID, extents, flags.
    package var physical: [(name: String, uuid: String, count: Int, flags: String)] = []
    /// Logical volumes: their names, and what stands in their sections.
    package var logical: [(name: String, text: String)] = []

    package static let extentSize = 64 << 10

    package init(physical: [(name: String, uuid: String, count: Int, flags: String)]) {
        self.physical = physical
    }

    /// Adds a volume of these segments: of each its extents and the lines that say where they lie.
    package mutating func add(
        _ name: String, _ segments: [(count: Int, lines: String)], isVisible: Bool = true, status: String = ""
    ) {
        var (text, start) = ("", 0)
        for (index, segment) in segments.enumerated() {
            text +=
                "segment\(index + 1) {\nstart_extent = \(start)\nextent_count = \(segment.count)\n\(segment.lines)\n}\n"
            start += segment.count
        }
        let flags = ["READ", "WRITE"] + (isVisible ? ["VISIBLE"] : []) + (status.isEmpty ? [] : [status])
        logical.append(
            (
                name,
                """
                id = "\(Self.uuid(logical.count))"
                status = [\(flags.map { "\"\($0)\"" }.joined(separator: ", "))]
                segment_count = \(segments.count)
                \(text)
                """
            ))
    }

    private static func uuid(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "l", count: 32 - digits.count) + digits
    }

    package var text: String {
        var text = """
            contents = "Text Format Volume Group"
            version = 1

            description = "a \\"description\\" { of braces" # and a comment }

            \(name) {
            id = "\(uuid)"
            seqno = \(sequence)
            status = \(status)
            extent_size = \(Self.extentSize / 512) # 64 Kilobytes
            physical_volumes {

            """
        for volume in physical {
            text += """
                \(volume.name) {
                id = "\(volume.uuid)"
                status = ["ALLOCATABLE"]
                flags = [\(volume.flags)]
                pe_start = \(MadePhysicalVolume.dataStart / 512)
                pe_count = \(volume.count)
                }

                """
        }
        text += "}\nlogical_volumes {\n"
        for volume in logical { text += "\(volume.name) {\n\(volume.text)\n}\n" }
        return text + "}\n}\n"
    }
}

/// The lines of a segment that lies on one place.
package func linear(_ volume: String, _ extent: Int) -> String {
    "type = \"striped\"\nstripe_count = 1 # linear\nstripes = [\n\"\(volume)\", \(extent)\n]"
}
