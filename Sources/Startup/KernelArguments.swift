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
    /// Whether the root can be written to when systemd starts, which mounts it by fstab only later; nil where nothing
    /// shows the command line. Without `ro` and `rw` kernel and initramfs mount it read-only.
    private(set) var isRootWritable: Bool?
    /// What says so: the word, or the boot entry.
    private(set) var rootEvidence: Evidence?

    /// The words of the boot entry of a kernel; none where it has no boot entry.
    init(_ kernel: Observation<BootingKernel>) {
        let place = kernel.evidence.first ?? Evidence("/proc/cmdline")
        // Without a kernel nothing says how the root is mounted by whoever starts it.
        isRootWritable = kernel.isAbsent ? true : kernel.value?.commandLine.map { _ in false }
        rootEvidence = place
        for word in kernel.value?.commandLine ?? [] {
            let evidence = Evidence(place.path, realPath: place.realPath, line: place.line, word)
            guard let equals = word.firstIndex(of: "=") else {
                if word == "rw" || word == "ro" {
                    isRootWritable = word == "rw"
                    rootEvidence = evidence
                }
                if let target = Self.targets[word] { unit = Pull(unit: target, evidence: [evidence]) }
                continue
            }
            let name = UnitName.completed(word[word.index(after: equals)...])
            switch word[..<equals] {
            case "systemd.mask": masks[name] = evidence
            case "systemd.wants": wants.append(Pull(unit: name, evidence: [evidence]))
            case "rootflags" where word[word.index(after: equals)...].split(separator: ",").contains("rw"):
                isRootWritable = true
                rootEvidence = evidence
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
