/// VHD as qemu-img writes it, and with each field damaged.

import ByteParsing
import DiskImages
import TestSupport
import Testing

@Suite(.enabled(if: Workshop.has("qemu-img"), "qemu-utils is not installed"))
struct VHDTests {
    static func make(_ kind: String) throws -> (raw: [UInt8], container: MemoryDisk) {
        try ContainerImages.make("vpc", "subformat=\(kind),force_size=on")
    }

    /// Puts right the checksum of a record after a change.
    static func sign(_ file: MemoryDisk, _ place: Int, _ count: Int, checksum: Int) {
        file.put(UInt32(0), at: place + checksum)
        let sum = file.bytes[place..<place + count].reduce(UInt32(0)) { $0 &+ UInt32($1) }
        file.put(~sum, at: place + checksum, bigEndian: true)
    }

    @Test(arguments: ["fixed", "dynamic"]) func theBytesAreThoseOfTheDisk(_ kind: String) throws {
        let (raw, file) = try Self.make(kind)
        let opened = try ContainerImages.open(file)
        #expect(opened.kind == "vhd \(kind)" && opened.remarks == [])
        #expect(try ContainerImages.content(file) == raw)
        #expect(try ContainerImages.readsAlike(file, raw))
    }

    @Test func aFooterOf511BytesIsOneToo() throws {
        for kind in ["fixed", "dynamic"] {
            let (raw, file) = try Self.make(kind)
            // The last byte of a footer is reserved and zero.
            file.bytes.removeLast()
            #expect(try ContainerImages.content(file) == raw, "\(kind)")
        }
    }

    @Test func theCopyStandsInForABadFooter() throws {
        for place in [0, 20, 60] {
            let (raw, file) = try Self.make("dynamic")
            file.bytes[file.bytes.count - 512 + place] ^= 1
            let opened = try ContainerImages.open(file)
            #expect(opened.remarks.count == 1 && opened.kind == "vhd dynamic")
            #expect(try ContainerImages.content(file) == raw)
            file.bytes[place] ^= 1
            #expect(throws: FormatError.self, "\(place)") { try DiskContainer(file, .vhd) }
        }
        let (_, fixed) = try Self.make("fixed")
        fixed.bytes[fixed.bytes.count - 500] ^= 1
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(fixed) }
        #expect(error?.code == .checksumMismatch)
    }

    @Test func aCutDynamicDiskEndsBeforeItsFooter() throws {
        let (raw, file) = try Self.make("dynamic")
        let whole = file.bytes
        for count in [whole.count / 2, whole.count - (2 << 20), 600] {
            file.bytes = Array(whole.prefix(count))
            let error = #expect(throws: FormatError.self, "\(count)") { try ContainerImages.open(file) }
            #expect(error?.code == .truncated)
            #expect(count == 600 || error?.reason.contains("ends before its footer") == true)
        }
        // All but the footer is there, and what of the last block lies behind the end of the disk.
        file.bytes = whole.dropLast(512)
        #expect(try ContainerImages.content(file) == raw)
        #expect(try ContainerImages.open(file).remarks.count == 1)
    }

    @Test func aDifferencingDiskIsRefusedByName() throws {
        let (_, file) = try Self.make("dynamic")
        for place in [0, file.bytes.count - 512] {
            file.put(UInt32(4), at: place + 60, bigEndian: true)
            Self.sign(file, place, 512, checksum: 64)
        }
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.code == .unsupported && error?.reason.contains("differencing") == true)
    }

    /// Fields of the dynamic header, which stands behind the first sector, and what the message has to say; nil where
    /// the disk is read nevertheless.
    static let headers: [(offset: Int, value: UInt32, says: String?)] = [
        (32, 0, "power of two"), (32, 3 << 19, "power of two"), (32, 1 << 31, "power of two"),
        (28, 0, "table"), (28, .max, nil), (16, 1, "table"), (20, .max, "table"),
    ]

    @Test(arguments: headers.indices) func aHeaderThatCannotBeIsRefused(_ index: Int) throws {
        let (offset, value, says) = Self.headers[index]
        let (raw, file) = try Self.make("dynamic")
        file.put(value, at: 512 + offset, bigEndian: true)
        #expect(throws: FormatError.self, "the checksum") { try ContainerImages.open(file) }
        Self.sign(file, 512, 1024, checksum: 36)
        guard let says else {
            #expect(try ContainerImages.content(file) == raw)
            return
        }
        let error = #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        #expect(error?.reason.contains(says) == true, "\(error?.reason ?? "-")")
    }

    @Test func blocksThatStandElsewhereAreErrorsWhereTheyAreRead() throws {
        for (sector, code) in [(0xFFFF_FFFE, .truncated), (0, .malformed)] as [(UInt32, FormatError.Code)] {
            let (_, file) = try Self.make("dynamic")
            file.put(sector, at: 1536, bigEndian: true)
            let error = #expect(throws: FormatError.self) { try ContainerImages.content(file) }
            #expect(error?.code == code, "\(error?.reason ?? "-")")
        }
    }

    @Test func theSizeOfTheDisk() throws {
        for size in [0, .max, 1 << 54] as [UInt64] {
            let (_, file) = try Self.make("fixed")
            let footer = file.bytes.count - 512
            file.put(size, at: footer + 48, bigEndian: true)
            Self.sign(file, footer, 512, checksum: 64)
            #expect(throws: FormatError.self) { try ContainerImages.open(file) }
        }
        // Larger than the file: what is missing is an error where it is read.
        let (raw, file) = try Self.make("fixed")
        let footer = file.bytes.count - 512
        file.put(UInt64(raw.count + (1 << 20)), at: footer + 48, bigEndian: true)
        Self.sign(file, footer, 512, checksum: 64)
        let disk = try #require(try ContainerImages.open(file).disks.first)
        #expect(try Array(disk.read(at: 0, count: raw.count)) == raw)
        #expect(throws: FormatError.self) { try disk.read(at: raw.count + 512, count: 512) }
    }
}
