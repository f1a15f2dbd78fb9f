/// What EC2 says of many images, and which of them is which file.

public import BatchRules

/// The output of `aws ec2 describe-images`, looked up by what files are called.
public struct AMIMetadataTable: Sendable {
    private let images: [AMIMetadata]
    private let found: [String: Int]
    /// Images described that no file is called after: their ids or names, in the order of the file.
    public let unmatched: [String]
    /// Files that none of the images described is the only one for; empty where none is described.
    public let filesWithout: [String]

    /// Matches descriptions with files: an image is the file whose name holds its ImageId, else its Name; of several
    /// names that a file's name holds, the longest.
    public init(_ images: [AMIMetadata] = [], files: [String] = []) {
        self.images = images
        var found: [String: Int] = [:]
        for file in images.isEmpty ? [] : files {
            let name = lastPart(of: file)
            func holding(_ part: (AMIMetadata) -> String?) -> [(Int, String)] {
                images.enumerated().compactMap { number, image in
                    part(image).flatMap { !$0.isEmpty && name.contains($0) ? (number, $0) : nil }
                }
            }
            let byID = holding(\.imageID)
            let candidates = byID.isEmpty ? holding(\.name) : byID
            let longest = candidates.map(\.1.utf8.count).max()
            let best = candidates.filter { $0.1.utf8.count == longest }
            if best.count == 1 { found[file] = best[0].0 }
        }
        self.found = found
        let used = Set(found.values)
        unmatched = images.enumerated().filter { !used.contains($0.offset) }
            .map { $0.element.imageID ?? $0.element.name ?? "an image without ImageId and Name" }
        filesWithout = images.isEmpty ? [] : files.filter { found[$0] == nil }
    }

    /// What EC2 says of the image that reports call `name`; nil where nothing is known.
    public subscript(name: String) -> AMIMetadata? { found[name].map { images[$0] } }

    /// What does not fit together, a sentence each; of a part of an audit only what concerns its files.
    public func remarks(isWhole: Bool) -> [String] {
        func sentence(_ names: [String], _ what: String) -> [String] {
            if names.isEmpty { return [] }
            let shown = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", ..." : "")
            return ["\(what): \(shown)"]
        }
        return sentence(filesWithout, "without AMI metadata (no ImageId or Name in the file's name)")
            + (isWhole ? sentence(unmatched, "AMI metadata of no file here") : [])
    }
}
