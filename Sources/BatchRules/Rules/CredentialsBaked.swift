/// credentials-baked: no access keys in the image.

import ImageFacts
import ImageReading

extension Rule {
    static let credentialsBaked = Rule(
        id: "credentials-baked",
        level: .recommended,
        title: "no access keys in the image",
        group: .hygiene,
        question: "Is the image free of access keys of AWS accounts?",
        reason: """
            Whoever may start the image, or run a job on its hosts, reads the keys and acts with them. The agent prefers \
            them to the instance's role, and fails with them once they are withdrawn.
            """,
        decidedBy: """
            Identifiers and secrets of keys in the files of ~/.aws, ecs.config, units and drop-ins below \
            /etc/systemd/system, environment files, cloud-init's configuration and the user data of a former instance, \
            shells' start files and histories. Comments and the examples of AWS's documentation are none. A key is named \
            by place and kind, never shown.
            """,
        remedy: "remove the keys, withdraw them in IAM, and give instances and jobs roles",
        reference: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
    ) { facts, _ in
        let found = facts.bakedCredentials.findings
        guard !found.isEmpty else {
            guard let problem = facts.bakedCredentials.problem else {
                return .pass("no access key was found where they are usually left")
            }
            return .undetermined(problem, [Evidence(problem.path)])
        }
        let places = shortened(found.map { "\($0.evidence.prefix)\($0.kind.name)" })
        return .fail("the image holds access keys: \(places)", found.map(\.evidence))
    }
}
