/// Which files and directories are there when a service starts: those of the image, and what its own boot makes.

import Booting
import ImageReading

/// The paths of an image as a service finds them.
struct PathsAtBoot {
    private static let tmpfiles: [Want] = [
        "/etc/tmpfiles.d/*.conf", "/usr/local/lib/tmpfiles.d/*.conf", "/lib/tmpfiles.d/*.conf",
        "/usr/lib/tmpfiles.d/*.conf",
    ].map { .contents($0) }
    /// What is mounted or made at every boot: nothing below is of the image.
    private static let madeAtBoot: [ImagePath] = ["/run", "/var/run", "/dev", "/proc", "/sys", "/tmp", "/var/tmp"]
    private static let directorySettings = [
        "StateDirectory": "/var/lib", "CacheDirectory": "/var/cache", "LogsDirectory": "/var/log",
        "ConfigurationDirectory": "/etc",
    ]

    let startup: ImageStartup
    /// Paths that user data may write before the service starts.
    let writtenByUserData: (ImagePath) -> Bool

    /// Whether nothing stands at a path when `unit` starts, and what may bring it; nil where something does, or where
    /// that cannot be told of an image.
    ///
    /// `earlier` are commands that run before the path is needed, beside those of other units.
    func absence(of path: ImagePath, for unit: Unit, after earlier: [ExecLine] = []) -> Absence? {
        let target: ImagePath
        switch startup.root.resolve(path) {
        case .present: return nil
        case .absent: target = path
        case .unreadable(_, let problem):
            guard problem.code == .danglingLink else {
                // An archive is read once more for the path: whatever may be asked then is asked at once.
                if problem.code == .notRequested { _ = tmpfiles }
                return nil
            }
            target = danglingTarget(problem.path) ?? path
        }
        if Self.madeAtBoot.contains(where: target.isWithin) || isMounted(target) || isMade(target, for: unit) {
            return nil
        }
        if let problem = (tmpfiles.lazy.compactMap(\.problem).first ?? Fstab.observe(in: startup.root).problem) {
            return problem.code == .notRequested ? nil : Absence(doubt: .madeBy(place: problem.description))
        }
        if writtenByUserData(path) { return Absence(doubt: .userData) }
        return Absence(doubt: maker(of: target, unit, earlier).map { .madeBy(place: $0) })
    }

    private func danglingTarget(_ link: ImagePath) -> ImagePath? {
        startup.root.linkTarget(of: link).value.map { $0.hasPrefix("/") ? ImagePath($0) : link.parent.appending($0) }
    }

    /// Whether a file system of /etc/fstab or a mount unit is mounted on the way.
    private func isMounted(_ path: ImagePath) -> Bool {
        let points = Fstab.observe(in: startup.root).value?.lines.map(\.mountPoint) ?? []
        if points.contains(where: { $0 != .root && path.isWithin($0) }) { return true }
        return startup.boot.startedNames.contains { name in
            guard name.hasSuffix(".mount"), let point = startup.boot.unit(name).value?.value("Mount", "Where") else {
                return false
            }
            return path.isWithin(ImagePath(point.value))
        }
    }

    private var tmpfiles: [Observation<File>] { Self.tmpfiles.flatMap(startup.root.files) }

    /// Whether tmpfiles.d, or a *Directory= of a unit that starts, makes it; directories on the way come with it.
    func isMade(_ path: ImagePath, for unit: Unit) -> Bool {
        let lines = tmpfiles.flatMap { file in
            String(decoding: file.value?.bytes ?? [], as: UTF8.self).split(whereSeparator: \.isNewline)
        }
        let makesByTmpfiles = lines.contains { line in
            let fields = line.split(maxSplits: 2, whereSeparator: \.isWhitespace)
            guard fields.count > 1, let type = fields[0].first, "fFdDevqQLCpbc".contains(type) else { return false }
            let made = ImagePath(fields[1])
            return made.isWithin(path) || type == "C" && path.isWithin(made)
        }
        if makesByTmpfiles { return true }
        return ([unit] + started).contains { unit in
            Self.directorySettings.contains { key, parent in
                unit.values("Service", key).contains { directive in
                    directive.value.split(whereSeparator: \.isWhitespace).contains { word in
                        let name = UnitName(unit.name)?.expandingSpecifiers(word) ?? String(word)
                        return ImagePath(parent).appending(name).isWithin(path)
                    }
                }
            }
        }
    }

    private var started: [Unit] {
        startup.boot.startedNames.sorted().compactMap { $0.hasSuffix(".service") ? startup.boot.unit($0).value : nil }
    }

    /// What runs before and speaks of the path, or of a directory on the way that is missing too: it may make it.
    private func maker(of path: ImagePath, _ unit: Unit, _ earlier: [ExecLine]) -> String? {
        var names = [path.text]
        var parent = path.parent
        while parent != .root, startup.root.resolve(parent).isAbsent {
            names.append(parent.text)
            parent = parent.parent
        }
        func speaksOfIt(_ text: String) -> Bool { names.contains { text.contains($0) } }
        if let line = earlier.first(where: { speaksOfIt($0.directive.value) }) { return line.directive.key + "=" }
        let other = started.first { other in
            other.name != unit.name && other.directives.contains { $0.key.hasPrefix("Exec") && speaksOfIt($0.value) }
        }
        if let other { return other.name }
        return startup.bootScripts.all.first { script in
            script.commands.contains { $0.command.texts.contains(where: speaksOfIt) }
        }?.name
    }
}
