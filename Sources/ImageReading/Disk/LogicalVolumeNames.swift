/// What LVM calls the volumes that it makes of the disks.

import DiskImages

extension DiskLayout {
    /// The names of a logical volume.
    public struct LogicalVolume: Codable, Hashable, Sendable {
        /// Its volume group.
        public let group: String
        /// In its group.
        public let name: String
        /// The 64 characters by which device-mapper knows it: the UUIDs of its group and its own.
        public let uuid: String
        /// The UUID of its group where another one has the same name; nil where the name says which it is.
        public let groupUUID: String?
        /// The UUIDs of physical volumes that it needs and that are on no disk that was given.
        public let lacking: [String]

        /// A volume of these names.
        package init(
            group: String, name: String, uuid: String = "", groupUUID: String? = nil, lacking: [String] = []
        ) {
            self.group = group
            self.name = name
            self.uuid = uuid
            self.groupUUID = groupUUID
            self.lacking = lacking
        }

        /// `vg/root`.
        public var path: String { "\(group)/\(name)" }

        /// `logical volume vg/root`, with the UUID of the group where its name alone does not tell.
        var description: String {
            "logical volume \(path)" + (groupUUID.map { " (of the group with the UUID \($0))" } ?? "")
        }
    }
}

extension DiskLayout.LogicalVolume {
    init(_ volume: LogicalVolume) {
        self.init(
            group: volume.group, name: volume.name, uuid: volume.uuid, groupUUID: volume.groupUUID,
            lacking: volume.lacking)
    }
}
