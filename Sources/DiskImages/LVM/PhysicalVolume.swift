/// What LVM writes at the beginning of a partition or a disk that it divides: who it is, and where the description of its
/// volume group stands.

import ByteParsing

/// A physical volume (lvm2 lib/format_text/layout.h, lib/label/label.h):
///
///     one of the first four sectors   "LABELONE", its number, checksum, offset of the header, "LVM2 001"
///     the header in it                UUID of 32 characters, size, areas of data, areas of metadata (offset and size)
///     an area of metadata             512 bytes with places in the area, the rest a ring of descriptions as text
struct PhysicalVolume {
    /// 32 characters.
    let uuid: String
    /// The descriptions of volume groups that its areas hold as the current ones: one, and again in a second area.
    let groups: [VolumeGroup]
    /// Why an area does not give what it holds.
    let problems: [FormatError]
    /// Whether it has an area for a description at all.
    let hasArea: Bool

    /// A check of LVM's own: that of ISO 3309 begun otherwise and not inverted (lvm2 lib/misc/crc.c).
    private static let checkStart: UInt32 = 0xF597_A6CF
    /// In bytes; an area has one megabyte in all where nobody asks for more.
    private static let textLimit = 4 << 20
    /// As many areas as LVM reads of a physical volume (lvm2 lib/format_text/text_label.c, _text_read).
    private static let areaLimit = 2
    private static let headerSize = 512

    /// The one on `volume`. Throws where its label and header are not as they must be.
    init(_ volume: any BlockSource) throws(FormatError) {
        let label = try Self.label(volume)
        let start = Int(try label.uint32(at: 20))
        let header = try label.record(at: start, count: label.count - min(start, label.count))
        uuid = String(decoding: try header.slice(at: 0, count: 32), as: UTF8.self)
        var at = 40
        func list() throws(FormatError) -> [UInt64] {
            var places: [UInt64] = []
            while true {
                let place = try header.uint64(at: at)
                at += 16
                if place == 0 { return places }
                places.append(place)
            }
        }
        // Areas of data, then those of metadata.
        _ = try list()
        let areas = try list()
        hasArea = !areas.isEmpty
        var (groups, problems): ([VolumeGroup], [FormatError]) = ([], [])
        for place in areas.prefix(Self.areaLimit) {
            do throws(FormatError) {
                if let text = try Self.text(inAreaAt: place, volume) { groups.append(try VolumeGroup(text)) }
            } catch {
                problems.append(error)
            }
        }
        self.groups = groups
        self.problems = problems
    }

    /// The first of the four sectors that holds a label as it must be; LVM passes the others over.
    private static func label(_ volume: any BlockSource) throws(FormatError) -> FieldReader {
        var problem = FormatError(.malformed, "a label of LVM in one of the first four sectors expected, none found")
        for number in 0..<4 where (number + 1) * 512 <= volume.size {
            let sector = try volume.record(at: number * 512, count: 512, bigEndian: false)
            guard try sector.slice(at: 0, count: 8).elementsEqual("LABELONE".utf8) else { continue }
            let place = number * 512
            if try sector.uint64(at: 8) != UInt64(number) {
                problem = FormatError(
                    .malformed, "a label of LVM of its own sector expected, another's found", at: place)
            } else if try !isWhole(sector, checksumAt: 16, from: 20) {
                problem = FormatError(.checksumMismatch, "the checksum of the label of LVM is wrong", at: place)
            } else if try !sector.slice(at: 24, count: 8).elementsEqual("LVM2 001".utf8) {
                problem = FormatError(
                    .unsupported, "a physical volume of LVM2 expected, another format found", at: place)
            } else {
                return sector
            }
        }
        throw problem
    }

    private static func isWhole(
        _ record: FieldReader, checksumAt place: Int, from start: Int
    ) throws(FormatError) -> Bool {
        let checked = try record.slice(at: start, count: record.count - start)
        return try CRC32.iso.update(checkStart, checked) == record.uint32(at: place)
    }

    /// The current description in an area; nil where the area has none, or another one has the current.
    private static func text(
        inAreaAt start: UInt64, _ volume: any BlockSource
    ) throws(FormatError) -> ArraySlice<UInt8>? {
        guard let place = Int(exactly: start), place <= volume.size, headerSize <= volume.size - place else {
            throw FormatError(
                .truncated, "an area of metadata at byte \(start) expected, the end at byte \(volume.size) found")
        }
        let header = try volume.record(at: place, count: headerSize, bigEndian: false)
        guard try header.slice(at: 4, count: 16).elementsEqual(" LVM2 x[5A%r0N*>".utf8) else {
            throw FormatError(.malformed, "an area of metadata expected, other bytes found", at: place)
        }
        guard try isWhole(header, checksumAt: 0, from: 4) else {
            throw FormatError(.checksumMismatch, "the checksum of an area of metadata is wrong", at: place)
        }
        guard try header.uint32(at: 20) == 1, try header.uint64(at: 24) == start,
            let size = Int(exactly: try header.uint64(at: 32)), size > headerSize, size <= volume.size - place
        else {
            throw FormatError(.malformed, "an area of metadata of its own place and size expected", at: place)
        }
        let location = try header.record(at: 40, count: 24)
        // Bit 0: LVM keeps the description in other areas and ignores this one.
        guard try location.uint64(at: 0) != 0, try location.uint32(at: 20) & 1 == 0 else { return nil }
        guard let offset = Int(exactly: try location.uint64(at: 0)),
            let count = Int(exactly: try location.uint64(at: 8)),
            headerSize..<size ~= offset, 1...min(size - headerSize, textLimit) ~= count
        else {
            throw FormatError(
                .malformed, "the text of a volume group inside its area of \(size) bytes expected", at: place)
        }
        // The text goes on behind the header where the area ends before it does.
        let first = min(count, size - offset)
        var text = try volume.read(at: place + offset, count: first)
        if first < count { text += try volume.read(at: place + headerSize, count: count - first) }
        guard try CRC32.iso.update(checkStart, text) == location.uint32(at: 16) else {
            throw FormatError(.checksumMismatch, "the checksum of the text of a volume group is wrong", at: place)
        }
        return text
    }
}
