/// Which program is the first process: only its own jobs start at boot.

import ByteParsing
package import ImageReading

/// The init system of an image.
package enum InitSystem: Hashable, Sendable {
    case systemd
    /// The evidence is the program that shows it.
    case upstart(Evidence)
    case sysV(Evidence)

    /// Jobs of upstart's.
    static let upstartJobs = Want.contents("/etc/init/*.conf")

    static let wants: [Want] =
        ["/sbin/init", "/usr/sbin/init", "/sbin/initctl", "/usr/sbin/initctl", "/etc/inittab"].map { .names($0) }
        + ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].map { .names($0) } + [.contents("/etc/inittab")]

    /// What /sbin/init is decides; where there is none, systemd's program or units, then jobs of the others.
    init(in root: RootFilesystem, units: UnitFiles) {
        func evidence(_ paths: ImagePath...) -> Evidence? {
            for path in paths {
                guard let entry = root.names(.names(path)).value?.first else { continue }
                return Evidence(
                    path, realPath: entry.realPath, root.linkTarget(of: path).value.map { "-> \($0)" } ?? "")
            }
            return nil
        }
        let program = evidence("/sbin/init", "/usr/sbin/init")
        let control = evidence("/sbin/initctl", "/usr/sbin/initctl")
        let table = evidence("/etc/inittab")
        if let program {
            if program.text.holds("systemd") {
                self = .systemd
            } else if let control, !control.text.holds("systemctl") {
                self = .upstart(control)
            } else if table != nil {
                self = .sysV(program)
            } else {
                self = .systemd
            }
        } else if evidence("/usr/lib/systemd/systemd", "/lib/systemd/systemd") != nil || !units.names.isEmpty {
            self = .systemd
        } else if control != nil || !root.files(Self.upstartJobs).isEmpty {
            self = .upstart(control ?? Evidence("/etc/init"))
        } else if let table {
            self = .sysV(table)
        } else {
            self = .systemd
        }
    }

    /// Whether it is SysV's own, whose /etc/inittab counts.
    var isSysV: Bool {
        if case .sysV = self { true } else { false }
    }

    /// The program that shows another init system than systemd; nil for systemd.
    package var other: Evidence? {
        switch self {
        case .systemd: nil
        case .upstart(let evidence), .sysV(let evidence): evidence
        }
    }
}
