/// How tools for bills of materials name a package of a distribution.

import ImageFacts
import PackageDatabases

/// A package URL (ECMA-427; its types `deb` and `rpm`), as `pkg:rpm/amzn/docker@25.0.14-1.amzn2023?arch=x86_64`.
struct PackageURL: Encodable, Hashable {
    let text: String

    /// That of an installed package. The namespace is the distribution that `distribution` is: without one that is known
    /// nobody can look it up, and it has none.
    init(_ package: Package, of distribution: Distribution?) {
        var qualifiers: [(String, String)] = []
        var version = package.packageVersion
        if let architecture = package.architecture { qualifiers.append(("arch", architecture)) }
        if let distribution {
            let version = distribution.version.map { "-" + $0 } ?? ""
            qualifiers.append(("distro", distribution.id + version))
        }
        var name = package.name
        switch package.manager {
        case .dpkg: name = name.lowercased()
        case .rpm:
            // Its epoch is a qualifier, as its type demands; dpkg's is a part of the version.
            version = PackageVersion(version: package.version, release: package.release)
            if let epoch = package.epoch { qualifiers.append(("epoch", String(epoch))) }
        }
        if let source = package.sourceName { qualifiers.append(("upstream", source)) }
        let path = ["pkg:" + package.manager.packageURLType, distribution?.id, name].compactMap(\.self)
        text =
            path.enumerated().map { $0.offset == 0 ? $0.element : Self.escaped($0.element) }.joined(separator: "/")
            + "@"
            + Self.escaped(version.description) + (qualifiers.isEmpty ? "" : "?")
            + qualifiers.map { "\($0.0)=\(Self.escaped($0.1))" }.joined(separator: "&")
    }

    func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }

    /// Every byte but those that stand for themselves; a colon does everywhere.
    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { escaped, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: ":"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

extension PackageManager {
    fileprivate var packageURLType: String {
        switch self {
        case .rpm: "rpm"
        case .dpkg: "deb"
        }
    }
}

extension Package {
    /// What it was built from: rpm's file name, and of dpkg `name` or `name@version`, which is written `name (version)`.
    fileprivate var sourceName: String? {
        guard manager == .dpkg, let source, let open = source.firstIndex(of: "("), source.last == ")" else {
            return source
        }
        let version = source[source.index(after: open)...].dropLast()
        return source[..<open].filter { $0 != " " } + "@" + version
    }
}
