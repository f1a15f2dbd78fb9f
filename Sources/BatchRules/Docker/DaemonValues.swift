/// Which values dockerd decodes and then refuses, key by key.

import ByteParsing
import ImageFacts

/// The values of a version of Docker; nil where the version is not known.
///
/// From moby's daemon/config (Validate), opts, registry/config.go (ValidateMirror) and daemon/daemon_unix.go
/// (verifyDaemonSettings) of 20.10 to 29.7.
struct DaemonValues {
    let version: ReleaseVersion?

    /// What is expected in a value's place, and whether it is refused for certain; nil where that is not known.
    struct Refusal {
        let expected: String
        let isRefused: Bool?
    }

    func isFrom(_ numbers: Int...) -> Bool? { version.map { !$0.numbers.lexicographicallyPrecedes(numbers) } }
    func isBefore(_ numbers: Int...) -> Bool? { version.map { $0.numbers.lexicographicallyPrecedes(numbers) } }

    /// Why a value that stands by itself, or in an array, is refused under a key; nil where it is not.
    func refusal(of value: DaemonValue, under key: String) -> Refusal? {
        switch value {
        case .string(let text): refusal(of: text, under: key)
        case .number(let text): Int64(text).flatMap { refusal(of: $0, under: key) }
        default: nil
        }
    }

    /// Why one text, a string or one of an array, is refused under a key; nil where it is not.
    func refusal(of text: String, under key: String) -> Refusal? {
        func unless(_ isAccepted: Bool, _ expected: String, _ isRefused: Bool? = true) -> Refusal? {
            isAccepted || isRefused == false ? nil : Refusal(expected: expected, isRefused: isRefused)
        }
        switch key {
        case "log-level": return refusal(ofLevel: text.lowercased())
        case "log-format": return unless(["", "text", "json"].contains(text), "text or json")
        case "dns": return isFrom(25) == true && text.isEmpty ? nil : unless(isResolver(text), "IP addresses")
        case "dns-search": return unless(isSearchDomain(text), "domain names")
        case "ip", "default-gateway", "default-gateway-v6", "host-gateway-ip":
            return unless(text.isEmpty || isIPAddress(text), "an IP address")
        case "bip", "fixed-cidr": return unless(text.isEmpty || isIPPrefix(text), "an address with its prefix length")
        case "bip6", "fixed-cidr-v6":
            let isPrefix = text.isEmpty || (isIPPrefix(text) && text.contains(":"))
            return unless(isPrefix, "an IPv6 address with its prefix length", key == "bip6" ? true : isFrom(25))
        case "labels": return refusal(ofLabel: text)
        case "node-generic-resources":
            return unless(text.filter { $0 == "=" }.count == 1, "resources written name=value")
        case "hosts":
            return unless(isListenAddress(text), "addresses like unix:///run/docker.sock, fd:// or tcp://IP:PORT")
        case "default-ipc-mode": return unless(["", "private", "shareable"].contains(text), "private or shareable")
        case "default-cgroupns-mode": return unless(["", "private", "host"].contains(text), "private or host")
        case "registry-mirrors": return refusal(ofMirror: text)
        case "insecure-registries":
            let rest = ["http://", "https://"].first { text.lowercased().hasPrefix($0) }.map {
                text.dropFirst($0.count)
            }
            let isName = !text.hasPrefix("-") && !text.hasSuffix("-") && !(rest ?? text[...]).contains("://")
            return unless(isName, "hosts without a scheme")
        case "exec-opts": return refusal(ofExecOption: text)
        case "storage-opts": return unless(text.contains("="), "options written name=value", isBefore(29))
        case "metrics-addr": return unless(text.isEmpty || text.contains(":"), "an address like 127.0.0.1:9323")
        case "userns-remap":
            let isName = text.utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 < 0x7F }
            return unless(isName, "the name of a user that can exist")
        case "firewall-backend": return unless(["", "iptables", "nftables"].contains(text), "iptables or nftables")
        case "bridge-accept-fwmark":
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            return unless(text.isEmpty || parts.allSatisfy(isMark), "a mark like 0x1 or 0x1/0x3")
        case "api-cors-header": return unless(text.isEmpty, "nothing, since Docker 28.0 removed it,", isFrom(28))
        case "graph": return unless(text.isEmpty, "nothing, since Docker 23.0 wants data-root instead,", isFrom(23))
        case "cluster-store", "cluster-advertise":
            return unless(text.isEmpty, "nothing, since Docker 23.0 removed it,", isFrom(23))
        case "userland-proxy-path": return unless(text.isEmpty || text.hasPrefix("/"), "an absolute path", isFrom(25))
        default: return nil
        }
    }

    /// Why a number is refused under a key; nil where it is not.
    func refusal(of number: Int64, under key: String) -> Refusal? {
        let negative = number < 0 ? "a number that is not negative" : nil
        switch key {
        case "max-concurrent-downloads", "max-concurrent-uploads", "default-stop-timeout":
            return negative.map { Refusal(expected: $0, isRefused: true) }
        case "max-download-attempts":
            if number == 0, isBefore(23) != false {
                return Refusal(expected: "a number above 0", isRefused: isBefore(23))
            }
            return negative.map { Refusal(expected: $0, isRefused: true) }
        case "mtu":
            guard let negative, isFrom(23) != false else { return nil }
            return Refusal(expected: negative, isRefused: isFrom(23))
        case "network-diagnostic-port":
            guard !(0...65535).contains(number), isFrom(28) != false else { return nil }
            return Refusal(expected: "a port from 0 to 65535", isRefused: isFrom(28))
        case "oom-score-adjust":
            guard number != 0, isFrom(25) != false else { return nil }
            return Refusal(expected: "0 alone from Docker 25.0 on", isRefused: isFrom(25))
        default: return nil
        }
    }

    private func refusal(ofLevel text: String) -> Refusal? {
        if ["", "panic", "fatal", "error", "warn", "info", "debug", "trace"].contains(text) { return nil }
        // logrus' own name of warn.
        let isRefused = text == "warning" ? isFrom(25) : true
        return isRefused == false
            ? nil : Refusal(expected: "debug, info, warn, error or fatal", isRefused: isRefused)
    }

    private func refusal(ofLabel text: String) -> Refusal? {
        guard text.contains("=") else { return Refusal(expected: "labels written key=value", isRefused: true) }
        let reserved = ["com.docker.", "io.docker.", "org.dockerproject."]
        guard reserved.contains(where: text.lowercased().hasPrefix), isFrom(20, 10) != false else { return nil }
        return Refusal(expected: "labels outside Docker's own names", isRefused: isFrom(20, 10))
    }

    private func refusal(ofMirror text: String) -> Refusal? {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count > 2, ["http:", "https:"].contains(parts[0].lowercased()), parts[1].isEmpty else {
            return Refusal(expected: "addresses beginning with https:// or http://", isRefused: true)
        }
        let rest = parts.dropFirst(2).joined(separator: "/")
        if let mark = rest.first(where: { "?#".contains($0) }) {
            // An empty query or fragment is none.
            if !rest.hasSuffix(String(mark)) || rest.filter({ "?#".contains($0) }).count > 1 {
                return Refusal(expected: "addresses without a query", isRefused: true)
            }
        }
        if parts[2].contains("@") { return Refusal(expected: "addresses without a user", isRefused: true) }
        guard parts.count > 3, !parts[3].isEmpty, isBefore(24, 0, 8) != false else { return nil }
        return Refusal(expected: "addresses without a path before Docker 24.0.8", isRefused: isBefore(24, 0, 8))
    }

    private func refusal(ofExecOption text: String) -> Refusal? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            .map { String($0).trimmingBlanks }
        let name = parts[0].lowercased()
        guard parts.count == 2, name == "native.cgroupdriver", !parts[1].isEmpty else {
            guard isFrom(28) != false else { return nil }
            return Refusal(expected: "native.cgroupdriver=systemd or =cgroupfs alone", isRefused: isFrom(28))
        }
        guard !["cgroupfs", "systemd"].contains(parts[1]) else { return nil }
        return Refusal(expected: "native.cgroupdriver=systemd or =cgroupfs", isRefused: true)
    }

    /// opts.ValidateIPAddress takes blanks around it, net.IP of daemon.json from 25.0 on does not.
    private func isResolver(_ text: String) -> Bool { isIPAddress(isBefore(25) == false ? text : text.trimmingBlanks) }
}

/// opts.ValidateDNSSearch: labels of letters, digits and dashes, at least one letter, or a dot by itself.
private func isSearchDomain(_ text: String) -> Bool {
    var domain = text.trimmingBlanks[...]
    if domain == "." { return true }
    guard domain.utf8.contains(where: \.isASCIILetter) else { return false }
    if domain.hasSuffix(".") { domain = domain.dropLast() }
    guard domain.utf8.count < 255 else { return false }
    return domain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        // Its pattern has `(:?` where `(?:` was meant, and so takes colons in front.
        let name = label.drop { $0 == ":" }
        return !name.isEmpty && !name.hasPrefix("-") && !name.hasSuffix("-")
            && name.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0.isASCIIAlphanumeric }
    }
}

/// opts.ValidateHost and what the listener makes of it.
private func isListenAddress(_ text: String) -> Bool {
    let address = text.trimmingBlanks
    guard !address.isEmpty else { return true }
    let parts = address.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].hasPrefix("//") else { return isTCPAddress(address[...]) }
    let rest = parts[1].dropFirst(2)
    switch parts[0] {
    case "fd": return true
    case "unix", "npipe": return !rest.contains("://")
    case "tcp": return isTCPAddress(rest)
    default: return false
    }
}

private func isTCPAddress(_ text: Substring) -> Bool {
    guard !text.contains("/"), !text.contains(" ") else { return false }
    let tail = text.hasPrefix("[") ? text.drop { $0 != "]" }.dropFirst() : text.drop { $0 != ":" }
    guard !tail.isEmpty, tail != ":" else { return true }
    guard tail.hasPrefix(":"), let port = Int(tail.dropFirst()) else { return false }
    return (1...65535).contains(port)
}

/// strconv.ParseUint with base 0 and 32 bits.
private func isMark(_ text: Substring) -> Bool {
    let digits = text.lowercased().filter { $0 != "_" }
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where digits.hasPrefix(prefix) {
        return UInt32(digits.dropFirst(2), radix: radix) != nil
    }
    return UInt32(digits, radix: digits.count > 1 && digits.hasPrefix("0") ? 8 : 10) != nil
}

extension String {
    /// Without the blanks at both ends.
    fileprivate var trimmingBlanks: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
