/// The volumes that LVM makes of the physical volumes that are at hand.

package import ByteParsing

/// A volume of a volume group, by its names.
package struct LogicalVolume {
    /// The name of its volume group.
    package let group: String
    package let name: String
    /// The 64 characters by which device-mapper knows it: the group's UUID and its own (`dm-uuid-LVM-...`).
    package let uuid: String
    /// The UUID of the group where a second one has the same name; nil where its name says which it is.
    package let groupUUID: String?
    /// The physical volume where it begins, by its place among those that were given; where that is not there, the first
    /// of the group that is.
    package let physicalVolume: Int
    /// The UUIDs of physical volumes that it needs and that are not there.
    package let lacking: [String]
    /// In bytes, as its group says it; none where that cannot be.
    package let size: Int
    /// Its bytes.
    package let source: LogicalVolumeSource
    /// Why they cannot be read.
    package let problem: FormatError?
}

/// The volume groups of physical volumes.
package struct VolumeGroups {
    /// What each volume group has that a system may mount, in the order of the physical volumes and of their texts.
    package private(set) var logicalVolumes: [LogicalVolume] = []
    /// Why a physical volume, by its place, does not give what lies on it.
    package private(set) var problems: [Int: FormatError] = [:]
    /// What is odd and did not stop the reading.
    package private(set) var remarks: [String] = []

    /// Puts together what stands on volumes that are physical ones, each with a name for messages.
    package init(_ volumes: [(name: String, source: any BlockSource)]) {
        var known: [(index: Int, volume: PhysicalVolume)] = []
        for (index, volume) in volumes.enumerated() {
            do throws(FormatError) {
                known.append((index, try PhysicalVolume(volume.source)))
            } catch {
                problems[index] = error
            }
        }
        // The description that was changed last counts, whichever name its group had before.
        var groups: [VolumeGroup] = []
        for group in known.flatMap(\.volume.groups) {
            guard let index = groups.firstIndex(where: { $0.uuid == group.uuid }) else {
                groups.append(group)
                continue
            }
            if group.sequence > groups[index].sequence { groups[index] = group }
        }
        let places = Dictionary(grouping: known, by: \.volume.uuid).mapValues { $0.map(\.index) }
        for group in groups {
            var sources: [String: VolumeGroupReading.Physical] = [:]
            for (name, physical) in group.physicalVolumes {
                let indices = physical.isMissing ? [] : places[physical.uuid] ?? []
                sources[name] = VolumeGroupReading.Physical(
                    physical: physical, places: indices.map { ($0, volumes[$0].name, volumes[$0].source) })
            }
            var reading = VolumeGroupReading(group, sources)
            let isNamesake = groups.count { $0.name == group.name } > 1
            logicalVolumes += reading.volumes(groupUUID: isNamesake ? uuidOfLVM(group.uuid) : nil)
            let lacking = group.physicalVolumes.values.map(\.uuid).filter { places[$0] == nil }.map(uuidOfLVM).sorted()
            if !lacking.isEmpty {
                remarks.append(
                    "volume group \(group.name): \(lacking.joined(separator: ", ")) of its physical volumes is on no disk "
                        + "that was given; give its disk with --disk FILE")
            }
        }
        let owned = Set(groups.flatMap { $0.physicalVolumes.values.map(\.uuid) })
        for (index, volume) in known {
            if owned.contains(volume.uuid) {
                remarks += volume.problems.map { problem in
                    "\(volumes[index].name): \(problem); another description of its volume group was used"
                }
            } else if let problem = volume.problems.first {
                problems[index] = problem
            } else if !volume.hasArea {
                problems[index] = FormatError(
                    .unsupported,
                    "a description of its volume group expected, which stands on another physical volume; give the disk "
                        + "of that with --disk FILE")
            }
        }
    }
}

/// A UUID as LVM writes it: `hRRfBe-G0Zy-4gqk-RfDS-aYfe-gG4s-ohn8L2`.
func uuidOfLVM(_ text: String) -> String {
    var rest = text[...]
    return [6, 4, 4, 4, 4, 4, 6].map { count in
        defer { rest = rest.dropFirst(count) }
        return String(rest.prefix(count))
    }.joined(separator: "-")
}

/// The logical volumes of one group, each made once.
private struct VolumeGroupReading {
    struct Physical {
        let physical: VolumeGroup.Physical
        /// One; more where a disk was copied, and none where it is not at hand.
        let places: [(index: Int, name: String, source: any BlockSource)]
    }

    /// What a volume comes to.
    private struct Made {
        var source: LogicalVolumeSource
        var problem: FormatError?
        var lacking: [String] = []
        /// Where it begins.
        var physicalVolume: Int?
    }

    private let group: VolumeGroup
    private let physical: [String: Physical]
    private let logical: [String: VolumeGroup.Logical]
    private var made: [String: Made] = [:]

    /// Volumes on volumes on physical ones: a raid1 that is moved from one disk to another is three.
    private static let depthLimit = 16

    init(_ group: VolumeGroup, _ physical: [String: Physical]) {
        self.group = group
        self.physical = physical
        logical = Dictionary(group.logicalVolumes.map { ($0.name, $0) }) { first, _ in first }
    }

    mutating func volumes(groupUUID: String?) -> [LogicalVolume] {
        let present = physical.values.flatMap(\.places).map(\.index).min() ?? 0
        var volumes: [LogicalVolume] = []
        for volume in group.logicalVolumes where volume.isVisible && !volume.isPool {
            let made = make(volume.name, depth: 0)
            volumes.append(
                LogicalVolume(
                    group: group.name, name: volume.name, uuid: group.uuid + volume.uuid, groupUUID: groupUUID,
                    physicalVolume: made.physicalVolume ?? present, lacking: made.lacking, size: size(of: volume),
                    source: made.source,
                    problem: made.problem))
        }
        return volumes
    }

    private func size(of volume: VolumeGroup.Logical) -> Int {
        guard let last = volume.segments.last else { return 0 }
        let (size, overflow) = (last.start + last.count).multipliedReportingOverflow(by: group.extentSize)
        return overflow ? 0 : size
    }

    private mutating func make(_ name: String, depth: Int) -> Made {
        if let known = made[name] { return known }
        var result = Made(source: LogicalVolumeSource([]))
        guard let volume = logical[name] else {
            result.problem = FormatError(.malformed, "a volume of the group expected, '\(name)' found")
            return result
        }
        guard depth < Self.depthLimit else {
            result.problem = FormatError(.malformed, "a volume that is no part of itself expected, '\(name)' found")
            return result
        }
        var pieces: [LogicalVolumeSource.Piece] = []
        do throws(FormatError) {
            if let problem = volume.problem { throw problem }
            for segment in volume.segments {
                pieces.append(try piece(segment, behind: pieces.last?.end ?? 0, &result, depth))
            }
            result.source = LogicalVolumeSource(pieces)
        } catch {
            result.problem = error
        }
        made[name] = result
        return result
    }

    private mutating func piece(
        _ segment: VolumeGroup.Segment, behind start: Int, _ result: inout Made, _ depth: Int
    ) throws(FormatError) -> LogicalVolumeSource.Piece {
        let (size, overflow) = segment.count.multipliedReportingOverflow(by: group.extentSize)
        let (end, past) = start.addingReportingOverflow(size)
        guard !overflow, !past else { throw FormatError(.malformed, "a volume of less than 2^63 bytes expected") }
        var parts: [LogicalVolumeSource.Part] = []
        var stripe = 0
        switch segment.layout {
        case .stripes(let areas, let stripeSize):
            guard areas.count == 1 || segment.count % areas.count == 0 && size / areas.count % stripeSize == 0 else {
                throw FormatError(.malformed, "stripes of one length expected, \(segment.count) extents found")
            }
            stripe = stripeSize
            for area in areas { parts.append(try part(area, segment.countOfArea, &result, depth)) }
        case .copies(let areas):
            // The first is the one from which the others are made.
            let whole = areas.filter { logical[$0.volume]?.isBeingRebuilt != true }
            guard let first = whole.first else {
                throw FormatError(.unsupported, "a copy that is not being rebuilt expected, none found")
            }
            parts.append(try part(first, segment.countOfArea, &result, depth))
        case .other(let type): throw VolumeGroup.unread(type)
        }
        return LogicalVolumeSource.Piece(start: start, end: end, parts: parts, stripe: stripe)
    }

    /// So many extents on a physical volume, or on another logical one.
    private mutating func part(
        _ area: VolumeGroup.Area, _ count: Int, _ result: inout Made, _ depth: Int
    ) throws(FormatError) -> LogicalVolumeSource.Part {
        let (end, overflow) = area.start.addingReportingOverflow(count)
        guard let place = physical[area.volume] else {
            let below = make(area.volume, depth: depth + 1)
            result.physicalVolume = result.physicalVolume ?? below.physicalVolume
            result.lacking += below.lacking
            if let problem = below.problem { throw problem }
            guard !overflow, end <= below.source.size / group.extentSize else {
                throw FormatError(.malformed, "extents inside of \(area.volume) expected, \(area.start) and more found")
            }
            return LogicalVolumeSource.Part(source: below.source, start: area.start * group.extentSize)
        }
        guard !overflow, end <= place.physical.count else {
            throw FormatError(
                .malformed,
                "extents 0 to \(place.physical.count) of \(area.volume) expected, those from \(area.start) on found")
        }
        guard let first = place.places.first else {
            let uuid = uuidOfLVM(place.physical.uuid)
            result.lacking.append(uuid)
            let why =
                place.physical.isMissing
                ? "which LVM goes without since it was missing once (`vgextend --restoremissing`)"
                : "which is on no disk that was given (--disk FILE)"
            throw FormatError(
                .unsupported, "physical volume \(uuid) of volume group \(group.name) expected, \(why)")
        }
        guard place.places.count == 1 else {
            throw FormatError(
                .unsupported,
                "one physical volume \(uuidOfLVM(place.physical.uuid)) expected, "
                    + place.places.map(\.name).joined(separator: " and ") + " found")
        }
        result.physicalVolume = result.physicalVolume ?? first.index
        let (offset, tooFar) = area.start.multipliedReportingOverflow(by: group.extentSize)
        let (start, outside) = offset.addingReportingOverflow(place.physical.start)
        guard !tooFar, !outside else { throw FormatError(.malformed, "extents inside of a disk expected") }
        return LogicalVolumeSource.Part(source: first.source, start: start)
    }
}
