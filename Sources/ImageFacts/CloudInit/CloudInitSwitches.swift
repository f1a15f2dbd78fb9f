/// The switches that keep cloud-init from running, apart from its units (cloud-init's systemd generator, ds-identify).

import Booting
import ByteParsing
import ImageReading
import Startup

/// Everything that turns cloud-init off before its configuration is read.
struct CloudInitSwitches: Sendable {
    private static let file: ImagePath = "/etc/cloud/cloud-init.disabled"
    private static let identification = Want.contents("/etc/cloud/ds-identify.cfg")
    private static let managers: [Want] =
        [
            "/usr/lib/systemd/system.conf", "/etc/systemd/system.conf", "/lib/systemd/system.conf.d/*.conf",
            "/usr/lib/systemd/system.conf.d/*.conf", "/etc/systemd/system.conf.d/*.conf",
        ].map { .contents($0) }

    static let wants: [Want] = [.names(file), identification] + managers

    /// What turns it off; empty where nothing does.
    let disabled: [Evidence]
    /// A switch that cannot be read.
    let unknown: Unknown?

    init(in root: RootFilesystem, kernel: Observation<BootingKernel>) {
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

        switch root[Self.identification].parsed({ file throws(FormatError) in (file, try file.lines()) }) {
        case .absent: break
        case .unreadable(let evidence, let found): unknown = unknown ?? Unknown(evidence, found)
        case .present((let file, let lines), _):
            for line in lines where Self.keepsFromEC2(line.text) {
                disabled.append(file.evidence(line: line.number, line.text))
            }
        }
        self.disabled = disabled
        self.unknown = unknown
    }

    /// Whether a line of ds-identify.cfg turns cloud-init off, or settles on a data source that is not EC2's.
    private static func keepsFromEC2(_ line: String) -> Bool {
        guard let colon = line.firstIndex(of: ":") else { return false }
        let key = line[..<colon].filter { !$0.isWhitespace }
        let value = line[line.index(after: colon)...].prefix { $0 != "#" && $0 != "," }.filter { !$0.isWhitespace }
        switch key {
        case "policy": return value == "disabled"
        case "datasource": return !value.isEmpty && value.lowercased() != "ec2"
        default: return false
        }
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
