/// Which file systems the image itself mounts at boot, by /etc/fstab and by mount units: what lies below is another's.

import Booting
package import ImageReading

/// A file system that is mounted while the host boots.
package struct MountedFileSystem: Hashable, Sendable {
    /// Where.
    package let point: ImagePath
    /// `xfs`, `tmpfs`; empty where a mount unit leaves it to mount(8).
    package let type: String
    /// `noexec`, `pquota`.
    package let options: [String]
    /// The line of fstab, or the one of the unit that names the place.
    package let evidence: Evidence

    /// Whether nothing is in it at first.
    package var isEmptyAtFirst: Bool { ["tmpfs", "ramfs"].contains(type) }

    /// Whether no program of it is executed.
    package var isNotExecutable: Bool { options.forbidExecution }
}

extension ImageStartup {
    /// Every file system that is mounted at boot, the root included, in no order; unreadable where fstab is.
    ///
    /// One that is mounted only when somebody asks (`noauto` without an automount) is none.
    package var mounts: Observation<[MountedFileSystem]> {
        let units = boot.startedNames.sorted().compactMap { name -> MountedFileSystem? in
            guard name.hasSuffix(".mount"), let unit = boot.unit(name).value, let place = unit.value("Mount", "Where")
            else { return nil }
            return MountedFileSystem(
                point: ImagePath(place.value), type: unit.value("Mount", "Type")?.value ?? "",
                options: (unit.value("Mount", "Options")?.value ?? "").split(separator: ",").map(String.init),
                evidence: place.evidence)
        }
        switch Fstab.observe(in: root) {
        case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
        case .absent: return .present(units, units.map(\.evidence))
        case .present(let fstab, let evidence):
            let lines = fstab.lines.filter { line in
                line.type != "swap"
                    && (!line.options.contains("noauto") || line.options.contains("x-systemd.automount"))
            }
            return .present(
                lines.map {
                    MountedFileSystem(point: $0.mountPoint, type: $0.type, options: $0.options, evidence: $0.evidence)
                } + units, evidence)
        }
    }
}

extension [MountedFileSystem] {
    /// The file system that a path lies on: the one mounted nearest above it; nil where none is named.
    package func holding(_ path: ImagePath) -> MountedFileSystem? {
        filter { path.isWithin($0.point) }.max { $0.point.text.utf8.count < $1.point.text.utf8.count }
    }
}
