/// dockerd's flags, read from the words of ExecStart= as pflag reads them.

import ImageReading
import Startup

/// The flags of every command line of dockerd that a unit holds.
///
/// pflag 1.0 (flag.go: parseArgs), which moby's dockerd uses from 1.13 on: a flag that needs a value takes the next
/// word, whatever it is, and flags may follow other words.
struct DockerCommandLine {
    let environment: Environment
    private(set) var flags: [DockerService.Flag] = []
    private(set) var operands: [Evidence] = []
    /// Whether any command line was dockerd's.
    private(set) var isFound = false
    /// A word whose text cannot be known.
    private(set) var problem: Problem?

    private struct Word {
        let text: String
        /// Whether it stands for what is not known: a variable that nothing sets, in a shell's text too.
        let isUnknown: Bool
        /// Whether it stands in a shell's text, where it may be a redirection.
        let isShellText: Bool
        let evidence: Evidence
    }

    private static let longNames: [Character: String] = [
        "b": "bridge", "D": "debug", "G": "group", "g": "graph", "H": "host", "h": "help", "l": "log-level",
        "p": "pidfile", "r": "restart", "s": "storage-driver", "v": "version",
    ]
    /// The flags that take no value but `=true` or `=false`; moby's cmd/dockerd, all versions.
    static let switches: Set<String> = [
        "allow-direct-routing", "api-enable-cors", "cri-containerd", "daemon", "debug", "disable-legacy-registry",
        "experimental", "help", "icc", "init", "ip-forward", "ip-forward-no-drop", "ip-masq", "ip6tables", "iptables",
        "ipv6", "live-restore", "no-new-privileges", "raw-logs", "restart", "rootless", "selinux-enabled",
        "signature-verification", "tls",
        "tlsverify", "userland-proxy", "validate", "version",
    ]
    /// Flags whose values rules need; none of them can hold a credential, but an address, which is shown without it.
    private static let shownValues: Set<String> = [
        "add-runtime", "allow-nondistributable-artifacts", "api-cors-header", "bip", "bip6", "bridge",
        "bridge-accept-fwmark", "cgroup-parent", "cluster-advertise", "cluster-store", "config-file", "containerd",
        "containerd-namespace", "containerd-plugins-namespace", "cpu-rt-period", "cpu-rt-runtime", "data-root",
        "default-address-pool", "default-cgroupns-mode", "default-gateway", "default-gateway-v6", "default-ipc-mode",
        "default-runtime", "default-shm-size", "default-stop-timeout", "default-ulimit", "dns", "dns-search",
        "exec-opt", "exec-root", "feature", "firewall-backend", "fixed-cidr", "fixed-cidr-v6", "graph", "group", "host",
        "host-gateway-ip", "insecure-registry", "ip", "log-driver", "log-format", "log-level",
        "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts", "metrics-addr", "mtu",
        "network-control-plane-mtu", "network-diagnostic-port", "node-generic-resource", "nri-opts",
        "oom-score-adjust", "registry-mirror", "seccomp-profile", "shutdown-timeout", "storage-driver", "storage-opt",
        "tlscacert", "tlscert", "tlskey", "userland-proxy-path", "userns-remap",
    ]
    private var labelValues: [Substring] = []

    init(environment: Environment) {
        self.environment = environment
    }

    mutating func read(_ line: ExecLine) {
        let words = line.words(in: environment)
        let evidence = line.directive.evidence(showing: .ofRules)
        guard case .text(let text)? = ShellInvocation(words.map(\.text)) else {
            read(words, evidence, byShell: false)
            return
        }
        let variables = Environment(environment.settings, isOpen: true)
        for command in shellCommands(text) {
            read(command.words.flatMap { $0.words(in: variables) }, evidence, byShell: true)
        }
    }

    private mutating func read(_ words: [CommandWord], _ evidence: Evidence, byShell: Bool) {
        guard let (path, arguments) = programBehindWrappers(words.map(\.text)) else { return }
        let program = ImagePath(path).name
        var rest = words[arguments.startIndex...]
        // RHEL calls it dockerd-current; before Docker 1.12 it was `docker daemon`, before 1.8 `docker -d`.
        if program == "docker" || program == "docker-current" {
            guard let mode = rest.firstIndex(where: { ["daemon", "-d", "--daemon"].contains($0.text) }) else { return }
            rest.remove(at: mode)
        } else if !program.hasPrefix("dockerd") {
            return
        }
        isFound = true
        readFlags(
            rest.map { word in
                // A value of an environment file is not expanded once more; what stays of ExecStart= itself, nothing sets.
                Word(
                    text: word.text, isUnknown: word.text.contains("$") && (byShell || word.origin == nil),
                    isShellText: byShell, evidence: word.origin ?? evidence)
            })
    }

    private mutating func readFlags(_ words: [Word]) {
        var words = words[...]
        while let word = words.popFirst() {
            if word.text == "--" {
                words.forEach { addOperand($0) }
                return
            }
            guard word.text.hasPrefix("-"), word.text != "-" else {
                addOperand(word)
                continue
            }
            if word.text.hasPrefix("--") {
                let parts = word.text.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = parts.first.map(String.init) ?? ""
                let value = parts.count > 1 ? String(parts[1]) : Self.switches.contains(name) ? "true" : nil
                add(name, "--" + name, value, word, &words)
                continue
            }
            var letters = word.text.dropFirst()
            while let letter = letters.popFirst() {
                let name = Self.longNames[letter] ?? String(letter)
                let isSwitch = Self.switches.contains(name)
                if letters.first == "=", letters.count > 1 {
                    add(name, "-\(letter)", String(letters.dropFirst()), word, &words)
                    break
                }
                add(name, "-\(letter)", isSwitch ? "true" : letters.isEmpty ? nil : String(letters), word, &words)
                guard isSwitch else { break }
            }
        }
    }

    private mutating func addOperand(_ word: Word) {
        guard !word.isShellText else { return }
        guard !word.isUnknown else {
            problem =
                problem
                ?? Problem(
                    .undecided, at: word.evidence.path, "what \(word.text) stands for on dockerd's command line")
            return
        }
        let isPlain = word.text.utf8.count <= 40 && !word.text.contains { "=:@/".contains($0) }
        operands.append(
            Evidence(
                word.evidence.path, realPath: word.evidence.realPath, line: word.evidence.line,
                isPlain ? "\"\(word.text)\"" : "a word that is no flag"))
    }

    /// Adds a flag; without a value of its own it takes the next word.
    private mutating func add(
        _ name: String, _ written: String, _ own: String?, _ word: Word, _ words: inout ArraySlice<Word>
    ) {
        var value = own
        var isUnknown = word.isUnknown
        if value == nil, !isCertainlyUnknown(name), let next = words.popFirst() {
            value = next.text
            isUnknown = next.isUnknown
        }
        let lacksValue = value == nil
        if isUnknown { value = nil }
        switch name {
        case _ where Self.switches.contains(name) || Self.shownValues.contains(name):
            value = value.map(withoutUserInformation)
        case "label": value = value.map { withoutLabelValue($0, numbering: &labelValues) }
        case "log-opt": value = value.map { String($0.prefix { $0 != "=" }) }
        default: value = nil
        }
        let isSwitch = Self.switches.contains(name) && value == "true"
        flags.append(
            DockerService.Flag(
                name: name, written: written, value: value, lacksValue: lacksValue,
                evidence: Evidence(
                    word.evidence.path, realPath: word.evidence.realPath, line: word.evidence.line,
                    isSwitch ? "--\(name)" : value.map { "--\(name)=\($0)" } ?? "--\(name)")))
    }

    /// Whether no version of dockerd has the flag, so that nothing is known of a value: dockerd ends on it in any case.
    private func isCertainlyUnknown(_ name: String) -> Bool { name.count == 1 || name.isEmpty }
}
