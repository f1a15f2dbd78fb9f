/// What rules say of units that the boot wants and that do not start, or may not: conditions, requirements, deleted jobs.

import ImageFacts
import ImageReading
import Startup

extension [StartHindrance] {
    /// What is in the way of a job of the agent; nil where nothing is.
    func objection(toStarting job: String) -> Verdict? {
        gravest.map { hindrance in
            hindrance.verdict("\(job) is wanted at boot and does not start: \(hindrance.whatFails)")
        }
    }

    /// What is in the way of what that job cannot do without; nil where nothing is.
    func objection(toDockerWith job: String) -> Verdict? {
        gravest.map { hindrance in
            hindrance.verdict(
                """
                \(job) starts at boot, and Docker, without which the agent never runs, does not: \(hindrance.whatFails)
                """)
        }
    }

    /// What a pass says of them, each after a semicolon.
    var words: String {
        filter { $0.weight == .word }.map { "; \($0.unit) has \($0.setting), and \($0.found)" }.joined()
    }
}

extension StartHindrance {
    /// A failure of these words, or where something outside the image decides, what decides it.
    func verdict(_ failure: String) -> Verdict {
        switch weight {
        case .never: .fail(failure, [line] + evidence, remedy: remedy)
        case .depends, .word:
            .undetermined(
                "whether \(unit) starts depends on its \(setting): \(found)", [line] + evidence, remedy: remedy)
        }
    }

    /// `its ConditionPathExists=!/x does not hold: /x is in the image`.
    var whatFails: String {
        switch kind {
        case .condition, .assertion: "\(setting) of \(unit) does not hold: \(found)"
        case .requirement: "\(unit) has \(setting), and \(found)"
        case .account: "\(unit) has \(setting), and \(found)"
        }
    }

    /// The line, or the link that stands for one.
    fileprivate var setting: String { line.text.hasPrefix("->") ? line.path.text : line.text }

    /// `Requires` of `Requires=x.service`; the link that stands for one.
    private var key: String { line.text.hasPrefix("->") ? line.path.text : String(line.text.prefix { $0 != "=" }) }

    private var remedy: [RemedyStep] {
        switch kind {
        case .condition, .assertion:
            let drop = ImagePath("/etc/systemd/system/\(unit).d/conditions.conf")
            if line.path.isWithin("/etc"), let number = line.line {
                return [
                    .edit(
                        line.path, .removeLine(number: number),
                        saying: "take \(key)= out of \(line.path) (line \(number)), or see to it that it holds")
                ]
            }
            return [
                .sentence("take it away by a drop-in, or see to it that it holds on every instance:"),
                .edit(drop, .addLine(text: "[Unit]")), .edit(drop, .addLine(text: "\(key)=")),
            ]
        case .account:
            let name = line.text.drop { $0 != "=" }.dropFirst()
            let program = line.text.hasPrefix("SocketUser") ? "useradd" : "groupadd"
            return [.command("\(program)", "--system", "\(String(name))")]
        case .requirement where line.text.hasPrefix("--containerd") && weight == .never && evidence.isEmpty:
            // Without a place that shows it: there is no such unit.
            return [
                .sentence("install containerd with its unit (the package containerd or containerd.io), started by:"),
                .command("systemctl", "enable", "containerd.service"),
                .sentence("or take --containerd= out of ExecStart=, and dockerd starts a containerd of its own"),
            ]
        case .requirement where line.text.hasPrefix("--containerd"):
            return [
                .command("systemctl", "unmask", "containerd.service"),
                .command("systemctl", "enable", "containerd.service"),
                .sentence("or take --containerd= out of ExecStart=, and dockerd starts a containerd of its own"),
            ]
        case .requirement where weight == .depends:
            return [
                .sentence(
                    """
                    see to it that every instance has what \(key)= names (a device by the AMI's block device \
                    mappings or the launch template), or take it out of \(line.path)
                    """)
            ]
        case .requirement:
            return [
                .sentence(
                    "unmask or install what \(key)= names, or take it out of \(line.path); Wants= does without")
            ]
        }
    }
}

extension DeletedJobs {
    /// What is said of a job of the agent; nil where Docker alone is left out, and started later.
    func objection(toStarting job: String) -> Verdict? {
        let names = needed.joined(separator: " or ")
        switch reach {
        case .dockerLater: return nil
        case .always where cycle.isEmpty:
            return .fail(
                "\(job) is wanted at boot, and systemd leaves out \(names): \(conflict)",
                conflicts.map(\.evidence), remedy: conflictRemedy)
        case .sometimes where cycle.isEmpty:
            return .undetermined(
                "systemd may leave out \(names): \(conflict)", conflicts.map(\.evidence), remedy: conflictRemedy)
        case .always:
            return .fail(
                """
                an ordering cycle: \(chain). systemd breaks it by leaving out \(names), and without that the host \
                takes no jobs
                """, cycle.flatMap(\.evidence), remedy: remedy)
        case .sometimes:
            return .undetermined(
                """
                an ordering cycle: \(chain). systemd breaks it by leaving out one of the jobs, not the same one at \
                each boot, and where it is \(names) the host takes no jobs
                """, cycle.flatMap(\.evidence), remedy: remedy)
        }
    }

    /// What a pass says.
    var word: String {
        guard reach == .dockerLater else { return "" }
        let names = needed.joined(separator: " or ")
        let why = cycle.isEmpty ? conflict : "an ordering cycle (\(chain))"
        return "; systemd may leave out \(names) at first, for \(why), and starts it when the agent asks for it"
    }

    /// `docker.service waits for cloud-final.service, cloud-final.service for multi-user.target and ...`.
    private var chain: String {
        let waits = cycle.enumerated().map { index, wait in
            "\(wait.unit)\(index == 0 ? " waits" : "") for \(wait.after)"
        }
        return waits.dropLast().joined(separator: ", ") + (waits.count > 1 ? " and " : "") + (waits.last ?? "")
    }

    private var conflict: String {
        conflicts.map { "\($0.unit), which starts too, has \($0.evidence.text)" }.joined(separator: ", ")
    }

    private var conflictRemedy: [RemedyStep] {
        conflicts.flatMap { conflict -> [RemedyStep] in
            [
                .command("systemctl", "disable", "\(conflict.unit)"),
                .sentence("or take Conflicts= out of \(conflict.evidence.path)"),
            ]
        }
    }

    /// The way out by the line at fault, which stands first.
    var remedy: [RemedyStep] {
        guard let fault = cycle.first, let place = fault.evidence.first else { return [] }
        let agents = cycle.filter { $0.after == "cloud-final.service" || $0.after == "cloud-init.target" }.map(\.unit)
        let isDropIn = place.path.parent.name.hasSuffix(".d")
        if let agent = agents.first, !isDropIn, !Self.docker.contains(agent), [fault.unit, fault.after].contains(agent)
        {
            return Self.wantedByCloudInit(agent)
        }
        guard let number = place.line else {
            return [
                .sentence("let \(fault.after) be WantedBy=multi-user.target instead of \(fault.unit):"),
                .command("systemctl", "disable", "\(fault.after)"), .sentence("change [Install]"),
                .command("systemctl", "enable", "\(fault.after)"),
            ]
        }
        let words = place.text.split { $0 == "=" || $0 == " " || $0 == "\t" }.map(String.init)
        let key = words.first ?? ""
        let other = key == "Before" ? fault.unit : fault.after
        if place.path.isWithin("/etc"), words.count == 2 {
            let edit = RemedyStep.edit(
                place.path, .removeLine(number: number),
                saying: "take \(other) out of \(key)= in \(place.path) (line \(number))")
            // What has to start early must not wait for what every unit waits for.
            let early = cycle.first { $0.evidence.contains { $0.text.contains("DefaultDependencies=") } }?.unit
            return [edit] + (early.map { [.sentence("or set DefaultDependencies=no in [Unit] of \($0)")] } ?? [])
        }
        return [
            .sentence(
                """
                take \(other) out of \(key)= in \(place.path) (line \(number)), or upgrade the package that brings \
                the file; a drop-in cannot take it away
                """)
        ]
    }

    private static let docker: Set<String> = ["docker.service", "docker.socket", "containerd.service"]

    /// The way out for a unit that waits for user data, which on Debian and its kin waits for multi-user.target.
    static func wantedByCloudInit(_ name: String) -> [RemedyStep] {
        [
            .sentence("let \(name) be WantedBy=cloud-init.target instead of multi-user.target:"),
            .command("systemctl", "disable", "\(name)"), .sentence("change [Install]"),
            .command("systemctl", "enable", "\(name)"),
        ]
    }
}
