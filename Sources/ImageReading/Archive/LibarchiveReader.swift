/// libarchive, wrapped once: its readers of tar and cpio and its decompression filters, fed from a byte stream.

import CArchive
import Glibc
import Inflating

/// One libarchive reader over one stream. Every code below ARCHIVE_OK becomes an error here, but for warnings about
/// what amilint does not use.
@safe final class LibarchiveReader {
    /// What libarchive is asked to recognise; its own bidding takes in much more than images.
    enum Format {
        case tarOrCpio
        /// The decompressed bytes as they are.
        case raw(Compression)
    }

    private let archive: OpaquePointer?
    private let entry: OpaquePointer?
    private let input: Input
    private let format: Format
    /// Bytes of the present member that the last `nextData` gave, and where in the member they stand.
    private(set) var data = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var dataOffset = 0

    /// What libarchive reads from; it remembers the error that libarchive cannot carry.
    private final class Input {
        let stream: any ByteStream
        var block = Block(size: 0)
        /// Where in the stream `block` begins.
        var blockStart = 0
        /// Up to 1,024 bytes that stand before `block`.
        var before: [UInt8] = []
        var failure: StreamError?
        /// Whether the end of the stream was met.
        var isAtEnd = false

        init(_ stream: any ByteStream) {
            self.stream = stream
        }

        func next() throws(StreamError) {
            let count = block.count
            before =
                count >= 1024 ? block.copy(count - 1024..<count) : Array((before + block.copy(0..<count)).suffix(1024))
            blockStart += count
            block = try stream.next()
            isAtEnd = block.count == 0
        }

        func skip(_ count: Int) -> Int {
            let skipped = stream.skip(count)
            if skipped > 0 {
                before = []
                blockStart += block.count + skipped
                block = Block(size: 0)
            }
            return skipped
        }
    }

    init(_ stream: any ByteStream, _ format: Format) {
        input = Input(stream)
        self.format = format
        unsafe archive = archive_read_new()
        unsafe entry = archive_entry_new()
    }

    deinit {
        unsafe archive_entry_free(entry)
        unsafe archive_read_free(archive)
    }

    /// Recognises the format at the beginning of the stream.
    func open() throws(StreamError) {
        switch format {
        case .tarOrCpio:
            unsafe archive_read_support_format_tar(archive)
            unsafe archive_read_support_format_cpio(archive)
        case .raw(let compression):
            unsafe archive_read_support_format_raw(archive)
            unsafe archive_read_support_format_empty(archive)
            switch compression {
            case .gzip, .xz: break  // read without it
            case .zstd: unsafe archive_read_support_filter_zstd(archive)
            case .bzip2: unsafe archive_read_support_filter_bzip2(archive)
            case .lz4: unsafe archive_read_support_filter_lz4(archive)
            case .lzma: unsafe archive_read_support_filter_lzma(archive)
            }
        }
        unsafe archive_read_set_callback_data(archive, Unmanaged.passUnretained(input).toOpaque())
        unsafe archive_read_set_read_callback(archive) { _, data, result in
            guard let data = unsafe data else { return la_ssize_t(ARCHIVE_FATAL) }
            let input = unsafe Unmanaged<Input>.fromOpaque(data).takeUnretainedValue()
            do throws(StreamError) {
                try input.next()
                unsafe result?.pointee = input.block.bytes.baseAddress
                return input.block.count
            } catch {
                input.failure = error
                return la_ssize_t(ARCHIVE_FATAL)
            }
        }
        if input.stream.canSkip {
            unsafe archive_read_set_skip_callback(archive) { _, data, request in
                guard let data = unsafe data else { return 0 }
                let input = unsafe Unmanaged<Input>.fromOpaque(data).takeUnretainedValue()
                return la_int64_t(input.skip(Int(request)))
            }
        }
        let code = unsafe archive_read_open1(archive)
        if code != ARCHIVE_OK {
            switch format {
            case .tarOrCpio: throw failure(.notAnImage)
            case .raw: throw failure(.damaged)
            }
        }
    }

    /// Goes to the next member; false at the end.
    func nextHeader() throws(StreamError) -> Bool {
        let code = unsafe archive_read_next_header2(archive, entry)
        switch code {
        case ARCHIVE_OK: return true
        case ARCHIVE_EOF: return false
        case ARCHIVE_WARN:
            guard isHarmless(message) else { throw failure(.damaged) }
            return true
        case ARCHIVE_RETRY, ARCHIVE_FAILED, ARCHIVE_FATAL: throw failure(.damaged)
        default: throw failure(.damaged)
        }
    }

    /// Goes to the next bytes of the member, which are then in `data`; false at its end.
    func nextData() throws(StreamError) -> Bool {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: la_int64_t = 0
        let code = unsafe archive_read_data_block(archive, &start, &count, &offset)
        switch code {
        case ARCHIVE_OK:
            unsafe data = UnsafeRawBufferPointer(start: start, count: count)
            dataOffset = Int(offset)
            return true
        case ARCHIVE_EOF:
            unsafe data = UnsafeRawBufferPointer(start: nil, count: 0)
            return false
        case ARCHIVE_WARN, ARCHIVE_RETRY, ARCHIVE_FAILED, ARCHIVE_FATAL: throw failure(.damaged)
        default: throw failure(.damaged)
        }
    }
}

/// The present member.
extension LibarchiveReader {
    /// Replaces `path` by the member's name as bytes, in whatever character set; false where it has none.
    func copyPath(into path: inout [UInt8]) -> Bool {
        guard let name = unsafe archive_entry_pathname(entry) else { return false }
        path.removeAll(keepingCapacity: true)
        unsafe path.append(contentsOf: UnsafeRawBufferPointer(start: name, count: strlen(name)))
        return true
    }

    /// The path of the member that this one is a second name of; nil where it is none.
    var hardLinkTarget: [UInt8]? { unsafe bytes(archive_entry_hardlink(entry)) }

    /// The target of a symbolic link; nil where it has none.
    var linkTarget: [UInt8]? { unsafe bytes(archive_entry_symlink(entry)) }

    /// The file type bits of the member's mode, as S_IFMT masks them.
    var fileType: mode_t { unsafe archive_entry_filetype(entry) }

    var permissions: UInt16 { unsafe UInt16(archive_entry_mode(entry) & 0o7777) }

    /// In bytes.
    var size: Int { unsafe Int(archive_entry_size(entry)) }

    private func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
        guard let text = unsafe text else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}

/// The end of the archive and what is wrong.
extension LibarchiveReader {
    /// Whether the stream is decompressed: libarchive hands on as it is what no filter takes for its own, such as the
    /// first bytes of a header.
    var hasFilter: Bool { unsafe archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE }

    /// `tar` or `cpio`.
    var formatName: String {
        unsafe archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_CPIO ? "cpio" : "tar"
    }

    /// How many blocks of 512 zero bytes, 2 at the most, the reader found where it saw the end of a tar.
    var zeroBlocksAtEnd: Int {
        let end = position
        let start = max(unsafe Int(archive_read_header_position(archive)), end - 1024)
        let bytes = input.before + input.block.copy(0..<max(0, end - input.blockStart))
        return stride(from: start, to: end, by: 512).count { place in
            let from = bytes.count - (end - place)
            return from >= 0 && bytes[from..<min(from + 512, bytes.count)].allSatisfy { $0 == 0 }
        }
    }

    /// How many bytes of the stream the reader, or the filter before it, has consumed.
    private var position: Int { unsafe Int(archive_filter_bytes(archive, -1)) }

    /// Reads what follows the end of the archive, so that checksums at the end of the stream are reached; where the
    /// first byte that is not 0 stands, and the bytes from there on as far as they are at hand.
    func drain() throws(StreamError) -> (offset: Int, bytes: [UInt8])? {
        var from = max(0, position - input.blockStart)
        var found: (Int, [UInt8])?
        while input.block.count > 0 {
            if found == nil, !input.block.isZero(from..<input.block.count) {
                let rest = input.block.copy(from..<input.block.count)
                let zeros = rest.prefix { $0 == 0 }.count
                found = (input.blockStart + from + zeros, Array(rest.dropFirst(zeros)))
                if input.stream.canSkip { break }  // nothing further on has a checksum
            }
            try input.next()
            from = 0
        }
        return found
    }

    private var message: String {
        unsafe archive_error_string(archive).map { unsafe String(cString: $0) } ?? "damaged"
    }

    private func failure(_ code: ImageError.Code) -> StreamError {
        if let failure = input.failure { return failure }
        guard input.isAtEnd else { return StreamError(code, message.lowercased()) }
        let whole =
            switch format {
            case .tarOrCpio: "the rest of the archive"
            case .raw(let compression): "the end of the \(compression) stream"
            }
        return StreamError(.torn, "\(whole) expected, the end of the file found")
    }

    /// Names that this process's locale cannot spell are read as bytes here; owners' names, access control lists and
    /// extended attributes are not read at all.
    private func isHarmless(_ message: String) -> Bool {
        ["converted", "ACL", "acl", "xattr"].contains { message.contains($0) }
    }
}
