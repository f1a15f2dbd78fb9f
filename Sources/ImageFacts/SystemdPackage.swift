/// Which systemd the package database has.

import Startup

extension InstalledPackages {
    /// The version of the package `systemd`, unknown where there is none.
    var systemdVersion: SystemdVersion {
        package(named: "systemd").value.map { SystemdVersion(package: $0.version) } ?? .unknown
    }
}
