/// QCOW2 (QEMU docs/interop/qcow2.rst; what is refused, as QEMU's block/qcow2.c does): the header of a disk in one file.

import ByteParsing

/// The header, in the first cluster, with the extensions behind it.
///
///     0 "QFI\xfb"   4 version   8 backing file, its name's offset and size   20 bits of a cluster   24 size of the disk
///     32 encryption   36 entries of the first table   40 first table   60 snapshots   72 features that a reader has to
///     know   88 features that a writer has to know   100 length of the header   104 compression
///
/// Reference counts say what is free to be written and are not looked at.
struct QCOW2 {
    /// How clusters are compressed.
    enum Compression {
        case deflate, zstd
    }

    /// In bytes.
    let size: Int
    /// A cluster has 2 to the power of so many bytes.
    let clusterBits: Int
    /// In bytes.
    let table: Int
    let compression: Compression
    /// Whether each entry of a second table has a bitmap of the cluster's 32 parts.
    let hasSubclusters: Bool
    /// Whether an entry may say that the cluster is zeros.
    let hasZeroClusters: Bool
    /// How many entries the first table has.
    let tableEntries: Int
    private let remarks: [String]

    var clusterSize: Int { 1 << clusterBits }
    /// How many clusters one second table has.
    var entriesPerTable: Int { clusterSize / (hasSubclusters ? 16 : 8) }

    private static let mark = Array("QFI".utf8) + [0xFB]
    /// Of version 3 with all that may follow it; the rest is the business of later versions.
    private static let length = 112
    /// Of a first table: QEMU takes 32 MiB.
    private static let mostTableEntries = (32 << 20) / 8
    /// Of header extensions: a table of features has some hundred bytes.
    private static let extensionLimit = 64
    private static let conversion = "by `qemu-img convert -O raw IMAGE disk.raw`"

    static func begins(_ head: [UInt8]) -> Bool { head.starts(with: mark) }

    /// Opens a disk in one file. Throws where it is encrypted or where bytes of it stand in another file, which is not
    /// opened.
    static func open(_ file: any BlockSource) throws(FormatError) -> DiskContainer {
        let header = try QCOW2(file)
        return DiskContainer("qcow2", [QCOW2Clusters(file, header)], remarks: header.remarks)
    }

    private init(_ file: any BlockSource) throws(FormatError) {
        guard file.size >= 72 else {
            throw FormatError(
                .truncated, "a QCOW2 with its header expected, the file ends at byte \(file.size); copy it again")
        }
        // What a short file lacks reads as what an old version lacks.
        let count = min(file.size, Self.length)
        let stored = try file.read(at: 0, count: count)
        let header = FieldReader(
            (stored + [UInt8](repeating: 0, count: Self.length - count))[...], bigEndian: true)
        let version = try header.uint32(at: 4)
        guard 2...3 ~= version else {
            throw FormatError(
                .unsupported,
                "version 2 or 3 of a QCOW2 expected, \(version) found; make a raw disk of it \(Self.conversion)")
        }
        let bits = try header.uint32(at: 20)
        guard 9...21 ~= bits else {
            throw FormatError(
                .malformed,
                "a QCOW2 with clusters of 512 bytes to 2 MiB expected, 2 to the power of \(bits) bytes found")
        }
        clusterBits = Int(bits)
        let size = try header.uint64(at: 24)
        guard size > 0, size <= 1 << 61 else {
            throw FormatError(.malformed, "the size of a disk expected in a QCOW2's header, \(size) found")
        }
        self.size = Int(size)
        let length = version == 2 ? 72 : Int(try header.uint32(at: 100))
        guard version == 2 || 104...(1 << clusterBits) ~= length else {
            throw FormatError(
                .malformed, "a header of a QCOW2 of 104 bytes to one cluster expected, \(length) bytes found")
        }
        let features = version == 2 ? Features() : Features(rawValue: try header.uint64(at: 72))
        let extensions = try Extensions(file, from: length, to: 1 << clusterBits)
        try Self.checkIsWhole(file, header, features, extensions)

        hasSubclusters = features.contains(.subclusters)
        guard !hasSubclusters || clusterBits >= 14 else {
            throw FormatError(
                .malformed,
                "clusters of 16 KiB or more expected of a QCOW2 with extended L2 entries, \(1 << bits) found")
        }
        hasZeroClusters = version >= 3
        compression = try Self.compression(header, features, isSaid: length > 104)

        table = try Self.place(header.uint64(at: 40), "the first table", 1 << clusterBits)
        tableEntries = Int(try header.uint32(at: 36))
        let covered = ((1 << clusterBits) / (hasSubclusters ? 16 : 8)) << clusterBits
        let needed = (self.size - 1) / covered + 1
        guard needed <= tableEntries, tableEntries <= Self.mostTableEntries else {
            throw FormatError(
                .malformed,
                "a first table of \(needed) to \(Self.mostTableEntries) entries expected in a QCOW2, one of "
                    + "\(tableEntries) found")
        }
        try file.checkHolds("a first table of \(tableEntries) entries", at: table, count: 8 * tableEntries)
        remarks = Self.remarks(features, snapshots: Int(try header.uint32(at: 60)))
    }

    private static func place(_ offset: UInt64, _ what: String, _ clusterSize: Int) throws(FormatError) -> Int {
        guard offset > 0, offset <= UInt64(Int.max / 2), Int(offset) % clusterSize == 0 else {
            throw FormatError(
                .malformed,
                "\(what) of a QCOW2 at the beginning of a cluster behind the first expected, byte \(offset) found")
        }
        return Int(offset)
    }

    /// Throws where the bytes of the disk are not all in the file as they are.
    private static func checkIsWhole(
        _ file: any BlockSource, _ header: FieldReader, _ features: Features, _ extensions: Extensions
    ) throws(FormatError) {
        let unknown = features.subtracting(.known)
        guard unknown.isEmpty else {
            let names = (0..<64).filter { unknown.rawValue >> $0 & 1 != 0 }
                .map { bit in extensions.features[bit].map { "\"\($0)\"" } ?? "feature \(bit)" }
            throw FormatError(
                .unsupported,
                "a QCOW2 whose features are known expected, \(names.joined(separator: ", ")) found; make a raw disk of "
                    + "it \(conversion)")
        }
        let backing = (offset: try header.uint64(at: 8), count: Int(try header.uint32(at: 16)))
        if backing.offset != 0 {
            var name = ""
            // A name that cannot be shown is no reason to say less.
            if let offset = Int(exactly: backing.offset), 1...1023 ~= backing.count,
                let bytes = try? file.read(at: offset, count: backing.count)
            {
                name = " (\"\(String(decoding: bytes.prefix(100), as: UTF8.self))\")"
            }
            throw FormatError(
                .unsupported,
                "a whole disk expected, a QCOW2 found that holds what differs from its backing file\(name), which is not "
                    + "opened; make a whole disk of both \(conversion), where both are")
        }
        if features.contains(.externalData) {
            let name = extensions.dataFile.map { " (\"\($0)\")" } ?? ""
            let isRaw = try header.uint64(at: 88) & 2 != 0
            throw FormatError(
                .unsupported,
                "a disk in one file expected, a QCOW2 found whose data stand in another file\(name), which is not opened; "
                    + (isRaw
                        ? "that one is a raw disk: give it itself"
                        : "make one of both \(conversion), where both are"))
        }
        let encryption = try header.uint32(at: 32)
        if encryption != 0 {
            throw FormatError(
                .unsupported,
                "a disk in clear expected, a QCOW2 found that is encrypted "
                    + "(\(encryption == 1 ? "AES" : encryption == 2 ? "LUKS" : "method \(encryption)")); make a raw disk of "
                    + "it by `qemu-img convert --object secret,id=key,file=FILE-WITH-PASSPHRASE -O raw --image-opts "
                    + "driver=qcow2,file.filename=IMAGE,encrypt.key-secret=key disk.raw`")
        }
    }

    private static func compression(
        _ header: FieldReader, _ features: Features, isSaid: Bool
    ) throws(FormatError) -> Compression {
        let number = isSaid ? try header.uint8(at: 104) : 0
        switch (features.contains(.compression), number) {
        case (false, 0): return .deflate
        case (true, 1): return .zstd
        case (true, 2...):
            throw FormatError(
                .unsupported,
                "a QCOW2 compressed by deflate or zstd expected, compression \(number) found; make a raw disk of it "
                    + conversion)
        default:
            throw FormatError(
                .malformed,
                "a QCOW2 whose header agrees on its compression expected, \(number) found, and a feature that "
                    + "says otherwise")
        }
    }

    private static func remarks(_ features: Features, snapshots: Int) -> [String] {
        var remarks: [String] = []
        if features.contains(.dirty) {
            remarks.append(
                "the QCOW2 was not closed by its writer; its reference counts may be wrong, which reading does not need"
            )
        }
        if features.contains(.corrupt) {
            remarks.append(
                "QEMU has marked the QCOW2 as corrupt: what is read of it may be wrong; `qemu-img check -r all` on a copy "
                    + "mends what can be mended")
        }
        if snapshots > 0 {
            remarks.append(
                "the QCOW2 holds \(snapshots) snapshot\(snapshots == 1 ? "" : "s"); its present state was read")
        }
        return remarks
    }

    /// Features without which the file is misread.
    private struct Features: OptionSet {
        let rawValue: UInt64

        static let dirty = Features(rawValue: 1)
        static let corrupt = Features(rawValue: 2)
        static let externalData = Features(rawValue: 4)
        static let compression = Features(rawValue: 8)
        static let subclusters = Features(rawValue: 16)
        static let known: Features = [.dirty, .corrupt, .externalData, .compression, .subclusters]
    }

    /// What stands behind the header, as far as messages need it: type and length of each, and its bytes up to a multiple
    /// of 8.
    private struct Extensions {
        /// The name of the file that has the data.
        private(set) var dataFile: String?
        /// What a writer calls features that a reader has to know, by their bits.
        private(set) var features: [Int: String] = [:]

        /// Throws only where the file cannot be read: what is damaged here decides nothing.
        init(_ file: any BlockSource, from start: Int, to end: Int) throws(FormatError) {
            let end = min(end, file.size)
            var position = start
            for _ in 0..<QCOW2.extensionLimit {
                guard position <= end - 8 else { return }
                let head = try file.record(at: position, count: 8, bigEndian: true)
                let (type, count) = (try head.uint32(at: 0), Int(try head.uint32(at: 4)))
                guard type != 0, count <= end - position - 8 else { return }
                switch type {
                case 0x4441_5441:
                    let name = try file.read(at: position + 8, count: min(count, 100))
                    dataFile = String(decoding: name, as: UTF8.self)
                case 0x6803_F857:
                    for place in stride(from: 0, to: min(count, 64 * 48) / 48 * 48, by: 48) {
                        let entry = Array(try file.read(at: position + 8 + place, count: 48))
                        guard entry[0] == 0 else { continue }
                        features[Int(entry[1])] = String(decoding: entry[2...].prefix { $0 != 0 }, as: UTF8.self)
                    }
                default: break
                }
                position += 8 + (count + 7) / 8 * 8
            }
        }
    }
}
