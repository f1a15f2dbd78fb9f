/// What `aws ec2 describe-images` prints, read for the one image that is inspected.

public import BatchRules
import FoundationEssentials
import Glibc

/// Why a file is not the description of exactly one image.
public struct AMIMetadataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what was found, lower case, without the file's name.
    public let description: String
}

extension AMIMetadata {
    /// The one image described by the file at `path` of this machine, of at most 16 MB.
    public init(file path: String) throws(AMIMetadataError) {
        let limit = 16 << 20
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw AMIMetadataError(description: systemText(errno)) }
        defer { close(file) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let count = unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
                let count = unsafe read(file, buffer.baseAddress, buffer.count)
                if count > 0 { unsafe bytes += buffer[..<count] }
                return count
            }
            if count == 0 { break }
            if count < 0, errno != EINTR { throw AMIMetadataError(description: systemText(errno)) }
        }
        guard bytes.count <= limit else {
            throw AMIMetadataError(description: "at most \(limit) bytes expected, more found")
        }
        try self.init(describeImages: bytes)
    }

    /// The one image described by `bytes`, the JSON output of `aws ec2 describe-images`.
    ///
    /// Throws where it is not that, and where it holds no image or several.
    public init(describeImages bytes: [UInt8]) throws(AMIMetadataError) {
        let images: [ImageRow]
        do {
            images = try JSONDecoder().decode(DescribeImages.self, from: Data(bytes)).images
        } catch DecodingError.keyNotFound(let key, _) where key.stringValue == DescribeImages.CodingKeys.images.rawValue
        {
            throw AMIMetadataError(
                description: "the output of 'aws ec2 describe-images' expected, an object with \"Images\"; none found"
            )
        } catch let error as DecodingError {
            throw AMIMetadataError(
                description: "the JSON output of 'aws ec2 describe-images' expected; \(error.place)"
            )
        } catch {
            throw AMIMetadataError(description: "the JSON output of 'aws ec2 describe-images' expected; \(error)")
        }
        guard let image = images.first, images.count == 1 else {
            throw AMIMetadataError(
                description: "exactly one image expected, \(images.count) found"
                    + "; name it: aws ec2 describe-images --image-ids ami-..."
            )
        }
        self.init(
            imageID: image.imageID,
            virtualizationType: image.virtualizationType,
            architecture: image.architecture,
            platform: image.platform,
            bootMode: image.bootMode
        )
    }
}

private struct DescribeImages: Decodable {
    let images: [ImageRow]

    enum CodingKeys: String, CodingKey { case images = "Images" }
}

/// One element of `Images`, as the EC2 API names its members (API reference, data type Image).
private struct ImageRow: Decodable {
    let imageID: String?
    let virtualizationType: String?
    let architecture: String?
    let platform: String?
    let bootMode: String?

    private enum CodingKeys: String, CodingKey {
        case imageID = "ImageId"
        case virtualizationType = "VirtualizationType"
        case architecture = "Architecture"
        case platform = "Platform"
        case bootMode = "BootMode"
    }
}

extension DecodingError {
    /// Where decoding stopped and why, in a few words.
    fileprivate var place: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
            return "\(path.isEmpty ? "the top" : path) is of another type"
        case .dataCorrupted: return "no JSON found"
        @unknown default: return "no JSON found"
        }
    }
}
