/// How a unit that does not start at boot comes to do so, by what keeps it from that.

import ImageFacts
import ImageReading
import Startup

extension BootStart {
    /// The steps for a unit that is masked or that nothing wants; none for others.
    func enabling(_ unit: String, _ facts: Facts) -> [RemedyStep] {
        switch self {
        case .masked(let evidence):
            (evidence.last.map { Self.unmasking(unit, by: $0) } ?? []) + [.command("systemctl", "enable", "\(unit)")]
        case .notStarted(let evidence): Self.enabling(unit, evidence, facts)
        case .started, .noUnit, .undetermined: []
        }
    }

    /// What takes one mask away: systemctl knows links in /etc alone.
    private static func unmasking(_ unit: String, by mask: Evidence) -> [RemedyStep] {
        let name = mask.path.name
        guard name == unit || UnitName(name) != nil else {
            return [.sentence("take \(mask.text) off the kernel command line (\(mask.shortPlace)):")]
        }
        if mask.text.hasSuffix(UnitDirectories.leadsNowhere) {
            return [
                .sentence("install the package that brings \(unit) again; the link \(mask.path) leads to nothing:"),
                .edit(mask.path, .removeFile),
            ]
        }
        if mask.path.isWithin("/etc/systemd/system"), mask.text.contains("/dev/null") {
            return [.command("systemctl", "unmask", "\(name)")]
        }
        return [.edit(mask.path, .removeFile)]
    }

    private static func enabling(_ unit: String, _ evidence: [Evidence], _ facts: Facts) -> [RemedyStep] {
        let target = facts.firstProcess.value?.target
        if let target, target.isKnown, !target.startsMultiUser {
            return [.command("systemctl", "set-default", "multi-user.target")]
        }
        let goal = target?.unit ?? "multi-user.target"
        // Enabled already, for what this boot does not come to.
        if evidence.contains(where: { place in
            [".wants", ".requires", ".upholds"].contains { place.path.parent.name.hasSuffix($0) }
        }) {
            return [.command("systemctl", "add-wants", "\(goal)", "\(unit)")]
        }
        guard let file = evidence.first(where: { $0.text == "no [Install] section" }) else {
            return [.command("systemctl", "enable", "\(unit)")]
        }
        let place: ImagePath =
            file.path.isWithin("/etc") ? file.path : ImagePath("/etc/systemd/system/\(unit).d/install.conf")
        return [
            .edit(place, .addLine(text: "[Install]")), .edit(place, .addLine(text: "WantedBy=multi-user.target")),
            .command("systemctl", "enable", "\(unit)"),
        ]
    }
}
