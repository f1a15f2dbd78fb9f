/// Which packages of an image are not those of another.

import ImageReading
import PackageDatabases

/// The packages of two images held against each other, where both sides know them.
struct PackageDifferences: Sendable {
    /// A package that both images have, in other versions.
    struct Changed: Sendable {
        let manager: PackageManager
        let name: String
        let architecture: String?
        /// The versions that were there, oldest first.
        let before: [String]
        /// The versions that are there.
        let after: [String]
    }

    /// Packages that were not there, by name.
    let added: [Package]
    /// Packages that are there no more.
    let removed: [Package]
    /// Packages in other versions.
    let changed: [Changed]

    /// Whether both images have the same packages in the same versions.
    var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    /// What makes two packages the same in two versions.
    private struct Identity: Hashable {
        let manager: PackageManager
        let name: String
        let architecture: String?

        init(_ package: Package) {
            (manager, name, architecture) = (package.manager, package.name, package.architecture)
        }
    }

    /// Compares two whole lists.
    init(before: [Package], after: [Package]) {
        let old = Dictionary(grouping: before, by: Identity.init)
        let new = Dictionary(grouping: after, by: Identity.init)
        added = after.filter { old[Identity($0)] == nil }.sorted()
        removed = before.filter { new[Identity($0)] == nil }.sorted()
        changed = old.compactMap { identity, packages -> (Package, Changed)? in
            guard let now = new[identity], let first = packages.min() else { return nil }
            let versions = (before: packages.sorted().map(\.fullVersion), after: now.sorted().map(\.fullVersion))
            if versions.before == versions.after { return nil }
            return (
                first,
                Changed(
                    manager: identity.manager, name: identity.name, architecture: identity.architecture,
                    before: versions.before, after: versions.after)
            )
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
