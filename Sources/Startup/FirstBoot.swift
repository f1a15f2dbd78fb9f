/// Whether systemd takes the next boot for the machine's first, and which links it then makes.

import ByteParsing
import ImageReading

/// What /etc/machine-id says of the next boot (machine-id(5), "First Boot Semantics").
enum FirstBoot: Sendable {
    /// The file is missing or says `uninitialized`: presets act.
    case yes(Evidence)
    /// It holds an id, or is empty: only the links count.
    case no
    case unknown(Unknown)

    init(in root: RootFilesystem) {
        switch root[.contents("/etc/machine-id")] {
        case .absent: self = .yes(Evidence("/etc/machine-id", "missing: the next boot is a first boot"))
        case .unreadable(let evidence, let problem): self = .unknown(Unknown(evidence, problem))
        case .present(let file, _):
            let text = String(decoding: trimmed(file.bytes.prefix(64)), as: UTF8.self)
            self = text == "uninitialized" ? .yes(file.evidence(line: 1, text)) : .no
        }
    }
}

extension UnitFiles {
    /// Units of these types have one name each.
    private static let typesWithoutAliases: Set<Substring> = ["mount", "slice", "swap", "automount"]

    /// The links that `preset-all` in its enable-only mode makes on first boot: for every unit that the presets
    /// enable, what its [Install] section asks for.
    func presetLinks(
        _ presets: Presets,
        machineID: Evidence
    ) -> (pulls: [String: [Pull]], aliases: [String: Pull]) {
        var added: [String: [Pull]] = [:]
        var aliases: [String: Pull] = [:]
        var enabled: [(unit: String, evidence: [Evidence])] = []
        for name in names {
            let (action, instances, evidence) = presets.action(on: name)
            guard action == .enable, let unitName = UnitName(name) else { continue }
            let instanced = instances.compactMap { UnitName(unitName.with(instance: $0).text)?.text }
            for unit in unitName.isTemplate && !instanced.isEmpty ? instanced : [name] {
                enabled.append((unit, [evidence, machineID].compactMap(\.self)))
            }
        }
        // Also= enables further units with the one that names them.
        var seen = Set(enabled.map(\.unit))
        var next = 0
        while next < enabled.count {
            let (name, evidence) = enabled[next]
            next += 1
            guard masks[name] == nil, case .present(let unit, _) = unit(name) else { continue }
            guard let installed = unit.installedName else { continue }
            for key in systemd.hasUpholds ? ["WantedBy", "RequiredBy", "UpheldBy"] : ["WantedBy", "RequiredBy"] {
                for directive in unit.values("Install", key) {
                    for target in Unit.literalNames(in: directive, of: installed) {
                        // A template without a default instance goes only into the links of other templates.
                        guard !installed.isTemplate || target.instance != nil else { continue }
                        added[target.text, default: []].append(
                            Pull(
                                unit: installed.text, evidence: evidence + [directive.evidence],
                                isRequired: key == "RequiredBy"))
                    }
                }
            }
            for directive in unit.values("Install", "Alias") {
                for alias in Unit.literalNames(in: directive, of: UnitName(name) ?? installed)
                where !Self.typesWithoutAliases.contains(alias.type) {
                    // An instance of a template gives the alias its instance too.
                    let instance = UnitName(name)?.template == nil ? nil : UnitName(name)?.instance
                    let text = alias.isTemplate ? instance.map { alias.with(instance: $0).text } : nil
                    if aliases[text ?? alias.text] == nil {
                        aliases[text ?? alias.text] = Pull(unit: name, evidence: evidence + [directive.evidence])
                    }
                }
            }
            for directive in unit.values("Install", "Also") {
                for other in unit.unitNames(directive) where seen.insert(other).inserted {
                    enabled.append((other, evidence + [directive.evidence]))
                }
            }
        }
        return (added, aliases)
    }
}

extension Unit {
    /// The name under which links to the unit are made: a template's with its DefaultInstance=, where it has one.
    fileprivate var installedName: UnitName? {
        guard let name = UnitName(name), name.isTemplate,
            let instance = value("Install", "DefaultInstance")?.value
        else { return UnitName(name) }
        return UnitName(name.with(instance: instance).text)
    }
}
