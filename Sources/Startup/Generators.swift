/// Which generators of systemd's an image has: programs that add to the units at boot (systemd.generator(7)).

package import ImageReading

/// The directories of generators.
package enum Generators {
    private static let directories: [ImagePath] = [
        "/etc/systemd/system-generators", "/usr/local/lib/systemd/system-generators",
        "/lib/systemd/system-generators", "/usr/lib/systemd/system-generators",
    ]

    /// Where those of the image's owner stand, not those of packages.
    private static let own = directories.prefix(2).map { ScriptFiles.want($0.appending("*")) }

    static let wants: [Want] = directories.map { .names($0.appending("*")) } + own

    /// A generator of the owner's own that speaks of a unit, by its name with or without the type; nil where there is
    /// none that runs.
    static func ownGenerator(speakingOf unit: String, in root: RootFilesystem) -> Evidence? {
        let names: Set<Substring> = [unit[...], unit.prefix { $0 != "." && $0 != "@" }]
        for file in own.flatMap(root.files).compactMap(\.value) where file.permissions & 0o111 != 0 {
            let text = String(decoding: file.bytes, as: UTF8.self)
            let words = text.split { !($0.isLetter || $0.isNumber || "-_.@".contains($0)) }
            if words.contains(where: names.contains) { return file.evidence() }
        }
        return nil
    }

    /// Where a generator of this name stands that is not switched off by a link to /dev/null; nil where there is none.
    package static func generator(_ name: String, in root: RootFilesystem) -> Evidence? {
        for directory in distinct(directories, in: root) {
            let path = directory.appending(name)
            if let target = root.linkTarget(of: path).value, ImagePath(target) == "/dev/null" { return nil }
            if case .present(let entry, _) = root.resolve(path) {
                return entry.kind == .regular && entry.size > 0 ? Evidence(path, realPath: entry.realPath) : nil
            }
        }
        return nil
    }
}
