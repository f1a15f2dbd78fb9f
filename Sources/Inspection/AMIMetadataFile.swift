/// What `aws ec2 describe-images` prints, read for the one image that is inspected.

public import BatchRules
import FoundationEssentials

extension AMIMetadata {
    /// The one image described by the file at `path` of this machine, of at most 16 MB.
    public init(file path: String) throws(SettingsError) {
        try self.init(describeImages: try settingsFile(at: path))
    }

    /// The one image described by `bytes`, the JSON output of `aws ec2 describe-images`.
    ///
    /// Throws where it is not that, and where it holds no image or several.
    public init(describeImages bytes: [UInt8]) throws(SettingsError) {
        let images = try Self.images(described: bytes)
        guard let image = images.first, images.count == 1 else {
            throw SettingsError(
                "exactly one image expected, \(images.count) found"
                    + "; name it: aws ec2 describe-images --image-ids ami-..."
            )
        }
        self = image
    }

    /// All images described by the file at `path` of this machine, of at most 256 MB.
    public static func images(file path: String) throws(SettingsError) -> [AMIMetadata] {
        try images(described: try settingsFile(at: path, upTo: 256 << 20))
    }

    /// All images described by `bytes`, the JSON output of `aws ec2 describe-images`. Throws where it is not that.
    static func images(described bytes: [UInt8]) throws(SettingsError) -> [AMIMetadata] {
        do {
            return try JSONDecoder().decode(DescribeImages.self, from: Data(bytes)).images.map(AMIMetadata.init)
        } catch DecodingError.keyNotFound(let key, _) where key.stringValue == DescribeImages.CodingKeys.images.rawValue
        {
            throw SettingsError(
                "the output of 'aws ec2 describe-images' expected, an object with \"Images\"; none found"
            )
        } catch let error as DecodingError {
            throw SettingsError(
                "the JSON output of 'aws ec2 describe-images' expected; \(error.place)"
            )
        } catch {
            throw SettingsError("the JSON output of 'aws ec2 describe-images' expected; \(error)")
        }
    }

    private init(_ row: ImageRow) {
        self.init(
            imageID: row.imageID,
            name: row.name,
            virtualizationType: row.virtualizationType,
            architecture: row.architecture,
            platform: row.platform,
            bootMode: row.bootMode,
            devices: row.mappings?.filter { $0.noDevice == nil }.compactMap(\.deviceName),
            imdsSupport: row.imdsSupport
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
    let name: String?
    let virtualizationType: String?
    let architecture: String?
    let platform: String?
    let bootMode: String?
    let mappings: [Mapping]?

    /// A device of the instance: an EBS volume, an instance store, or (`NoDevice`) one that is left out.
    struct Mapping: Decodable {
        let deviceName: String?
        let noDevice: String?

        private enum CodingKeys: String, CodingKey {
            case deviceName = "DeviceName"
            case noDevice = "NoDevice"
        }
    }
    let imdsSupport: String?

    private enum CodingKeys: String, CodingKey {
        case imageID = "ImageId"
        case name = "Name"
        case virtualizationType = "VirtualizationType"
        case architecture = "Architecture"
        case platform = "Platform"
        case bootMode = "BootMode"
        case mappings = "BlockDeviceMappings"
        case imdsSupport = "ImdsSupport"
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
