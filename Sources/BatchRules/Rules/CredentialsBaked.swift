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
        return .fail(
            "the image holds access keys: \(places)", found.map(\.evidence), remedy: removing(found.map(\.evidence)))
    }

    /// What takes the keys away, from the end of each file: files that hold nothing else as a whole, else line by line.
    private static func removing(_ places: [Evidence]) -> [RemedyStep] {
        var steps: [RemedyStep] = []
        for place in places.sorted(by: { ($0.line ?? 0) > ($1.line ?? 0) }) {
            let step: RemedyStep
            if let line = place.line, place.isOfSettings {
                step = .edit(place.path, .removeLine(number: line))
            } else if place.isOfKeysAlone {
                step = .edit(place.path, .removeFile)
            } else {
                step = .sentence("take the key out of \(place.shortPlace)")
            }
            if !steps.contains(step) { steps.append(step) }
        }
        if places.contains(where: \.isOfSettings) {
            steps.append(.sentence("see that no other line of these files holds one"))
        }
        return steps + [.sentence("and withdraw the keys in IAM: give instances and jobs roles")]
    }
}

extension Evidence {
    /// Whether the file is one of AWS's own tools, what a shell remembers, or what a former instance left.
    fileprivate var isOfKeysAlone: Bool {
        path.parent.name == ".aws" || path.name.hasSuffix("_history") || path.isWithin("/var/lib/cloud/instances")
    }

    /// Whether each of its lines stands for itself.
    fileprivate var isOfSettings: Bool {
        !isOfKeysAlone && !path.isWithin("/etc/cloud")
    }
}
