/// Which requests of a Go program go to a proxy, by the environment that it is given.

import ByteParsing
import GoJSON

/// The exceptions of NO_PROXY as golang.org/x/net/http/httpproxy reads them (proxy.go: init, useProxy), which Go's net/http
/// asks for every request.
public struct ProxyExceptions: Sendable {
    private let text: String
    private let matchesNames: Bool

    /// The exceptions that a value of NO_PROXY makes. Up to x/net 0.35.0 and Go 1.23.6 a name matches the end of an
    /// address too, so that `.254` excepts 169.254.169.254; later ones do not.
    public init(_ text: String, matchingNames matchesNames: Bool) {
        self.text = text
        self.matchesNames = matchesNames
    }

    /// Whether a request to the port 80 of an IPv4 address goes to no proxy.
    public func cover(_ address: String) -> Bool {
        guard let bytes = ipAddress(address[...]), bytes.count == 4 else { return false }
        let entries = text.split(separator: ",").map { goTrimmed(String($0)) }
        return entries.contains("*") || entries.contains { covers(address, bytes, by: $0[...]) }
    }

    private func covers(_ address: String, _ bytes: [UInt8], by entry: Substring) -> Bool {
        guard !entry.isEmpty else { return false }
        if isNetworkPrefix(String(entry)) { return Self.contains(bytes, in: entry) }
        let (host, port) = Self.hostAndPort(entry) ?? (entry, "")
        guard port.isEmpty || port == "80" else { return false }
        if let found = ipAddress(host) { return found.suffix(4) == bytes[...] && Self.isIPv4(found) }
        guard matchesNames, !host.isEmpty else { return false }
        let name = host.hasPrefix("*.") ? host.dropFirst() : host
        return name.hasPrefix(".") ? address.hasSuffix(name) : address == name || address.hasSuffix("." + name)
    }

    /// Whether an address is one of IPv4, written as such or mapped into IPv6.
    private static func isIPv4(_ address: [UInt8]) -> Bool {
        address.count == 4 || address.prefix(10).allSatisfy { $0 == 0 } && address[10...11].allSatisfy { $0 == 0xFF }
    }

    /// Whether a network prefix holds an IPv4 address; one of IPv6 does where all of its mapped part is fixed.
    private static func contains(_ bytes: [UInt8], in prefix: Substring) -> Bool {
        let parts = prefix.split(separator: "/")
        guard let network = parts.first.flatMap(ipAddress), let length = parts.last.flatMap({ Int($0) }),
            isIPv4(network)
        else { return false }
        let bits = length - 8 * (network.count - 4)
        guard bits >= 0 else { return false }
        return zip(network.suffix(4), bytes).enumerated().allSatisfy { index, pair in
            let free = 8 - min(max(bits - 8 * index, 0), 8)
            return (pair.0 ^ pair.1) >> UInt8(free) == 0
        }
    }

    /// What net.SplitHostPort makes of an entry; nil where it makes an error of it.
    private static func hostAndPort(_ entry: Substring) -> (host: Substring, port: Substring)? {
        guard let colon = entry.lastIndex(of: ":") else { return nil }
        var host = entry[..<colon]
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), entry.firstIndex(of: "]") == host.indices.last else { return nil }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        let port = entry[entry.index(after: colon)...]
        return host.contains("[") || host.contains("]") || port.contains { $0 == "[" || $0 == "]" } ? nil : (host, port)
    }
}

/// Whether Go takes the value of HTTP_PROXY for a proxy, be it one that exists or not; an address without a user's name
/// and password, `…` in their place, is taken as with them.
func isProxyToGo(_ text: String) -> Bool {
    let text = text.replacing("…", with: "x")
    return !text.isEmpty && (GoURL(text) != nil || GoURL("http://" + text) != nil)
}

/// The value of HTTP_PROXY as it may be kept: its scheme, host and port, `…` in the place of a user's name and password,
/// whatever characters they have, and of all that is no address. Go takes it for a proxy where it takes the value for one.
func maskedProxy(_ text: String) -> String {
    guard !text.isEmpty else { return text }
    let mask = isProxyToGo(text) ? "…" : "%…"
    let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
    let rest = text[scheme.endIndex...]
    let user = rest.lastIndex(of: "@").map { rest[...$0] } ?? ""
    let address = user.isEmpty ? rest : rest[user.endIndex...]
    guard scheme.dropLast(3).allSatisfy({ $0.isASCII && $0.isLetter }), isAddress(address, hasScheme: !scheme.isEmpty)
    else {
        return mask
    }
    return scheme + (user.isEmpty ? "" : mask + "@") + address
}

/// Whether a text is a host with its port, if it has one, and nothing else; a name alone may be a secret.
private func isAddress(_ text: Substring, hasScheme: Bool) -> Bool {
    let address = text.hasSuffix("/") ? text.dropLast() : text
    let port = address.lastIndex(of: ":").map { address[address.index(after: $0)...] }
    let host = port.map { address[..<$0.startIndex].dropLast() } ?? address
    let isHost = host.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
    let isShown = hasScheme || port != nil || host == "localhost" || ipAddress(host) != nil
    return !host.isEmpty && isHost && isShown && port?.allSatisfy { "0"..."9" ~= $0 } != false
}

/// A text that Go's url.Parse takes (net/url/url.go: parse, parseAuthority, parseHost, unescape); nothing of it is kept.
private struct GoURL {
    init?(_ text: String) {
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count < 2 || Self.unescapes(parts[1]), let (scheme, behind) = Self.scheme(parts[0]) else {
            return nil
        }
        var rest = behind.prefix { $0 != "?" }
        guard rest.hasPrefix("/") else {
            guard scheme.isEmpty, rest.prefix(while: { $0 != "/" }).contains(":") else {
                if scheme.isEmpty, !Self.unescapes(rest) { return nil }
                return
            }
            return nil
        }
        if rest.hasPrefix("//"), !scheme.isEmpty || !rest.hasPrefix("///") {
            let authority = rest.dropFirst(2).prefix { $0 != "/" }
            guard Self.isAuthority(authority) else { return nil }
            rest = rest.dropFirst(2 + authority.count)
        }
        guard Self.unescapes(rest) else { return nil }
    }

    /// What stands before the colon of a scheme, and what behind it; nil where there is a colon and no scheme.
    private static func scheme(_ text: Substring) -> (scheme: Substring, rest: Substring)? {
        for index in text.indices {
            switch text[index] {
            case "a"..."z", "A"..."Z": continue
            case "0"..."9", "+", "-", ".":
                if index == text.startIndex { return ("", text) }
            case ":":
                return index == text.startIndex ? nil : (text[..<index], text[text.index(after: index)...])
            default: return ("", text)
            }
        }
        return ("", text)
    }

    private static func isAuthority(_ text: Substring) -> Bool {
        guard let at = text.lastIndex(of: "@") else { return isHost(text) }
        let user = text[..<at]
        let isUserInformation = user.utf8.allSatisfy { byte in
            isLetterOrDigit(byte) || "-._:~!$&'()*+,;=%@".utf8.contains(byte)
        }
        return isUserInformation && unescapes(user) && isHost(text[text.index(after: at)...])
    }

    private static func isHost(_ text: Substring) -> Bool {
        var port: Substring = ""
        if text.hasPrefix("[") {
            guard let end = text.lastIndex(of: "]") else { return false }
            port = text[text.index(after: end)...]
        } else if let colon = text.lastIndex(of: ":") {
            port = text[colon...]
        }
        guard port.isEmpty || port.first == ":" && port.dropFirst().allSatisfy({ "0"..."9" ~= $0 }) else {
            return false
        }
        // Of what is escaped in a host only bytes beyond ASCII are taken.
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard isEscape(bytes),
                    bytes.first.map({ $0 >= UInt8(ascii: "8") }) ?? false || bytes.starts(with: "25".utf8)
                else { return false }
                bytes = bytes.dropFirst(2)
            } else {
                guard byte >= 0x80 || isLetterOrDigit(byte) || "!$&'()*+,;=:[]<>\"-_.~".utf8.contains(byte) else {
                    return false
                }
            }
        }
        return true
    }

    /// Whether every `%` begins an escape of two hexadecimal digits.
    private static func unescapes(_ text: Substring) -> Bool {
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), !isEscape(bytes) { return false }
        }
        return true
    }

    private static func isEscape(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count > 1
            && bytes.prefix(2).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    true
                default: false
                }
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
