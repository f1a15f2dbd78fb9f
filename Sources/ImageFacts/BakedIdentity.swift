/// What a machine has of its own and every instance of the image would have alike.

import ByteParsing
public import ImageReading

/// Identities and remains of the machine that the image was made on.
public struct BakedIdentity: Fact {
    /// The kinds of what is left.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case machineID, hostKey, authorizedKeys, lease, hostname, randomSeed, hybridRegistration, history, log,
            temporary
    }

    /// One thing that is left.
    public struct Remain: Codable, Hashable, Sendable {
        /// What it is.
        public let kind: Kind
        /// Where it stands; its content is not kept.
        public let evidence: Evidence
    }

    /// In the order of the kinds.
    public let remains: [Remain]

    private static let machineID = Want.contents("/etc/machine-id", upTo: 4096)
    private static let hostname = Want.contents("/etc/hostname", upTo: 4096)
    private static let registration = Want.contents("/var/lib/amazon/ssm/registration", upTo: 64 << 10)

    /// Names of files that count where they are not empty.
    private static let files: [(Kind, [ImagePath])] = [
        (.hostKey, ["/etc/ssh/ssh_host_*_key"]),
        (.authorizedKeys, ["/root/.ssh/authorized_keys", "/home/*/.ssh/authorized_keys"]),
        (
            .lease,
            ["/var/lib/dhcp/*.leases", "/var/lib/dhclient/*.lease*", "/var/lib/NetworkManager/*.lease"]
        ),
        (
            .randomSeed,
            ["/var/lib/systemd/random-seed", "/var/lib/urandom/random-seed", "/boot/efi/loader/random-seed"]
        ),
        (.history, ["/root/.*_history", "/home/*/.*_history"]),
        (
            .log,
            [
                "/var/log/cloud-init.log", "/var/log/cloud-init-output.log", "/var/log/ecs/*", "/var/log/messages",
                "/var/log/syslog", "/var/log/secure", "/var/log/auth.log",
            ]
        ),
        (.temporary, ["/tmp/*", "/var/tmp/*"]),
    ]

    /// The names, and the contents of three small files.
    public static let wants: [Want] =
        [machineID, hostname, registration] + files.flatMap { $0.1.map { .names($0) } }

    /// Looks for them; what cannot be read is no finding.
    static func observe(in root: RootFilesystem, distribution: Observation<Distribution>) -> BakedIdentity {
        var remains: [Remain] = []
        func text(_ want: Want) -> (File, String)? {
            root[want].value.map { ($0, goTrimmed(String(decoding: $0.bytes, as: UTF8.self))) }
        }
        if let (file, text) = text(machineID), text.utf8.count == 32, text.allSatisfy(\.isHexDigit) {
            remains.append(Remain(kind: .machineID, evidence: file.evidence(line: 1)))
        }
        if let (file, text) = text(hostname), isOwnName(text, distribution.value) {
            remains.append(Remain(kind: .hostname, evidence: file.evidence(line: 1, text)))
        }
        if let (file, text) = text(registration), text.contains("\"mi-") {
            remains.append(Remain(kind: .hybridRegistration, evidence: file.evidence()))
        }
        for (kind, patterns) in files {
            for entry in patterns.flatMap({ root.names(.names($0)).value ?? [] }) {
                guard entry.kind == .regular, entry.size > 0 else { continue }
                remains.append(Remain(kind: kind, evidence: Evidence(entry.path, realPath: entry.realPath)))
            }
        }
        return BakedIdentity(remains: remains)
    }

    /// Whether a name is one machine's: not the one that every image of a distribution has.
    private static func isOwnName(_ name: String, _ distribution: Distribution?) -> Bool {
        let name = name.prefix { $0 != "." && $0 != "\n" }.lowercased()
        return !name.isEmpty && !name.hasPrefix("localhost") && !name.hasPrefix("#") && name != distribution?.id
            && !["debian", "ubuntu", "amazonlinux", "uninitialized"].contains(name)
    }
}
