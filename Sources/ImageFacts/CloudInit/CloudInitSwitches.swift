/// The switches that keep cloud-init from running, apart from its units (cloud-init's systemd generator, ds-identify).

import Booting
import ByteParsing
import ImageReading
import Startup

/// Everything that turns cloud-init off before its configuration is read.
struct CloudInitSwitches: Sendable {
    private static let file: ImagePath = "/etc/cloud/cloud-init.disabled"
    private static let managers: [Want] =
        [
            "/usr/lib/systemd/system.conf", "/etc/systemd/system.conf", "/lib/systemd/system.conf.d/*.conf",
            "/usr/lib/systemd/system.conf.d/*.conf", "/etc/systemd/system.conf.d/*.conf",
        ].map { .contents($0) }

    static let wants: [Want] = [.names(file)] + managers

    /// What turns it off; empty where nothing does.
    let disabled: [Evidence]
    /// What leaves it running and settles on a data source that is not EC2's; nil where nothing does.
    let otherDataSource: Evidence?
    /// A switch that cannot be read.
    let unknown: Unknown?

    init(
        in root: RootFilesystem, kernel: Observation<BootingKernel>, identification: DataSourceIdentification,
        version: ReleaseVersion?
    ) {
        var disabled: [Evidence] = []
        var unknown: Unknown?
        switch root.names(.names(Self.file)) {
        case .absent: break
        case .present(_, let evidence): disabled += evidence
        case .unreadable(let evidence, let found): unknown = Unknown(evidence, found)
        }

        // The last word on the command line counts, as the generator takes it.
        let arguments = (kernel.value?.commandLine ?? []).filter { $0.hasPrefix("cloud-init=") }
        if let last = arguments.last, last == "cloud-init=disabled" {
            let place = kernel.evidence.first ?? Evidence("/proc/cmdline")
            disabled.append(Evidence(place.path, realPath: place.realPath, line: place.line, last))
        } else if arguments.last == "cloud-init=enabled" {
            disabled = []
        }

        for file in Self.managers.flatMap(root.files) {
            switch file.parsed({ file throws(FormatError) in try UnitFile.read(file) }) {
            case .absent: continue
            case .unreadable(let evidence, let found): unknown = unknown ?? Unknown(evidence, found)
            case .present(let settings, _):
                for directive in settings.directives where directive.isEnvironmentDisabling {
                    disabled.append(
                        Evidence(
                            directive.path, realPath: directive.realPath, line: directive.line,
                            "\(directive.key)= sets KERNEL_CMDLINE to cloud-init=disabled"))
                }
            }
        }

        unknown = unknown ?? identification.unknown
        var other: Evidence?
        switch identification.answer {
        case .off(let evidence): disabled.append(evidence)
        case .nothingFound(let names, let place):
            disabled.append(
                Evidence(
                    place.path, realPath: place.realPath, line: place.line,
                    "ds-identify finds none of \(names.joined(separator: ", ")) on EC2"))
        case .told(let name, let evidence): other = isEC2(name, version) ? nil : evidence
        case .list, .none: break
        }
        otherDataSource = other
        self.disabled = disabled
        self.unknown = unknown
    }
}

extension Directive {
    /// Whether systemd's own configuration gives units an environment in which cloud-init is off.
    fileprivate var isEnvironmentDisabling: Bool {
        guard section == "Manager", key == "DefaultEnvironment" || key == "ManagerEnvironment" else { return false }
        return (systemdWords(value) ?? []).contains { word in
            assignment(word).map { $0.key == "KERNEL_CMDLINE" && $0.value.contains("cloud-init=disabled") } ?? false
        }
    }
}
