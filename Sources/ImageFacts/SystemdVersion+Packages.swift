/// The version of systemd, as the package databases record it.

import PackageDatabases
import Startup

extension InstalledPackages {
    /// The version of the package systemd; unknown where none is recorded.
    var systemdVersion: SystemdVersion {
        package(named: "systemd").value.map { SystemdVersion(package: $0.version) } ?? .unknown
    }
}
