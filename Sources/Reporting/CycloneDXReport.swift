/// The bill of materials of an image: its installed packages, for tools that look up what is known of them.

import BatchRules
import ByteParsing
import ImageFacts
import ImageReading
import PackageDatabases

/// The installed packages of an image as CycloneDX 1.6 (ECMA-424).
///
/// The same image and day give the same bytes: the serial number is the digest of what the document says. Package
/// databases that could not be read are named, and the list is then called incomplete; what is installed without a package
/// manager is not in it, so that it is never called complete.
func cycloneDX(_ observed: ObservedImage, today: CalendarDay) throws -> String {
    var document = BillOfMaterials(observed)
    let digest = sha256(try jsonLine(document))
    document.serialNumber = serialNumber(digest)
    document.metadata.timestamp = "\(today)T00:00:00Z"
    return try jsonText(document)
}

private func sha256(_ text: String) -> [UInt8] {
    var digest = SHA256()
    digest.add(text.utf8.span)
    return digest.digest()
}

/// A UUID whose bits are given (RFC 9562, version 8).
private func serialNumber(_ digest: [UInt8]) -> String {
    var bytes = Array(digest.prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = String(decoding: hexadecimal(bytes), as: UTF8.self)
    var text = "urn:uuid:"
    for (index, digit) in digits.enumerated() {
        if [8, 12, 16, 20].contains(index) { text += "-" }
        text.append(digit)
    }
    return text
}

/// A document, as far as this program has something to say.
private struct BillOfMaterials: Encodable {
    let bomFormat = "CycloneDX"
    let specVersion = "1.6"
    let version = 1
    var serialNumber: String?
    var metadata: Metadata
    let components: [Component]
    let compositions: [Composition]

    struct Metadata: Encodable {
        var timestamp: String?
        let tools = ["components": [Component(type: "application", name: ToolJSON().name, version: Version.amilint)]]
        let component: Component
        let properties: [Property]
    }

    struct Component: Encodable {
        let type: String
        var reference: String?
        let name: String
        var version: String?
        var description: String?
        var supplier: [String: String]?
        var purl: PackageURL?

        enum CodingKeys: String, CodingKey {
            case type, name, version, description, supplier, purl
            case reference = "bom-ref"
        }
    }

    struct Property: Encodable {
        let name: String
        let value: String
    }

    struct Composition: Encodable {
        let aggregate: String
        let assemblies: [String]
    }

    /// Without a serial number and a time.
    init(_ observed: ObservedImage) {
        let image = "image"
        let distribution = observed.facts.distribution.value
        metadata = Metadata(
            component: Component(type: "file", reference: image, name: inert(observed.image.name)),
            properties: Self.databases(observed.facts.installedPackages))
        var components: [Component] = []
        if let distribution {
            components.append(
                Component(
                    type: "operating-system", reference: "operating-system", name: distribution.id,
                    version: distribution.version, description: inert(distribution.prettyName)))
        }
        // Two databases may record the same package, and a reference is to be told once.
        var seen: Set<PackageURL> = []
        for package in observed.packages?.known ?? [] {
            let url = PackageURL(package, of: distribution)
            guard seen.insert(url).inserted else { continue }
            components.append(
                Component(
                    type: "library", reference: url.text, name: package.name, version: package.fullVersion,
                    supplier: package.vendor.map { ["name": $0] }, purl: url))
        }
        self.components = components
        let isKnown = observed.packages.map { $0.all.problem == nil } ?? false
        compositions = [Composition(aggregate: isKnown ? "unknown" : "incomplete", assemblies: [image])]
    }

    /// Which databases the packages are from, and why one could not be read.
    private static func databases(_ summary: PackageDatabaseSummary) -> [Property] {
        guard !summary.databases.isEmpty else {
            let searched = summary.searched.map(\.text).joined(separator: " ")
            return [Property(name: "amilint:packageDatabase", value: "none found, searched \(searched)")]
        }
        return summary.databases.flatMap { database in
            [Property(name: "amilint:packageDatabase", value: database.path.text)]
                + [database.problem].compactMap(\.self).map {
                    Property(name: "amilint:unreadable", value: inert($0.description))
                }
        }
    }
}
