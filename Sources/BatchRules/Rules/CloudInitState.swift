/// cloud-init-state: cloud-init runs again on a new instance.

import ImageFacts
import ImageReading

extension Rule {
    static let cloudInitState = Rule(
        id: "cloud-init-state",
        level: .recommended,
        title: "cloud-init runs again on a new instance",
        clause: .beside,
        question: "Will cloud-init read and run the user data of each new instance?",
        reason: """
            cloud-init that does not look at EC2, that takes the instance the image was made from for the new one, or \
            that leaves out user scripts never writes the name of the cluster: the instance registers with `default`, \
            and the jobs stay in RUNNABLE.
            """,
        decidedBy: """
            /etc/cloud/cloud.cfg with /etc/cloud/cloud.cfg.d/*.cfg over it: datasource_list has to hold Ec2, \
            cloud_final_modules scripts-user, and manual_cache_clean must not be true while /var/lib/cloud/instance \
            of a former run is in the image. A former instance by itself does no harm: its id differs.
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
                a configuration with scripts-user in cloud_final_modules expected, none found; looked at \
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
            cloud-init-local.service, which notices that an instance is another one, expected to start beside what a \
            former instance left (\(former.path)), and \(hindrance.whatFails)
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
        if let dataSources, !dataSources.values.contains("Ec2") {
            return .fail(
                "Ec2 expected in datasource_list, [\(dataSources.values.joined(separator: ", "))] found",
                [dataSources.evidence])
        }
        if let manualCacheClean, !instances.isEmpty {
            return .fail(
                """
                no former instance expected beside manual_cache_clean, and \(instances[0].path) is in the image: \
                cloud-init takes a new instance for it
                """, [manualCacheClean] + instances)
        }
        if let finalModules, !finalModules.values.contains("scripts-user") {
            return .fail(
                "scripts-user expected in cloud_final_modules, [\(finalModules.values.joined(separator: ", "))] found",
                [finalModules.evidence])
        }
        return nil
    }

    fileprivate func verdictWithoutObjection(_ evidence: [Evidence]) -> Verdict {
        if let problem { return .undetermined(problem, evidence) }
        guard let finalModules else {
            return .fail("cloud_final_modules with scripts-user expected, no such key found", evidence)
        }
        let settings = [dataSources?.evidence, finalModules.evidence].compactMap(\.self)
        guard instances.isEmpty else {
            return .pass(
                """
                cloud-init reads EC2's user data; what a former instance left (\(instances[0].path)) does no harm, \
                since the new instance has another id
                """, settings + instances)
        }
        return .pass("cloud-init reads EC2's user data and runs its scripts", settings)
    }
}
