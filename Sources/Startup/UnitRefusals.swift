/// Which settings make systemd refuse a unit as a whole ("bad unit file setting").

import ImageReading

extension UnitFile {
    /// What counts of the file as a drop-in: systemd stops reading it, with a warning, at the first line that it would
    /// refuse a unit file for (core/load-dropin.c).
    func directives(asDropInOf systemd: SystemdVersion) -> [Directive] {
        let end = directives.firstIndex { $0.refusal(by: systemd) != nil } ?? directives.endIndex
        let line = error?.evidence.line ?? .max
        return directives[..<end].filter { $0.line < line }
    }
}

extension Directive {
    private static let commands: Set<String> = [
        "ExecStart", "ExecStartPre", "ExecStartPost", "ExecCondition", "ExecReload", "ExecStop", "ExecStopPost",
    ]

    /// Why systemd gives up the file that this setting stands in (ENOEXEC in core/load-fragment.c); nil where it takes
    /// it, or passes it over.
    func refusal(by systemd: SystemdVersion) -> UnitRefusal? {
        guard section == "Service", !value.isEmpty else { return nil }
        switch key {
        case _ where Self.commands.contains(key): return isPlainCommand ? nil : commandRefusal(by: systemd)
        case "WorkingDirectory":
            return value.hasPrefix("-") || value == "~" || isAbsolute ? nil : .relativePath(setting: key)
        case "RootDirectory", "RootImage": return isAbsolute ? nil : .relativePath(setting: key)
        case "User", "Group": return value.contains { ":/".contains($0) } ? .invalidAccount(name: value) : nil
        case "SupplementaryGroups":
            let names = value.split(whereSeparator: \.isWhitespace)
            return names.first { $0.contains { ":/".contains($0) } }.map { .invalidAccount(name: String($0)) }
        default: return nil
        }
    }

    private var isAbsolute: Bool { value.hasPrefix("/") || value.hasPrefix("%") }

    /// Whether there is nothing in a command that could be refused: nearly all of them.
    private var isPlainCommand: Bool {
        let bytes = value.utf8
        return bytes.first == UInt8(ascii: "/")
            && !bytes.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: ";") }
            && bytes.prefix { $0 != UInt8(ascii: " ") }.last != UInt8(ascii: "/")
    }

    private func commandRefusal(by systemd: SystemdVersion) -> UnitRefusal? {
        let lines = ExecLine.lines(of: self, in: nil, closingQuotes: true)
        for (index, line) in lines.enumerated() where !line.ignoresFailure {
            if line.isCutByQuote {
                // Where the very first word is open, systemd passes the line over.
                return line.writtenWords.count > 1 || index > 0 ? .openQuote : nil
            }
            if line.program.isEmpty || line.program.hasSuffix("/") { return .noAbsolutePath(program: line.program) }
            if line.program.hasPrefix("/") { continue }
            let isName = !line.program.contains("/") && line.program != "." && line.program != ".."
            guard isName, systemd.isAtLeast(239) != false else { return .noAbsolutePath(program: line.program) }
        }
        return nil
    }
}

extension Unit {
    /// Kinds of services; any other word is passed over.
    private static let types: Set<String> = [
        "simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle",
    ]
    private static let restarts: Set<String> = [
        "no", "always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog",
    ]

    /// Type= as it counts, with the line that says so; without one what the rest of the unit makes of it.
    func serviceType(_ systemd: SystemdVersion) -> (name: String, evidence: Evidence?) {
        let known = value("Service", "Type") { Self.types.contains($0) && systemd.knows(type: $0) }
        if let known { return (known.value, known.evidence) }
        if let name = busName { return ("dbus", name.evidence) }
        return (values("Service", "ExecStart").isEmpty ? "oneshot" : "simple", nil)
    }

    private var busName: Directive? {
        value("Service", "BusName") { $0.contains(".") && !$0.contains(" ") }
    }

    /// Why systemd refuses the service (service_verify in core/service.c), the line at fault first; nil where it loads.
    func refusal(by systemd: SystemdVersion) -> StartFault? {
        if let error { return StartFault(.refused(reason: error.refusal), [error.evidence]) }
        for directive in directives where directive.path == path {
            if let refusal = directive.refusal(by: systemd) {
                return StartFault(.refused(reason: refusal), [directive.evidenceOfProgram])
            }
        }
        return commandRefusal(systemd) ?? settingRefusal(systemd)
    }

    private func commandRefusal(_ systemd: SystemdVersion) -> StartFault? {
        let (type, _) = serviceType(systemd)
        let commands = execLines("ExecStart")
        func refused(_ refusal: UnitRefusal, _ places: [Evidence]) -> StartFault {
            StartFault(.refused(reason: refusal), places.isEmpty ? [Evidence(path)] : places)
        }
        if type != "oneshot", commands.count > 1 {
            return refused(.secondCommand, commands.dropFirst().prefix(1).map(\.directive.evidenceOfProgram))
        }
        guard commands.isEmpty else { return nil }
        let isOneshotThatStays = type == "oneshot" && isSet("RemainAfterExit") && !execLines("ExecStop").isEmpty
        guard !isOneshotThatStays, value("Unit", "SuccessAction") == nil else { return nil }
        return refused(.noCommand, directives.filter { $0.key == "ExecStart" }.suffix(1).map(\.evidenceOfProgram))
    }

    private func settingRefusal(_ systemd: SystemdVersion) -> StartFault? {
        let (type, typeEvidence) = serviceType(systemd)
        if type == "dbus", busName == nil {
            return StartFault(.refused(reason: .noBusName), typeEvidence.map { [$0] } ?? [])
        }
        if let pam = value("Service", "PAMName"), let mode = value("Service", "KillMode"),
            ["process", "none"].contains(mode.value)
        {
            return StartFault(.refused(reason: .killModeWithPAM), [pam.evidence, mode.evidence])
        }
        guard type == "oneshot" else { return nil }
        let exitCodes = values("Service", "RestartForceExitStatus").last
        let exitType = value("Service", "ExitType").flatMap { $0.value == "cgroup" ? $0 : nil }
        if let setting = exitCodes ?? exitType, systemd.isAtLeast(250) != false || exitCodes != nil {
            return StartFault(
                .refused(reason: .settingOfOneshot), [setting.evidence] + (typeEvidence.map { [$0] } ?? []))
        }
        guard let restart = value("Service", "Restart", where: Self.restarts.contains), restart.value != "no" else {
            return nil
        }
        let places = [restart.evidence] + (typeEvidence.map { [$0] } ?? [])
        let isRefusedAlways = ["always", "on-success"].contains(restart.value)
        let isOlder = systemd.isAtLeast(244).map { !$0 }
        guard isRefusedAlways || isOlder != false else { return nil }
        return StartFault(
            .refused(reason: .restartOfOneshot(restart: restart.value)),
            doubt: isRefusedAlways || isOlder == true ? nil : .version, places)
    }

    /// Whether a switch of the service is on.
    func isSet(_ key: String) -> Bool {
        value("Service", key).map { ["1", "yes", "y", "true", "t", "on"].contains($0.value.lowercased()) } ?? false
    }
}

extension SystemdVersion {
    /// Types that came later are passed over before, with a warning.
    fileprivate func knows(type: String) -> Bool {
        switch type {
        case "exec": isAtLeast(240) != false
        case "notify-reload": isAtLeast(253) != false
        default: true
        }
    }
}
