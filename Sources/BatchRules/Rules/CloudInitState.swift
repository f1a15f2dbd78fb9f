/// cloud-init-state: cloud-init runs again on a new instance.

import ImageFacts
import ImageReading

extension Rule {
    static let cloudInitState = Rule(
        id: "cloud-init-state",
        level: .recommended,
        title: "cloud-init runs again on a new instance",
        group: .host,
        question: "Will cloud-init read and run the user data of each new instance?",
        reason: """
            cloud-init that does not look at EC2, that takes the instance the image was made from for the new one, or \
            that leaves out user scripts never writes the name of the cluster: the instance registers with `default`, \
            and the jobs stay in RUNNABLE.
            """,
        decidedBy: """
            /etc/cloud/cloud.cfg with /etc/cloud/cloud.cfg.d/*.cfg, or the directory of its conf_d, over it: \
            datasource_list has to hold Ec2, cloud_final_modules scripts-user, allow_userdata must not be false, and \
            manual_cache_clean not true while /var/lib/cloud/instance of a former run is in the image. Where \
            ds-identify runs, its own reading of datasource_list counts, which knows a list on one line alone, and \
            what the kernel command line tells it. A former instance by itself does no harm: its id differs.
            """,
        remedy: """
            `cloud-init clean --logs` as the last step of building the image; remove manual_cache_clean, add Ec2 to \
            datasource_list and scripts-user to cloud_final_modules
            """,
        reference: "https://cloudinit.readthedocs.io/en/latest/reference/base_config_reference.html"
    ) { facts, _ in
        facts.cloudInit.verdict(absent: .notApplicable("there is no cloud-init on the image (see cloud-init)")) {
            cloudInit, _ in
            let absent = Verdict.fail(
                """
                no configuration of cloud-init has scripts-user in cloud_final_modules; looked at \
                \(facts.cloudInitState.searchedPlaces)
                """)
            return facts.cloudInitState.verdict(absent: absent) { state, evidence in
                state.objection ?? cloudInit.objection(toFormer: state.instances)
                    ?? state.verdictWithoutObjection(evidence)
            }
        }
    }
}

extension CloudInit {
    /// Where a former instance is in the image and the first stage, which compares the instances' ids, is passed over.
    fileprivate func objection(toFormer instances: [Evidence]) -> Verdict? {
        guard let former = instances.first,
            let hindrance = hindrances.filter({ $0.unit == "cloud-init-local.service" }).gravest
        else { return nil }
        return .fail(
            """
            cloud-init takes a new instance for the one that left \(former.path): cloud-init-local.service, which would \
            notice, does not start: \(hindrance.whatFails)
            """, [hindrance.line] + hindrance.evidence + instances,
            remedy: [
                .command("cloud-init", "clean", "--logs"),
                .sentence("or take the condition out of \(hindrance.line.path)"),
            ])
    }
}

extension CloudInitState {
    /// What certainly keeps user data from being run.
    fileprivate var objection: Verdict? {
        if let undecodable {
            return .fail(
                "\(undecodable.path) is no UTF-8: every stage of cloud-init ends at it",
                [undecodable], remedy: [.sentence("write \(undecodable.path) anew in UTF-8, or remove it")])
        }
        if let withoutEC2 { return objection(withoutEC2) }
        if let manualCacheClean, !instances.isEmpty {
            return .fail(
                """
                cloud-init takes a new instance for the one that left \(instances[0].path), since manual_cache_clean \
                is true
                """, [manualCacheClean] + instances,
                remedy: [
                    manualCacheClean.withoutLine(named: "manual_cache_clean"),
                    .sentence("and clear away the former instance as the last step of building the image:"),
                    .command("cloud-init", "clean", "--logs"),
                ])
        }
        if let userDataRefused {
            return .fail(
                "cloud-init discards user data: \(userDataRefused.text)",
                [userDataRefused],
                remedy: [userDataRefused.withoutLine(named: "allow_userdata")])
        }
        if let finalModules, !finalModules.values.contains("scripts-user") {
            return .fail(
                "cloud-init runs no scripts of user data: cloud_final_modules is [\(finalModules.values.joined(separator: ", "))]",
                [finalModules.evidence],
                remedy: [.sentence("add scripts-user to cloud_final_modules (\(finalModules.evidence.shortPlace))")])
        }
        return nil
    }

    private func objection(_ withoutEC2: WithoutEC2) -> Verdict {
        switch withoutEC2 {
        case .preceded(let other):
            return .fail(
                """
                cloud-init takes the data source NoCloud before EC2's user data, by \(other.path) (\(other.text))
                """, [other],
                remedy: [.sentence("remove what \(other.path) says of NoCloud, or set datasource_list: [ Ec2, None ]")])
        case .notListed(let list):
            let found = list.values.joined(separator: ", ")
            guard list.evidence.text.hasPrefix("datasource_list") else {
                return .fail(
                    "cloud-init takes the data source \(found), and not Ec2 (\(list.evidence.text))", [list.evidence],
                    remedy: [.sentence("remove \(list.evidence.text) from \(list.evidence.path), or let it name Ec2")])
            }
            let isOtherwise = dataSources.map { $0.values != list.values } ?? true
            let reader = identified != nil && isOtherwise ? ", as ds-identify reads it: a list on one line alone" : ""
            return .fail(
                "cloud-init does not look at EC2: datasource_list is [\(found)]\(reader)", [list.evidence],
                remedy: [list.evidence.overruled(by: "datasource_list: [ Ec2, None ]")])
        }
    }

    fileprivate func verdictWithoutObjection(_ evidence: [Evidence]) -> Verdict {
        if let problem { return .undetermined(problem, evidence) }
        guard let finalModules else {
            return .fail(
                "cloud-init runs no scripts of user data: nothing sets cloud_final_modules", evidence,
                remedy: [
                    .edit(
                        "/etc/cloud/cloud.cfg.d/99_final_modules.cfg",
                        .addLine(text: "cloud_final_modules: [scripts-user]"))
                ])
        }
        let settings = [dataSources?.evidence, finalModules.evidence].compactMap(\.self)
        let passed = passedOver.first.map { "; it passes over \($0.path), which is no mapping in YAML" } ?? ""
        let words = identificationWord + passed
        guard let instance = instances.first else {
            return .pass("cloud-init reads EC2's user data and runs its scripts" + words, settings)
        }
        return .pass(
            """
            cloud-init reads EC2's user data; what a former instance left (\(instance.path)) does no harm, since the \
            new instance has another id\(words)
            """, settings + instances)
    }

    /// That the configuration does not say so, where ds-identify finds EC2 all the same.
    private var identificationWord: String {
        guard let identified, let dataSources, !dataSources.values.contains(where: { $0.lowercased() == "ec2" }) else {
            return ""
        }
        return """
            ; ds-identify, which reads datasource_list only where a whole line of its own holds it, settles on \
            \(identified.values.joined(separator: ", ")) on EC2
            """
    }
}

extension Evidence {
    /// The step that takes away the line of a key at the top of a file, or the file that stands for it.
    fileprivate func withoutLine(named key: String) -> RemedyStep {
        if let line, text.hasPrefix(key) { return .edit(path, .removeLine(number: line)) }
        return line == nil ? .edit(path, .removeFile) : .sentence("remove \(key) from \(shortPlace)")
    }

    /// The step that sets what stands here anew, in a file that cloud-init reads after it.
    fileprivate func overruled(by setting: RemedyText) -> RemedyStep {
        let isFragment = path.parent == "/etc/cloud/cloud.cfg.d"
        guard isFragment || path == "/etc/cloud/cloud.cfg" else {
            return .sentence("write \(setting) on one line for what stands in \(shortPlace)")
        }
        let name = isFragment && path.name >= "99_datasource.cfg" ? "zz_datasource.cfg" : "99_datasource.cfg"
        if path.name == "zz_datasource.cfg" || isFragment && path.name > name {
            return .sentence("write \(setting) on one line for what stands in \(shortPlace)")
        }
        return .edit(ImagePath("/etc/cloud/cloud.cfg.d/\(name)"), .addLine(text: setting))
    }
}
