/// The commented file that a new policy begins with.

public import BatchRules

/// A policy file that changes nothing and names every rule of the catalog, with its level and title.
public func startingPolicy(_ catalog: RuleCatalog) -> String {
    var text = """
        # What amilint asks of the images of this pipeline. As it stands this file changes nothing.
        # Check it with: amilint policy check FILE

        # Rules count as the specification has them; 'required', 'recommended' or 'off' changes that.
        \(examples(of: catalog))
        rules:

        """
    let width = catalog.rules.map(\.id.count).max() ?? 0
    for group in Group.allCases {
        let rules = catalog.rules.filter { $0.group == group }
        if !rules.isEmpty { text += "  # \(group.rawValue): \(group.title)\n" }
        for rule in rules {
            let padding = String(
                repeating: " ", count: width - rule.id.count + "recommended".count - rule.level.rawValue.count)
            text += "  # \(rule.id): \(rule.level.rawValue)\(padding)  # \(rule.title)\n"
        }
    }
    return text + """

        # Which groups of rules are judged, all where it is left out.
        # groups: [\(Group.allCases.map(\.rawValue).joined(separator: ", "))]

        # Which rules fail the command: required, recommended, new (with --baseline) or none.
        # fail-on: required

        # Findings that are accepted: each with a reason and a last day. They stay in every report, marked accepted.
        waivers:
          # - rule: docker-tested
          #   image: "*gpu-*.tar.gz"     # every image, where this is left out
          #   found:                     # accepted as long as the report's evidence says nothing else
          #     - amazon-ecs-init 1.106.1-1
          #     - docker-ce 5:27.3.1-1~debian.12~bookworm
          #   reason: the GPU team tests this pair itself
          #   expires: 2027-01-31
          #   accepted-by: jane@example.com

        """
}

/// A line for each rule that has a parameter, those with one text first.
private func examples(of catalog: RuleCatalog) -> String {
    var texts: [String] = []
    var lists: [String] = []
    for rule in catalog.rules {
        guard let parameter = rule.parameter else { continue }
        switch parameter.form {
        // Without quotes 5.10 is a number to YAML.
        case .text(let example, _): texts.append("#   \(rule.id): {\(parameter.key): \"\(example)\"}")
        case .list(let example, _):
            lists.append("#   \(rule.id): {\(parameter.key): [\(example.joined(separator: ", "))]}")
        }
    }
    let lines = texts + lists
    return (["# \(word(lines.count)) rules have a parameter:"] + lines).joined(separator: "\n")
}

/// `Four`: a number as a sentence begins with it.
private func word(_ number: Int) -> String {
    let words = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"]
    return words.indices.contains(number) ? words[number] : String(number)
}
