/// Which generators of systemd's an image has: programs that add to the units at boot (systemd.generator(7)).

package import ImageReading

/// The directories of generators.
package enum Generators {
    private static let directories: [ImagePath] = [
        "/etc/systemd/system-generators", "/usr/local/lib/systemd/system-generators",
        "/lib/systemd/system-generators", "/usr/lib/systemd/system-generators",
    ]

    static let wants: [Want] = directories.map { .names($0.appending("*")) }

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
