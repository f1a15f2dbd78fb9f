/// Where a result of SARIF is said to stand: in a file of its image, which may be one of many.

import BatchRules
import ImageReading

extension SARIF {
    /// Where the results of an image are said to stand: in a tree of its own, or below its name among other images.
    struct Place {
        let name: String
        let isAmongMany: Bool

        init(image name: String, among isAmongMany: Bool) {
            self.name = name
            self.isAmongMany = isAmongMany
        }

        /// What `uriBaseId` stands for: the root directory of the image, or the directory that holds the images.
        static func base(among isAmongMany: Bool) -> (symbol: String, location: ArtifactLocation) {
            isAmongMany
                ? ("IMAGES", ArtifactLocation(description: Message(text: "the directory that holds the images")))
                : ("IMAGEROOT", ArtifactLocation(description: Message(text: "the root directory of the image")))
        }

        /// What a message begins with; inert.
        var label: String { isAmongMany ? withoutLinks(inert(name)) + ": " : "" }

        private var imageURI: String {
            let name = isAmongMany ? name : fileName(name)
            return [".", "..", "-", "", "/"].contains(name) ? "image" : relativeURI(name)
        }

        /// An alert of one image is not that of another.
        func fingerprint(_ fingerprint: String) -> String {
            isAmongMany ? fingerprint + "@" + relativeURI(name) : fingerprint
        }

        /// A place in the image.
        func location(_ evidence: Evidence) -> Location {
            let path = relativeURI(evidence.path.text)
            let region = evidence.line.map { line in
                Region(
                    startLine: max(1, line),
                    snippet: evidence.text.isEmpty ? nil : Message(text: inert(evidence.text)))
            }
            return Location(
                physicalLocation: PhysicalLocation(
                    artifactLocation: ArtifactLocation(
                        uri: isAmongMany ? imageURI + "/" + path : path,
                        uriBaseID: Self.base(among: isAmongMany).symbol),
                    region: region),
                message: evidence.realPath.map { Message(text: inert("a link to \($0)")) })
        }

        /// The image itself, for what no file in it shows.
        var wholeImage: Location {
            Location(
                physicalLocation: PhysicalLocation(
                    artifactLocation: ArtifactLocation(
                        uri: imageURI, uriBaseID: isAmongMany ? Self.base(among: true).symbol : nil),
                    region: nil),
                message: Message(text: "the image as a whole"))
        }
    }
}
