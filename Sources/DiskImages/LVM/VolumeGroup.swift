/// A volume group as its text describes it: which physical volumes it has, and of which parts of them its logical volumes
/// are made.

import ByteParsing

/// The description in one area of metadata. (lvm2 lib/format_text/import_vsn1.c)
struct VolumeGroup {
    struct Physical {
        /// 32 characters.
        let uuid: String
        /// Where its first extent begins, in bytes.
        let start: Int
        /// Of extents.
        let count: Int
        /// Whether LVM goes without it since it was once missing.
        let isMissing: Bool
    }

    /// Where a part of a volume lies: on a physical volume, or on another logical one.
    struct Area {
        let volume: String
        /// The first extent there.
        let start: Int
    }

    struct Segment {
        enum Layout {
            /// Turn by turn so many bytes of each; one alone is linear.
            case stripes([Area], size: Int)
            /// The same on each.
            case copies([Area])
            /// What is not read, by LVM's name for it: `thin`, `raid5`, `cache`.
            case other(String)

            var areas: [Area] {
                switch self {
                case .stripes(let areas, _), .copies(let areas): areas
                case .other: []
                }
            }
        }

        /// In extents of the volume.
        let start: Int
        let count: Int
        let layout: Layout

        /// How many extents each of its areas has.
        var countOfArea: Int {
            switch layout {
            case .stripes(let areas, _): count / areas.count
            case .copies, .other: count
            }
        }
    }

    struct Logical {
        let name: String
        /// 32 characters.
        let uuid: String
        /// Whether a system has a device of its name; parts of other volumes have none.
        let isVisible: Bool
        /// Whether it is a copy that is not whole yet.
        let isBeingRebuilt: Bool
        /// In order, without gaps.
        let segments: [Segment]
        /// Why it cannot be read, by the text alone.
        var problem: FormatError?

        /// A store of which other volumes take their blocks has no files of its own.
        var isPool: Bool {
            guard case .other(let type)? = segments.first?.layout else { return false }
            return ["thin-pool", "cache-pool", "vdo-pool"].contains(type)
        }
    }

    let name: String
    /// 32 characters.
    let uuid: String
    /// It rises with each change.
    let sequence: Int
    /// In bytes.
    let extentSize: Int
    let physicalVolumes: [String: Physical]
    /// In the order of the text.
    private(set) var logicalVolumes: [Logical]

    /// Reads a text. Throws where it does not describe a volume group.
    init(_ text: ArraySlice<UInt8>) throws(FormatError) {
        let whole = try LVMText(text)
        guard try whole.string("contents") == "Text Format Volume Group", try whole.number("version") == 1,
            let first = whole.sections.first
        else { throw FormatError(.unsupported, "the text of a volume group in version 1 expected, another found") }
        name = try Self.checked(first.name)
        let group = first.section
        uuid = try Self.identifier(group)
        sequence = try group.number("seqno")
        let (size, overflow) = try group.number("extent_size").multipliedReportingOverflow(by: 512)
        guard !overflow, size > 0 else { throw FormatError(.malformed, "extents of a size expected, none found") }
        extentSize = size
        var physicalVolumes: [String: Physical] = [:]
        for physical in group.section("physical_volumes")?.sections ?? [] where physicalVolumes[physical.name] == nil {
            let section = physical.section
            let (start, overflow) = try section.number("pe_start").multipliedReportingOverflow(by: 512)
            guard !overflow else { throw FormatError(.malformed, "a first extent inside a disk expected") }
            physicalVolumes[physical.name] = Physical(
                uuid: try Self.identifier(section), start: start, count: try section.number("pe_count"),
                isMissing: section.list("flags", has: "MISSING") || section.list("status", has: "MISSING"))
        }
        self.physicalVolumes = physicalVolumes
        // Nobody has the devices of a group that was exported (vgexport(8)).
        let exported =
            group.list("status", has: "EXPORTED")
            ? FormatError(.unsupported, "volume group \(name) is exported (vgexport), and no system has its volumes")
            : nil
        var logicalVolumes: [Logical] = []
        for logical in group.section("logical_volumes")?.sections ?? [] {
            let section = logical.section
            var (segments, problem): ([Segment], FormatError?) = ([], exported)
            do throws(FormatError) {
                segments = try Self.segments(section)
            } catch {
                problem = problem ?? error
            }
            logicalVolumes.append(
                Logical(
                    name: try Self.checked(logical.name), uuid: try Self.identifier(section),
                    isVisible: section.list("status", has: "VISIBLE"),
                    isBeingRebuilt: section.list("status", has: "REBUILD"), segments: segments, problem: problem))
        }
        self.logicalVolumes = logicalVolumes
        markSnapshots(group)
        markOverlaps()
    }

    /// A name as vgcreate(8) and lvcreate(8) take it: it becomes one of a device.
    private static func checked(_ name: String) throws(FormatError) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                || "+_.-".utf8.contains(byte)
        }
        guard isPlain, 1...127 ~= name.utf8.count, !name.hasPrefix("-"), name != ".", name != ".." else {
            throw FormatError(.malformed, "the name of a volume expected, '\(name.prefix(40))' found")
        }
        return name
    }

    private static func identifier(_ section: LVMText) throws(FormatError) -> String {
        let text = try section.string("id")
        let uuid = text.filter { $0 != "-" }
        guard uuid.utf8.count == 32 else {
            throw FormatError(.malformed, "an id of 32 characters expected, '\(text.prefix(40))' found")
        }
        return uuid
    }

    /// The segments of a volume. Throws where they do not stand one behind the other from its first extent on.
    private static func segments(_ volume: LVMText) throws(FormatError) -> [Segment] {
        var segments: [Segment] = []
        for section in volume.sections.map(\.section) {
            segments.append(
                Segment(
                    start: try section.number("start_extent"), count: try section.number("extent_count"),
                    layout: try layout(section)))
        }
        segments.sort { $0.start < $1.start }
        var end = 0
        for segment in segments {
            let (next, overflow) = segment.start.addingReportingOverflow(segment.count)
            guard segment.start == end, segment.count > 0, !overflow else {
                throw FormatError(
                    .malformed, "a segment from extent \(end) on expected, one from extent \(segment.start) found")
            }
            end = next
        }
        guard !segments.isEmpty, try volume.number("segment_count") == segments.count else {
            throw FormatError(.malformed, "as many segments as it says expected, \(segments.count) found")
        }
        return segments
    }

    private static func layout(_ segment: LVMText) throws(FormatError) -> Segment.Layout {
        // Behind a plus stand flags (lvm2 lib/format_text/flags.c, read_lvflags).
        let type = String(try segment.string("type").prefix { $0 != "+" })
        switch type {
        case "striped", "linear":
            let areas = try Self.areas(segment, "stripes", count: "stripe_count")
            guard areas.count > 1 else { return .stripes(areas, size: 0) }
            let (size, overflow) = try segment.number("stripe_size").multipliedReportingOverflow(by: 512)
            guard size > 0, !overflow else { throw FormatError(.malformed, "stripes of a size expected, none found") }
            return .stripes(areas, size: size)
        case "mirror": return .copies(try areas(segment, "mirrors", count: "mirror_count"))
        case "raid1":
            // Each copy has a small volume with its state in front of it.
            let areas: [Area] = (segment.list("raids") ?? []).compactMap { value in
                guard case .string(let name) = value, !name.contains("_rmeta_") else { return nil }
                return Area(volume: name, start: 0)
            }
            guard !areas.isEmpty else { throw FormatError(.malformed, "copies of a raid1 expected, none found") }
            return .copies(areas)
        default: return .other(type)
        }
    }

    /// Names of volumes, each with the extent where the part on it begins.
    private static func areas(_ segment: LVMText, _ key: String, count: String) throws(FormatError) -> [Area] {
        let values = segment.list(key) ?? []
        var areas: [Area] = []
        for index in stride(from: 0, to: values.count - 1, by: 2) {
            guard case (.string(let name), .number(let start)) = (values[index], values[index + 1]), start >= 0 else {
                throw FormatError(.malformed, "names and extents as '\(key)' expected, others found")
            }
            areas.append(Area(volume: name, start: start))
        }
        guard !areas.isEmpty, values.count == 2 * areas.count, try segment.number(count) == areas.count else {
            throw FormatError(.malformed, "as many '\(key)' as '\(count)' says expected, \(areas.count) found")
        }
        return areas
    }

    /// A snapshot of the old kind is a volume that holds the blocks of another that were written since, and only a hidden
    /// one says so. (lvm2 lib/snapshot/snapshot.c)
    private mutating func markSnapshots(_ group: LVMText) {
        var reasons: [String: String] = [:]
        for volume in group.section("logical_volumes")?.sections ?? [] {
            for segment in volume.section.sections.map(\.section) where segment.word("type") == "snapshot" {
                guard let origin = segment.word("origin") else { continue }
                if let store = segment.word("cow_store") { reasons[store] = "a snapshot of \(name)/\(origin)" }
                if let store = segment.word("merging_store") {
                    reasons[store] = "a snapshot that becomes \(name)/\(origin)"
                    reasons[origin] = "a volume that becomes its snapshot \(name)/\(store)"
                }
            }
        }
        for index in logicalVolumes.indices {
            guard let reason = reasons[logicalVolumes[index].name] else { continue }
            logicalVolumes[index].problem = logicalVolumes[index].problem ?? Self.unread(reason)
        }
    }

    static func unread(_ what: String) -> FormatError {
        FormatError(
            .unsupported,
            "a linear, striped or mirrored volume expected, \(what) found, which this version does not read")
    }

    /// Extents of a physical volume that two volumes have belong to neither for certain.
    private mutating func markOverlaps() {
        var parts: [(volume: String, start: Int, end: Int, owner: Int)] = []
        for (owner, volume) in logicalVolumes.enumerated() {
            for segment in volume.segments {
                for area in segment.layout.areas where physicalVolumes[area.volume] != nil {
                    let (end, overflow) = area.start.addingReportingOverflow(segment.countOfArea)
                    parts.append((area.volume, area.start, overflow ? Int.max : end, owner))
                }
            }
        }
        parts.sort { ($0.volume, $0.start) < ($1.volume, $1.start) }
        guard var furthest = parts.first else { return }
        for part in parts.dropFirst() {
            if part.volume == furthest.volume, part.start < furthest.end {
                for (one, other) in [(part.owner, furthest.owner), (furthest.owner, part.owner)] {
                    let reason = "extent \(part.start) of \(part.volume) is \(logicalVolumes[other].name)'s too"
                    logicalVolumes[one].problem = logicalVolumes[one].problem ?? FormatError(.malformed, reason)
                }
                if part.end <= furthest.end { continue }
            }
            furthest = part
        }
    }
}
