/// A disk where its bytes can be read at any place: in its own file, or decompressed into another.

import ByteParsing
import DiskImages

/// The bytes of a disk, and in which format they are.
struct OpenedDisk {
    let file: DiskFile
    let format: DiskFormat
    /// What was odd about the file that they were decompressed from.
    let remarks: [String]

    /// Opens the disk that `image` was recognized as. Compressed or in a pipe, it is decompressed first, into the scratch
    /// file beside it.
    ///
    /// Throws where that is needed and there is no directory or no room, and where what is compressed is cut or damaged.
    init(_ image: OpenedImage, _ format: DiskFormat) throws(ImageError) {
        let name = image.file.name
        let decompressed = image.isRandomAccess ? nil : try Self.decompress(image, format)
        remarks = decompressed?.remarks ?? []
        do throws(FormatError) {
            if let scratch = decompressed?.file {
                file = try DiskFile(descriptor: scratch.descriptor)
                // The end was not at hand before: that of a VHD of fixed size has its footer.
                self.format = format == .raw ? try Self.format(of: file) ?? .raw : format
            } else {
                file = try DiskFile(descriptor: image.file.descriptor, start: image.file.start)
                self.format = format
            }
        } catch {
            throw ImageError(error, image: name)
        }
    }

    private static func decompress(
        _ image: OpenedImage, _ format: DiskFormat
    ) throws(ImageError) -> (file: ScratchFile, remarks: [String]) {
        let name = image.file.name
        guard let scratch = image.file.scratch else {
            let place = image.compression.map { "compressed by \($0)" } ?? "in a pipe"
            throw ImageError(
                .noScratch, image: name,
                "a directory by --scratch DIR expected, none given: a \(format.name) \(place) is decompressed into a file "
                    + "there, which goes away again")
        }
        do throws(StreamError) {
            return (scratch, try image.decompress(into: scratch))
        } catch {
            throw error.imageError(name)
        }
    }

    private static func format(of file: DiskFile) throws(FormatError) -> DiskFormat? {
        let tail = min(file.size, DiskFormat.tailSize)
        return DiskFormat(
            head: Array(try file.read(at: 0, count: min(file.size, DiskFormat.headSize))),
            tail: Array(try file.read(at: file.size - tail, count: tail)))
    }
}
