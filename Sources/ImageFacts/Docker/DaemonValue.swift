/// A value of dockerd's configuration file with its parts, for each version of Docker to decode as it does.

import GoJSON

/// A JSON value of daemon.json.
///
/// Text is kept only where a rule needs it and it can hold no credential; of an address the part before `@` is left out,
/// and of a label the value.
public indirect enum DaemonValue: Codable, Hashable, Sendable {
    case null
    case boolean(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    /// A string whose text is not kept.
    case hiddenString
    case array([DaemonValue])
    /// The members in their order, those of one name too.
    case object([Member])

    /// A name and its value, in an object.
    public struct Member: Codable, Hashable, Sendable {
        /// As it is written.
        public let name: String
        /// The line that the name stands on, 1-based.
        public let line: Int
        /// What it is set to.
        public let value: DaemonValue

        /// A member that stands on a line.
        public init(name: String, line: Int, value: DaemonValue) {
            self.name = name
            self.line = line
            self.value = value
        }
    }

    /// The members of an object; nil for any other value.
    public var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements of an array; nil for any other value.
    public var elements: [DaemonValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text of a string that is kept; nil for any other value.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A boolean or number as it is written, a string that is kept in double quotes, else what kind of value it is.
    public var label: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .number(let text): text
        case .string(let text): "\"\(text)\""
        case .hiddenString: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension DaemonValue {
    /// Keys below which text is kept: what rules look at, none of which can hold a credential.
    private static let shownKeys: Set<String> = [
        "Name", "allow-nondistributable-artifacts", "api-cors-header", "bip", "bip6", "bridge", "bridge-accept-fwmark",
        "builder", "cgroup-parent", "cluster-advertise", "cluster-store", "data-root", "default-address-pools",
        "default-cgroupns-mode", "default-gateway", "default-gateway-v6", "default-ipc-mode", "default-runtime",
        "default-shm-size", "dns", "dns-search", "exec-opts", "firewall-backend", "fixed-cidr", "fixed-cidr-v6",
        "graph", "host-gateway-ip", "host-gateway-ips", "hosts", "insecure-registries", "ip", "labels", "log-driver",
        "log-format", "log-level", "metrics-addr", "min-api-version", "mode", "node-generic-resources", "path",
        "registry-mirrors", "runtimeType", "seccomp-profile", "storage-driver", "storage-opts", "tlscacert", "tlscert",
        "tlskey", "userland-proxy-path", "userns-remap",
    ]

    /// A value as Go reads it, below the members called `names`, outermost first.
    init(_ value: GoValue, below names: [String]) {
        switch value.kind {
        case .null: self = .null
        case .bool(let value): self = .boolean(value)
        case .number(let text): self = .number(text)
        case .string(let text):
            let isShown = text.isEmpty || names.contains(where: Self.shownKeys.contains)
            self = isShown ? .string(withoutUserInformation(text)) : .hiddenString
        case .array(let elements):
            guard names.last == "labels" else {
                self = .array(elements.map { DaemonValue($0, below: names) })
                return
            }
            var values: [Substring] = []
            self = .array(
                elements.map { element in
                    guard case .string(let text) = element.kind else { return DaemonValue(element, below: names) }
                    return .string(withoutLabelValue(text, numbering: &values))
                })
        case .object(let members):
            self = .object(
                members.map { member in
                    Member(
                        name: member.name, line: member.line,
                        value: DaemonValue(member.value, below: names + [member.name]))
                })
        }
    }
}

/// `https://user:password@mirror` without what stands before the `@`.
func withoutUserInformation(_ text: String) -> String {
    var parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count > 2, parts[0].hasSuffix(":"), parts[1].isEmpty, let at = parts[2].lastIndex(of: "@") else {
        return text
    }
    parts[2] = "…" + parts[2][at...]
    return parts.joined(separator: "/")
}

/// `key=value` with the number of the value in its place, equal ones by one number; text without `=` as it is.
func withoutLabelValue(_ text: String, numbering values: inout [Substring]) -> String {
    guard let equals = text.firstIndex(of: "=") else { return text }
    let value = text[text.index(after: equals)...]
    if !values.contains(value) { values.append(value) }
    return text[...equals] + "…" + String((values.firstIndex(of: value) ?? 0) + 1)
}

extension DaemonValue.Member {
    /// Whether Go stores it in the field of this name: names match in any case.
    package func isStored(inField field: String) -> Bool { GoValue.isField(name, field) }
}

/// Whether Go's net.ParseIP takes a text: an IPv4 or IPv6 address.
package func isIPAddress(_ text: String) -> Bool { !text.contains("/") && isNetworkPrefix(text + "/0") }

/// Whether Go's net.ParseCIDR takes a text: an address, a slash and the length of the prefix in bits.
package func isIPPrefix(_ text: String) -> Bool { isNetworkPrefix(text) }
