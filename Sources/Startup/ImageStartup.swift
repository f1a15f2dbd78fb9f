/// What starts when an image boots: the one value that is asked of units, jobs and scripts.

package import Booting
package import ImageReading

/// The start-up of an image, worked out once.
///
/// It knows systemd, upstart and SysV init, and of other programs what it is given: links that their generators make,
/// scripts that they run, and which environment variables may be shown.
package struct ImageStartup {
    /// What is read of an image.
    package static let wants: [Want] =
        UnitFiles.wants + Presets.wants + Generators.wants + InitSystem.wants + UpstartJobs.wants + SysVScripts.wants
        + BootScripts.wants + Accounts.wants + ServicePrograms.wants

    /// The image.
    package let root: RootFilesystem
    /// The environment variables whose values evidence may show.
    package let shownKeys: ShownKeys
    /// The kernel that boots, with its command line.
    package let kernel: Observation<BootingKernel>
    /// What its programs are built for; nil where that is not known.
    package let architecture: Architecture?
    /// systemd's units, whether or not they start.
    package let units: UnitFiles
    /// What systemd starts.
    package let boot: Boot
    /// Which program is the first process.
    package let initSystem: InitSystem
    /// upstart's jobs.
    package let upstartJobs: UpstartJobs
    /// Init scripts.
    package let initScripts: SysVScripts
    /// Scripts that run without being jobs of an init system.
    package let bootScripts: BootScripts
    /// What those start by commands.
    package let commandedStarts: CommandedStarts

    /// Works it out.
    ///
    /// `kernel` gives the command line, with its systemd.mask=, systemd.wants= and systemd.unit=; `generated` are links
    /// that generators make, by the unit that they make pull in others; `scripts` run after rc.local and before cron's.
    package init(
        in root: RootFilesystem, kernel: Observation<BootingKernel>, systemd: SystemdVersion = .unknown,
        generated: [String: [Pull]] = [:], scripts: BootScripts = BootScripts(), architecture: Architecture? = nil,
        showing keys: ShownKeys
    ) {
        let arguments = KernelArguments(kernel)
        let units = UnitFiles(in: root, masks: arguments.masks, systemd: systemd)
        let initSystem = InitSystem(in: root, units: units)
        let bootScripts =
            BootScripts.localScripts(in: root, showing: keys) + scripts + .cronTables(in: root, showing: keys)
        self.root = root
        self.kernel = kernel
        self.architecture = architecture
        shownKeys = keys
        self.units = units
        let boot = Boot(of: units, kernel: arguments, generated: generated)
        self.boot = boot
        self.initSystem = initSystem
        upstartJobs = UpstartJobs(in: root, initSystem: initSystem, showing: keys)
        initScripts = SysVScripts(in: root, units: units, initSystem: initSystem)
        self.bootScripts = bootScripts
        commandedStarts = CommandedStarts(by: bootScripts, units: units, boot: boot, initSystem: initSystem)
    }

    /// What a unit's service is started with; unreadable where one of its environment files is.
    package func environment(of unit: Unit) -> Observation<Environment> {
        units.environment(of: unit, showing: shownKeys)
    }
}
