/// What keeps a service from running although its start job comes: one look at all that systemd does before and after it
/// executes the program (core/execute.c, core/service.c).

package import ImageReading

extension ImageStartup {
    /// The faults of a service, in the order in which systemd would come upon them.
    ///
    /// `writtenByUserData` says which paths user data may write before the service starts.
    package func faults(
        of unit: Unit, writtenByUserData: @escaping (ImagePath) -> Bool = { _ in false }
    ) -> [StartFault] {
        if let refusal = refusal(of: unit) { return [refusal] }
        let check = ServiceCheck(
            unit: unit, startup: self, paths: PathsAtBoot(startup: self, writtenByUserData: writtenByUserData))
        return check.surroundings + check.commands
    }

    /// Why systemd refuses a service as a whole; nil where it loads.
    package func refusal(of unit: Unit) -> StartFault? {
        unit.refusal(by: units.systemd)
    }

    /// The fault of a command whose shell text ends for certain before it comes to what it is there for; nil where it
    /// comes there, or may.
    package func earlyEnd(
        of line: ExecLine, in unit: Unit, before isGoal: @escaping ([String]) -> Bool,
        writtenByUserData: @escaping (ImagePath) -> Bool
    ) -> StartFault? {
        let check = ServiceCheck(
            unit: unit, startup: self, paths: PathsAtBoot(startup: self, writtenByUserData: writtenByUserData))
        guard check.outcomes.ends(line.writtenWords, before: isGoal) else { return nil }
        let script = ShellInvocation(line.writtenWords).map { invocation in
            if case .file(let path) = invocation { ImagePath(path) } else { Optional<ImagePath>.none }
        }
        return StartFault(
            .endsBefore(script: script ?? ImagePath(line.program)), [line.directive.evidenceOfProgram])
    }
}

/// One service and the image that it starts in.
private struct ServiceCheck {
    let unit: Unit
    let startup: ImageStartup
    let paths: PathsAtBoot

    private func expanded(_ text: some StringProtocol) -> String? {
        UnitName(unit.name).flatMap { $0.expandingSpecifiers(text) }
    }

    /// A path of a setting, without the marks before it; nil where it holds what only a running system can say.
    private func path(_ text: some StringProtocol, marks: String = "-+") -> ImagePath? {
        guard let text = expanded(text.drop(while: { marks.contains($0) })), text.hasPrefix("/"), !text.contains("%")
        else { return nil }
        return ImagePath(text)
    }

    private func fault(_ kind: StartFault.Kind, _ absence: Absence?, _ directive: Directive) -> [StartFault] {
        absence.map { [StartFault(kind, doubt: $0.doubt, [directive.evidence])] } ?? []
    }

    // What is set up for every command of the service.

    var surroundings: [StartFault] {
        environmentFiles + accounts + directories + files
    }

    private var environmentFiles: [StartFault] {
        startup.units.missingEnvironmentFiles(of: unit).flatMap { directive in
            // A pattern that nothing matches is as missing as a file; those of more than stars are not looked for.
            guard let path = path(directive.value), !directive.value.contains(where: { "?[".contains($0) }) else {
                return [StartFault]()
            }
            return fault(.noFile(path: path), paths.absence(of: path, for: unit), directive)
        }
    }

    private var accounts: [StartFault] {
        guard !unit.isSet("DynamicUser") else { return [] }
        let accounts = Accounts(root: startup.root)
        var faults: [StartFault] = []
        for (key, kind) in [("User", Accounts.Kind.user), ("Group", .group)] {
            guard let directive = unit.value("Service", key), let name = expanded(directive.value) else { continue }
            faults += fault(
                kind == .user ? .noUser(name: name) : .noGroup(name: name), accounts.absence(of: name, kind), directive)
        }
        for directive in unit.values("Service", "SupplementaryGroups") {
            for word in directive.value.split(whereSeparator: \.isWhitespace) {
                guard let name = expanded(word) else { continue }
                faults += fault(.noGroup(name: name), accounts.absence(of: name, .group), directive)
            }
        }
        return faults
    }

    private static let shutInPaths = [
        "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "ExecPaths", "NoExecPaths", "ReadWriteDirectories",
        "ReadOnlyDirectories", "InaccessibleDirectories", "BindPaths", "BindReadOnlyPaths",
    ]

    private var directories: [StartFault] {
        var faults: [StartFault] = []
        for key in ["RootDirectory", "WorkingDirectory"] {
            guard let directive = unit.value("Service", key), !directive.value.hasPrefix("-"),
                let path = path(directive.value),
                key == "RootDirectory" || unit.value("Service", "RootDirectory") == nil
            else { continue }
            faults += fault(.noDirectory(path: path), paths.absence(of: path, for: unit), directive)
        }
        // What runs with all privileges is not shut in.
        guard unit.execLines("ExecStart").contains(where: { !$0.isPrivileged }) else { return faults }
        for key in Self.shutInPaths {
            for directive in unit.values("Service", key) {
                for word in systemdWords(directive.value) ?? [] where !word.hasPrefix("-") && !word.hasPrefix("+-") {
                    let isBind = key.hasPrefix("Bind")
                    guard let path = path(isBind ? word.prefix { $0 != ":" } : word[...]) else { continue }
                    let absence = paths.absence(of: path, for: unit)
                    let doubt = absence.map { Absence(doubt: $0.doubt ?? doubtOfVersion(key)) }
                    faults += fault(.noDirectory(path: path), doubt, directive)
                }
            }
        }
        return faults
    }

    /// Settings that came with a version are passed over before.
    private func doubtOfVersion(_ key: String) -> StartFault.Doubt? {
        let first = ["ExecPaths": 249, "NoExecPaths": 249, "BindPaths": 233, "BindReadOnlyPaths": 233][key] ?? 231
        return startup.units.systemd.isAtLeast(first) == true ? nil : .version
    }

    private var files: [StartFault] {
        outputs + credentials
    }

    private var outputs: [StartFault] {
        var faults: [StartFault] = []
        for key in ["StandardInput", "StandardOutput", "StandardError"] {
            guard let directive = unit.value("Service", key),
                let colon = directive.value.firstIndex(of: ":"),
                ["file", "append", "truncate"].contains(directive.value[..<colon]),
                let path = path(directive.value[directive.value.index(after: colon)...], marks: "")
            else { continue }
            // A file to write to is made; the directory that it stands in is not.
            let needed = key == "StandardInput" ? path : path.parent
            let absence = paths.absence(of: needed, for: unit)
            faults += fault(
                key == "StandardInput" ? .noFile(path: needed) : .noDirectory(path: needed), absence, directive)
        }
        return faults
    }

    private var credentials: [StartFault] {
        let set = unit.values("Service", "SetCredential") + unit.values("Service", "SetCredentialEncrypted")
        let fallbacks = Set(set.map { $0.value.prefix { $0 != ":" } })
        return ["LoadCredential", "LoadCredentialEncrypted"].flatMap { unit.values("Service", $0) }.flatMap {
            directive in
            let parts = directive.value.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, !fallbacks.contains(parts[0]), let path = path(parts[1], marks: "") else {
                return [StartFault]()
            }
            let absence = paths.absence(of: path, for: unit).map { absence in
                Absence(
                    doubt: absence.doubt ?? (startup.units.systemd.isAtLeast(247) == true ? nil : .version))
            }
            return fault(.noFile(path: path), absence, directive)
        }
    }

    // The commands one after the other.

    /// How its commands end.
    var outcomes: CommandOutcomes {
        CommandOutcomes(
            root: startup.root,
            exists: { path in
                switch startup.root.resolve(path) {
                case .present(let entry, _): paths.writtenByUserData(path) ? .unknown : .there(entry)
                case .absent: paths.absence(of: path, for: unit) == Absence(doubt: nil) ? .missing : .unknown
                case .unreadable: .unknown
                }
            })
    }

    var commands: [StartFault] {
        guard unit.value("Service", "RootDirectory") == nil, unit.value("Service", "RootImage") == nil else {
            return []
        }
        let programs = ServicePrograms(root: startup.root)
        let searches = unit.value("Service", "ExecSearchPath") == nil
        var earlier: [ExecLine] = []
        var faults: [StartFault] = []
        for key in ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"] {
            for line in unit.execLines(key) {
                defer { earlier.append(line) }
                if line.ignoresFailure, key != "ExecStart" { continue }
                let evidence = line.directive.evidenceOfProgram
                if searches || line.program.hasPrefix("/"), let fault = programs.fault(of: line.program) {
                    var doubt = fault.doubt
                    if let missing = fault.missing {
                        guard let absence = paths.absence(of: missing, for: unit, after: earlier) else { continue }
                        doubt = doubt ?? absence.doubt
                    }
                    faults.append(StartFault(fault.kind, doubt: doubt, [evidence]))
                } else if key != "ExecStart", outcomes.fails(line) {
                    faults.append(StartFault(key == "ExecCondition" ? .conditionFails : .commandFails, [evidence]))
                }
            }
        }
        return faults
    }
}
