/// What the kernel command line tells systemd (kernel-command-line(7), systemd-debug-generator(8)).

import Booting
import ImageReading

/// The words of the boot entry that decide what starts.
struct KernelArguments: Sendable {
    /// systemd.mask=, by unit.
    private(set) var masks: [String: Evidence] = [:]
    /// systemd.wants=.
    private(set) var wants: [Pull] = []
    /// systemd.unit= and the words of old that stand for a target; nil where default.target starts.
    private(set) var unit: Pull?

    /// The words of the boot entry of a kernel; none where it has no boot entry.
    init(_ kernel: Observation<BootingKernel>) {
        let place = kernel.evidence.first ?? Evidence("/proc/cmdline")
        for word in kernel.value?.commandLine ?? [] {
            let evidence = Evidence(place.path, realPath: place.realPath, line: place.line, word)
            guard let equals = word.firstIndex(of: "=") else {
                if let target = Self.targets[word] { unit = Pull(unit: target, evidence: [evidence]) }
                continue
            }
            let name = UnitName.completed(word[word.index(after: equals)...])
            switch word[..<equals] {
            case "systemd.mask": masks[name] = evidence
            case "systemd.wants": wants.append(Pull(unit: name, evidence: [evidence]))
            case "systemd.unit": unit = Pull(unit: name, evidence: [evidence])
            default: continue
            }
        }
    }

    private static let targets = [
        "emergency": "emergency.target", "-b": "emergency.target",
        "rescue": "rescue.target", "single": "rescue.target", "-s": "rescue.target", "s": "rescue.target",
        "S": "rescue.target", "1": "rescue.target",
        "2": "multi-user.target", "3": "multi-user.target", "4": "multi-user.target", "5": "graphical.target",
    ]
}
