/// Names of network interfaces that the machine on which the image was made left behind.

import ByteParsing
public import ImageReading

/// udev's rules that give an interface its name by its hardware address (udev(7); written by systemd before 197, and by
/// cloud-init's sysconfig renderer anew on every instance, cloudinit/net/sysconfig.py).
public struct PersistentNetRules: Fact {
    /// The first such rule.
    public let rule: Evidence

    private static let want = Want.contents("/etc/udev/rules.d/70-persistent-net.rules")

    /// The one file.
    public static let wants = [want]

    /// Absent where no rule names an interface by an address; the address is not kept.
    public static func observe(in root: RootFilesystem) -> Observation<PersistentNetRules> {
        let found = root[want].parsed { file throws(FormatError) in
            try file.lines().first { line in
                let words = line.text.split(separator: ",").map { $0.drop { $0 == " " || $0 == "\t" } }
                return words.contains { $0.hasPrefix("ATTR{address}==") || $0.hasPrefix("ATTRS{address}==") }
            }.map { PersistentNetRules(rule: file.evidence(line: $0.number, "an interface named by its address")) }
        }
        return found.flatMap { rules, _ in
            rules.map { .present($0, [$0.rule]) } ?? .absent(searched: [want.path])
        }
    }
}
