/// What cloud-init adds to the start-up of an image: the link of its generator, and the commands that it runs.

import Booting
import ImageReading
import Startup
import YAMLReading

/// cloud-init as a starter of jobs.
enum CloudInitStarts {
    private static let perBoot = ScriptFiles.want("/var/lib/cloud/scripts/per-boot/*")
    static let wants = [perBoot] + CloudInitConfiguration.wants

    /// The links that its generator makes, by the unit that they make pull in others.
    fileprivate static func generatedLinks(in root: RootFilesystem, switches: CloudInitSwitches) -> [String: [Pull]] {
        guard let generator = Generators.generator("cloud-init-generator", in: root), switches.disabled.isEmpty else {
            return [:]
        }
        // On EC2 ds-identify finds its data source by the machine's own tables, so that the generator links it.
        return ["multi-user.target": [Pull(unit: "cloud-init.target", evidence: [generator])]]
    }

    /// The scripts of per-boot, which cloud-final runs before those of user data, and bootcmd and runcmd of the
    /// configuration that is baked in.
    fileprivate static func scripts(in root: RootFilesystem, configuration: CloudInitConfiguration?) -> BootScripts {
        let perBoot = BootScripts([perBoot], manager: .cloudInit, in: root, showing: .ofRules)
        guard let configuration else { return perBoot }
        return perBoot + BootScripts(["bootcmd", "runcmd"].compactMap { commands($0, in: configuration) })
    }

    private static func commands(_ key: String, in configuration: CloudInitConfiguration) -> BootScript? {
        guard let (value, file) = configuration.value(key), let items = value.items else { return nil }
        let commands = items.flatMap { item -> [(words: [String], evidence: Evidence)] in
            func evidence(_ words: [String], line: Int) -> Evidence {
                file.evidence(line: line, ShownKeys.ofRules.command(words.joined(separator: " ")))
            }
            if let words = item.items?.compactMap(\.text) { return [(words, evidence(words, line: item.line))] }
            return shellCommands(item.text ?? "").map { words, line in
                (words, evidence(words, line: item.line + line - 1))
            }
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
