/// What generators add to the units at boot, as far as files of the image decide it (systemd.generator(7)).

import ImageReading

/// Links that generators make below /run.
enum Generators {
    private static let directories: [ImagePath] = [
        "/etc/systemd/system-generators", "/usr/local/lib/systemd/system-generators",
        "/lib/systemd/system-generators", "/usr/lib/systemd/system-generators",
    ]

    static var wants: [Want] {
        directories.map { .names($0.appending("*")) } + CloudInitSwitches.wants
    }

    /// Where a generator of this name stands that is not switched off by a link to /dev/null; nil where there is none.
    static func generator(_ name: String, in root: RootFilesystem) -> Evidence? {
        for directory in distinct(directories, in: root) {
            let path = directory.appending(name)
            if let target = root.linkTarget(of: path).value, ImagePath(target) == "/dev/null" { return nil }
            if case .present(let entry, _) = root.resolve(path) {
                return entry.kind == .regular && entry.size > 0 ? Evidence(path, realPath: entry.realPath) : nil
            }
        }
        return nil
    }

    /// The links, by the unit that they make pull in others.
    static func links(in root: RootFilesystem, kernel: Observation<BootingKernel>) -> [String: [Pull]] {
        var links: [String: [Pull]] = [:]
        if let generator = generator("cloud-init-generator", in: root),
            CloudInitSwitches(in: root, kernel: kernel).disabled.isEmpty
        {
            // On EC2 ds-identify finds its data source by the machine's own tables, so that the generator links it.
            links["multi-user.target"] = [Pull(unit: "cloud-init.target", evidence: [generator])]
        }
        return links
    }
}
