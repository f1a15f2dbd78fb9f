/// What dockerd objects to on its command line: flags and words that its version does not know, values that it refuses.

import ByteParsing
import ImageFacts
import ImageReading

extension DaemonObjections {
    /// The command line, as pflag reads it from Docker 1.13 on; before, it is not judged.
    ///
    /// moby's cmd/dockerd (from 29.0 daemon/command), and github.com/spf13/pflag and cobra as vendored there.
    mutating func judgeCommandLine(of service: DockerService) {
        guard isFrom(1, 13) != false else { return }
        for flag in service.flags { judgeFlag(flag) }
        for word in service.operands {
            let isVariable = word.text.hasPrefix("\"${")
            let why = isVariable ? ": systemd does not expand it in the value of a variable" : ""
            add(
                true,
                "\(line(word))dockerd takes flags alone and ends on any other word; \(word.text) found\(why)", [word],
                remedy: .sentence("take \(word.text) out of \(word.path), and give all flags in one value there"))
        }
    }

    private mutating func judgeFlag(_ flag: DockerService.Flag) {
        let options = DaemonOption.set(byFlag: flag.name)
        // Of a Docker whose version is not known, what any version has is let pass.
        let answers = options.map { version == nil ? true : $0.isKnown(to: version) }
        let remove = RemedyStep.sentence("remove the flag \(flag.written) in \(flag.evidence.path)")
        guard answers.contains(true) else {
            let mayBeUnlisted = options.isEmpty && version.map { $0 < DaemonOption.firstVersionNotListed } != true
            return add(
                mayBeUnlisted || answers.contains(nil) ? nil : true,
                "\(line(flag.evidence))the flag \(flag.written) is none that \(label) is known to have",
                [flag.evidence], remedy: remove, instead(of: flag))
        }
        if flag.lacksValue {
            add(
                true, "\(line(flag.evidence))\(flag.written) has no value behind it", [flag.evidence],
                remedy: remove)
        }
        guard let value = flag.value,
            let option = options.first(where: { version == nil || $0.isKnown(to: version) == true }),
            let refusal = refusal(of: value, by: option)
        else { return }
        add(
            refusal.isRefused,
            "\(line(flag.evidence))--\(flag.name) is \"\(value)\" (expected: \(refusal.expected))",
            [flag.evidence], remedy: remove, .sentence("or give it \(refusal.expected) instead"))
    }

    private func instead(of flag: DockerService.Flag) -> RemedyStep {
        flag.name == "graph"
            ? .sentence("and say --data-root in its place") : .sentence("or install a Docker that knows it")
    }

    private func refusal(of text: String, by option: DaemonOption) -> DaemonValues.Refusal? {
        func unless(_ isAccepted: Bool, _ expected: String) -> DaemonValues.Refusal? {
            isAccepted ? nil : DaemonValues.Refusal(expected: expected, isRefused: true)
        }
        let key = option.key ?? option.flag ?? ""
        switch option.shape {
        case .boolean where ["help", "version", "validate"].contains(key):
            return unless(text == "false", "a flag that lets dockerd start")
        case .boolean: return unless(isGoBoolean(text), "true or false")
        case .integer:
            guard let number = goInteger(text) else { return unless(false, "a whole number") }
            return values.refusal(of: number, under: key)
        case .size: return unless(isSize(text), "a size like 64M")
        case .text, .texts: return values.refusal(of: text, under: key)
        case .address: return unless(isIPAddress(text), "an IP address")
        case .addresses:
            let parts = key == "dns" && isFrom(25) == true && isFrom(29) == false
            let addresses = parts ? text.split(separator: ",").map(String.init) : [text]
            return addresses.lazy.compactMap { values.refusal(of: $0, under: "dns") }.first
        case .textMap, .proxies: return nil
        case .switches:
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return unless(parts[0] != "" && (parts.count == 1 || isGoBoolean(String(parts[1]))), "name or name=true")
        case .driverOptions: return unless(text.filter { $0 == "=" }.count >= 2, "driver=name=value")
        case .ulimits: return unless(isUlimit(text), "a limit like nofile=1024:4096")
        case .runtimes:
            let parts = text.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return unless(false, "name=program") }
            return unless(parts[0].lowercased() != "runc", "another name than runc, which is Docker's own,")
        case .addressPools: return unless(isPool(text), "base=PREFIX,size=NUMBER")
        case .nodeResourceInterface:
            return unless(isResourceInterface(text), "enable, plugin-path=, plugin-config-path= or socket-path=")
        case .builder: return nil
        }
    }
}

/// strconv.ParseBool.
func isGoBoolean(_ text: String) -> Bool {
    ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"].contains(text)
}

/// strconv.ParseInt with base 0.
private func goInteger(_ text: String) -> Int64? {
    let sign = text.hasPrefix("-") ? "-" : ""
    let digits = text.drop { "+-".contains($0) }.lowercased()
    guard text.count - digits.count <= 1 else { return nil }
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where digits.hasPrefix(prefix) {
        return Int64(sign + digits.dropFirst(2), radix: radix)
    }
    return Int64(sign + digits, radix: digits.count > 1 && digits.hasPrefix("0") ? 8 : 10)
}

/// go-units' ParseUlimit: `name=soft[:hard]`, a soft limit that is not above the hard one.
private func isUlimit(_ text: String) -> Bool {
    let names: Set<Substring> = [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
        "rttime", "sigpending", "stack",
    ]
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, names.contains(parts[0]) else { return false }
    let limits = parts[1].split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
    guard 1...2 ~= limits.count, let soft = limits[0], let hard = limits.last ?? nil else { return false }
    return hard == -1 || (soft != -1 && soft <= hard)
}

private func isPool(_ text: String) -> Bool {
    text.lowercased().split(separator: ",", omittingEmptySubsequences: false).allSatisfy { field in
        field.hasPrefix("base=") || (field.hasPrefix("size=") && Int(field.dropFirst(5)) != nil)
    }
}

private func isResourceInterface(_ text: String) -> Bool {
    text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { field in
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts[0] == "enable" { return parts.count == 1 || parts[1] == "" || isGoBoolean(String(parts[1])) }
        return ["plugin-path", "plugin-config-path", "socket-path"].contains(parts[0])
    }
}
