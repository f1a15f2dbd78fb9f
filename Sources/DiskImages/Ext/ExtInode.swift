/// One inode of an ext file system.

import ByteParsing
import FileSystems

struct ExtInode {
    let number: UInt64
    let status: NodeStatus
    /// In bytes.
    let size: Int
    /// The 60 bytes that hold extents, block numbers or short content.
    let area: FieldReader
    private let flags: UInt32
    private let record: FieldReader

    /// A link has fewer bytes than this: PATH_MAX of Linux.
    static let linkLimit = 4096

    var isEncrypted: Bool { flags & 0x800 != 0 }
    var hasExtents: Bool { flags & 0x80000 != 0 }
    private var hasInlineData: Bool { flags & 0x1000_0000 != 0 }

    init(_ number: UInt64, _ geometry: ExtGeometry, _ source: some BlockSource) throws(FormatError) {
        self.number = number
        record = try source.record(
            at: geometry.place(ofInode: number, source), count: geometry.inodeSize, bigEndian: false)
        let mode = try record.uint16(at: 0)
        guard mode != 0 else { throw FormatError(.malformed, "an inode in use expected, inode \(number) is free") }
        let size = UInt64(try record.uint32(at: 4)) | UInt64(try record.uint32(at: 0x6C)) << 32
        guard let size = Int(exactly: size) else {
            throw FormatError(.malformed, "a size below 2^63 bytes expected, \(size) found")
        }
        self.size = size
        flags = try record.uint32(at: 0x20)
        area = try record.record(at: 0x28, count: 60)
        let kind = NodeStatus.Kind(mode: UInt32(mode))
        status = NodeStatus(kind: kind, permissions: mode & 0o7777, size: kind == .regular ? size : 0)
    }

    /// The content where it stands in the inode itself; nil where it lies in blocks.
    func contentInside() throws(FormatError) -> ArraySlice<UInt8>? {
        if status.kind == .link, size < 60 { return area.bytes.prefix(size) }
        guard hasInlineData else { return nil }
        return (Array(area.bytes.prefix(size)) + (try inlineRest()))[...]
    }

    /// The two parts of a directory that stands in its inode; nil where it lies in blocks.
    func directoryInside() throws(FormatError) -> (entries: [FieldReader], isInside: Bool) {
        guard hasInlineData else { return ([], false) }
        return ([try area.record(at: 4, count: 56), FieldReader(try inlineRest(), bigEndian: false)], true)
    }

    /// What of the content did not fit into the area.
    private func inlineRest() throws(FormatError) -> ArraySlice<UInt8> {
        guard size > area.count else { return [] }
        let rest = try inlineAttribute()
        guard rest.count >= size - area.count else {
            throw FormatError(
                .malformed, "\(size) bytes of content inside the inode expected, \(area.count + rest.count) found")
        }
        return rest.prefix(size - area.count)
    }

    /// The extended attribute `system.data`; nothing where there is none.
    private func inlineAttribute() throws(FormatError) -> ArraySlice<UInt8> {
        guard record.count > 128 else { return [] }
        let start = 128 + Int(try record.uint16(at: 0x80))
        guard start <= record.count - 4, try record.uint32(at: start) == 0xEA02_0000 else { return [] }
        let attributes = try record.record(at: start + 4, count: record.count - start - 4)
        var at = 0
        while at + 16 <= attributes.count, try attributes.uint32(at: at) != 0 {
            let nameSize = Int(try attributes.uint8(at: at))
            let name = try attributes.slice(at: at + 16, count: nameSize)
            if try attributes.uint8(at: at + 1) == 7, name.elementsEqual("data".utf8) {
                let offset = Int(try attributes.uint16(at: at + 2))
                guard try attributes.uint32(at: at + 4) == 0 else {
                    throw FormatError(
                        .unsupported, "content inside the inode expected, its attribute lies in another one")
                }
                return try attributes.slice(at: offset, count: Int(try attributes.uint32(at: at + 8)))
            }
            at += 16 + (nameSize + 3) / 4 * 4
        }
        return []
    }
}
