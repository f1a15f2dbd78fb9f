/// What SELinux does on the next boot: the mode, the policy that it needs, and whether the kernel has it on at all.

public import Booting
import ByteParsing
public import ImageReading

/// SELinux as /etc/selinux/config and the kernel command line set it (libselinux, src/load_policy.c).
public struct SELinux: Fact {
    /// The modes of selinux(8).
    public enum Mode: String, Codable, Sendable {
        case enforcing, permissive, disabled
    }

    /// The mode that systemd asks libselinux for; disabled where nothing sets one.
    public let mode: Mode
    /// What sets it: the word `enforcing=`, else the line of the file; nil where nothing does.
    public let modeEvidence: Evidence?
    /// `targeted`: the directory below /etc/selinux that holds the policy.
    public let type: String
    /// Whether it holds one; nil where the directory cannot be read.
    public let hasPolicy: Bool?
    /// Whether the kernel that boots has SELinux on; nil where neither its configuration nor its command line says.
    public let isOnInKernel: Bool?
    /// /.autorelabel, with what acts on it; nil where one of them is not there.
    public let relabel: Evidence?

    private static let configuration = Want.contents("/etc/selinux/config")
    private static let generators: [ImagePath] = [
        "/usr/lib/systemd/system-generators/selinux-autorelabel-generator.sh",
        "/lib/systemd/system-generators/selinux-autorelabel-generator.sh",
    ]

    /// The configuration, and names.
    public static let wants: [Want] =
        [configuration] + (["/etc/selinux/*/policy/policy.*", "/.autorelabel"] + generators).map { .names($0) }

    /// Reads them; absent where neither the file nor a word of the command line speaks of SELinux.
    public static func observe(
        in root: RootFilesystem, kernel: Observation<BootingKernel>,
        configuration kernelConfiguration: Observation<KernelConfiguration>
    ) -> Observation<SELinux> {
        let words = kernel.arguments ?? []
        let lines = root[configuration].parsed { file throws(FormatError) in
            try file.lines().map { ($0.text, file.evidence(line: $0.number, $0.text)) }
        }
        if case .unreadable(let evidence, let problem) = lines, !problem.isOfLink {
            return .unreadable(evidence, problem)
        }
        var mode: (mode: Mode, evidence: Evidence)?
        var type = "targeted"
        for (text, evidence) in lines.value ?? [] {
            if text.hasPrefix("SELINUX=") {
                let value = text.dropFirst("SELINUX=".count).lowercased()
                let named = ([.enforcing, .permissive, .disabled] as [Mode]).first { value.hasPrefix($0.rawValue) }
                if let named, mode == nil { mode = (named, evidence) }
            } else if text.hasPrefix("SELINUXTYPE=") {
                type = text.dropFirst("SELINUXTYPE=".count).trimmingSuffix(while: { $0.isWhitespace || $0 == ";" })
            }
        }
        // Only what strstr finds first counts.
        if let word = words.first(where: { $0.text.hasPrefix("enforcing=") }) {
            let isEnforcing = (Int(word.text.dropFirst("enforcing=".count).prefix(while: \.isASCIIDigit)) ?? 0) != 0
            mode = (isEnforcing ? .enforcing : .permissive, word)
        }
        guard mode != nil || lines.value != nil else { return .absent(searched: [configuration.path]) }
        let isPlainName = !type.isEmpty && !type.contains("/") && !type.contains("*")
        let policy =
            isPlainName ? root.names(.names(ImagePath("/etc/selinux/\(type)/policy/policy.*"))) : .absent(searched: [])
        let generator = generators.contains { root.resolve($0).value != nil }
        let relabel = generator ? root.names(.names("/.autorelabel")).value?.first : nil
        return .present(
            SELinux(
                mode: mode?.mode ?? .disabled, modeEvidence: mode?.evidence, type: type,
                hasPolicy: policy.problem == nil ? policy.value != nil : nil,
                isOnInKernel: isOn(words.map(\.text), kernelConfiguration.value),
                relabel: relabel.map { Evidence($0.path) }),
            [mode?.evidence].compactMap(\.self))
    }

    /// Whether the kernel initializes SELinux: its configuration has it, and of the modules that exclude one another it
    /// is the first (Linux security/security.c, ordered_lsm_parse).
    private static func isOn(_ words: [String], _ configuration: KernelConfiguration?) -> Bool? {
        func last(_ key: String) -> Substring? { words.last { $0.hasPrefix(key) }.map { $0.dropFirst(key.count) } }
        if let configuration, configuration.options[.selinux] == nil, configuration.texts[.securityModules] != nil {
            return false
        }
        if last("selinux=") == "0" { return false }
        let exclusive: [Substring] = ["selinux", "apparmor", "smack"]
        func first(of list: Substring) -> Bool {
            list.split(separator: ",").first {
                exclusive.contains($0) && !($0 == "apparmor" && last("apparmor=") == "0")
            } == "selinux"
        }
        if let list = last("lsm=") { return first(of: list) }
        if let name = last("security=") { return name == "selinux" }
        guard let configuration else { return nil }
        if let list = configuration.texts[.securityModules] { return first(of: list[...]) }
        return configuration.isSet(.selinux) ? configuration.isSet(.selinuxByDefault) : nil
    }
}

extension Substring {
    /// Without the characters at its end that `isLeftOut`.
    fileprivate func trimmingSuffix(while isLeftOut: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isLeftOut(last) { text = text.dropLast() }
        return String(text)
    }
}
