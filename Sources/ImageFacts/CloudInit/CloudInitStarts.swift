/// What cloud-init adds to the start-up of an image: the link of its generator, and the commands that it runs.

import Booting
import ImageReading
import Startup
import YAMLReading

/// cloud-init as a starter of jobs.
enum CloudInitStarts {
    /// In the order in which cloud-final runs them.
    private static let scriptModules = ["per-once", "per-boot", "per-instance"].map { directory in
        (module: "scripts-\(directory)", want: ScriptFiles.want(ImagePath("/var/lib/cloud/scripts/\(directory)/*")))
    }
    /// What a former boot leaves when it has run the scripts of per-once.
    private static let onceDone = Want.names("/var/lib/cloud/sem/config_scripts_per_once.once")
    static let wants = scriptModules.map(\.want) + [onceDone] + CloudInitConfiguration.wants

    /// The links that its generator makes, by the unit that they make pull in others.
    fileprivate static func generatedLinks(in root: RootFilesystem, switches: CloudInitSwitches) -> [String: [Pull]] {
        guard let generator = Generators.generator("cloud-init-generator", in: root), switches.disabled.isEmpty else {
            return [:]
        }
        // On EC2 ds-identify finds its data source by the machine's own tables, so that the generator links it.
        return ["multi-user.target": [Pull(unit: "cloud-init.target", evidence: [generator])]]
    }

    /// The scripts of per-once, per-boot and per-instance, which cloud-final runs before those of user data, and bootcmd
    /// and runcmd of the configuration that is baked in.
    fileprivate static func scripts(in root: RootFilesystem, configuration: CloudInitConfiguration?) -> BootScripts {
        var all = BootScripts()
        for (module, want) in scriptModules {
            let found = BootScripts([want], manager: .cloudInit, in: root, showing: .ofRules)
            all = all + (idle(module, in: root, configuration).map { found.notStarted($0) } ?? found)
        }
        guard let configuration else { return all }
        return all + BootScripts(["bootcmd", "runcmd"].compactMap { commands($0, in: configuration) })
    }

    /// Why a module does not run its scripts; nil where it does.
    private static func idle(
        _ module: String, in root: RootFilesystem, _ configuration: CloudInitConfiguration?
    ) -> Evidence? {
        if module == "scripts-per-once", let done = root.names(onceDone).value?.first {
            return Evidence(done.path, realPath: done.realPath, "scripts-per-once has run already")
        }
        guard let (value, file) = configuration?.value("cloud_final_modules"), let items = value.items else {
            return nil
        }
        let names = items.compactMap { $0.text ?? $0.items?.first?.text ?? $0["name"]?.text }
        guard !names.contains(where: { $0.replacing("_", with: "-") == module }) else { return nil }
        return file.evidence(line: value.line, "cloud_final_modules without \(module)")
    }

    private static func commands(_ key: String, in configuration: CloudInitConfiguration) -> BootScript? {
        guard let (value, file) = configuration.value(key), let items = value.items else { return nil }
        let commands = items.flatMap { item -> [BootCommand] in
            func command(_ command: ShellCommand, line: Int) -> BootCommand {
                let text = ShownKeys.ofRules.command(command.texts.joined(separator: " "))
                return BootCommand(command, file.evidence(line: line, text))
            }
            if let words = item.items?.compactMap(\.text) {
                return [command(ShellCommand(literal: words, line: item.line), line: item.line)]
            }
            return shellCommands(item.text ?? "").map { command($0, line: item.line + $0.line - 1) }
        }
        let place = file.evidence(line: value.line, key)
        return BootScript(
            name: key, manager: .cloudInit, start: .started(evidence: [place], byPresetOnFirstBoot: false),
            order: key == "runcmd" ? .after(evidence: [place]) : .notOrdered(evidence: [place]), commands: commands)
    }
}

extension ImageStartup {
    /// The start-up with what cloud-init adds to it; evidence shows the variables that rules need.
    init(
        in root: RootFilesystem, kernel: Observation<BootingKernel>, systemd: SystemdVersion = .unknown,
        cloudInit configuration: CloudInitConfiguration?, switches: CloudInitSwitches, architecture: Architecture? = nil
    ) {
        self.init(
            in: root, kernel: kernel, systemd: systemd,
            generated: CloudInitStarts.generatedLinks(in: root, switches: switches),
            scripts: CloudInitStarts.scripts(in: root, configuration: configuration), architecture: architecture,
            showing: .ofRules)
    }
}
