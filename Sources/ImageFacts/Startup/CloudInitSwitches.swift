/// The switches that keep cloud-init from running (cloud-init's systemd generator, "cloud-init=disabled").

import ByteParsing
import ImageReading

/// Everything that turns cloud-init off before its configuration is read.
struct CloudInitSwitches: Sendable {
    static var wants: [Want] {
        [
            .names("/etc/cloud/cloud-init.disabled"), .names("/etc/cloud/cloud-init.enabled"),
            .contents("/etc/cloud/ds-identify.cfg"), .contents("/etc/systemd/system.conf"),
            .contents("/usr/lib/systemd/system.conf"), .contents("/etc/systemd/system.conf.d/*.conf"),
            .contents("/usr/lib/systemd/system.conf.d/*.conf"), .contents("/lib/systemd/system.conf.d/*.conf"),
        ]
    }

    /// What turns it off; empty where nothing does.
    let disabled: [Evidence]
    /// A switch that cannot be read.
    let problem: (evidence: [Evidence], problem: Problem)?

    init(in root: RootFilesystem, kernel: Observation<BootingKernel>) {
        self.disabled = []
        self.problem = nil
    }
}
