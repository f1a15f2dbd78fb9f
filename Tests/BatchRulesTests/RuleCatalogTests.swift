import Foundation
import Testing

@testable import BatchRules

/// Holds the catalog to account: ids, clauses, files and texts.
@Suite struct RuleCatalogTests {
    static let rules = RuleCatalog.batch.rules
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/BatchRules/Rules").standardizedFileURL

    /// The clauses of the text in its order, then the rules beside it.
    static let order: [String] =
        Clause.allCases.map(\.rawValue).filter { $0.hasPrefix("S") }.sorted {
            (Int($0.dropFirst()) ?? 0) < (Int($1.dropFirst()) ?? 0)
        }

    @Test func rulesAreTheseInTheOrderOfTheSpecification() {
        #expect(
            Self.rules.map { "\($0.id) \($0.level.rawValue) \($0.clause.rawValue)" } == [
                "linux-distribution required S1", "kernel-version required S2", "hvm-virtualization required S3",
                "multi-node-parallel recommended S4", "ecs-agent required S5", "agent-latest recommended S5",
                "awslogs-driver required S6", "docker-version required S7", "docker-runtime required S7",
                "docker-tested recommended S8", "agent-at-boot required S9", "agent-supervised recommended S9",
                "ecs-optimized-base recommended S10", "docker-agent-api required beside",
                "agent-config required beside", "agent-config-lines recommended beside",
                "agent-state-clean required beside", "docker-config required beside", "cloud-init required beside",
                "cloud-init-state recommended beside", "agent-after-user-data recommended beside",
                "cluster-unset recommended beside", "distribution-supported recommended beside",
            ])
        #expect(Self.rules.count == 23)
        var clauses: [String] = []
        for clause in Self.rules.map(\.clause.rawValue) where clauses.last != clause { clauses.append(clause) }
        #expect(clauses == Self.order + ["beside"])
    }

    @Test func idsAreUniqueAndInKebabCase() {
        #expect(Set(Self.rules.map(\.id)).count == Self.rules.count)
        for rule in Self.rules {
            #expect(rule.id.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil, "\(rule.id)")
            #expect(RuleCatalog.batch.rule(rule.id)?.title == rule.title)
        }
        #expect(RuleCatalog.batch.rule("no-such-rule") == nil)
    }

    @Test func everyRuleHasItsOwnFileAndNoFileIsLeftOver() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path())
        let names = Self.rules.map { rule in rule.id.split(separator: "-").map(\.capitalized).joined() }
        #expect(Set(files) == Set(names.map { $0 + ".swift" }))
        for (rule, name) in zip(Self.rules, names) {
            let text = try String(contentsOf: Self.directory.appending(path: name + ".swift"), encoding: .utf8)
            #expect(text.hasPrefix("/// \(rule.id): \(rule.title)."), "\(name)")
            let property = name.prefix(1).lowercased() + name.dropFirst()
            #expect(text.contains("static let \(property) = Rule("), "\(name)")
        }
    }

    @Test(arguments: rules.map(\.id))
    func everyTextIsFilledInAndReadable(_ id: String) throws {
        let rule = try #require(RuleCatalog.batch.rule(id))
        for text in [rule.title, rule.question, rule.reason, rule.decidedBy, rule.remedy, rule.reference] {
            #expect(!text.isEmpty)
            #expect(text == text.trimmingCharacters(in: .whitespacesAndNewlines))
            #expect(!text.contains("  ") && !text.contains("\n"), "\(text)")
        }
        #expect(rule.question.hasSuffix("?"))
        #expect(rule.reason.hasSuffix("."))
        #expect(rule.decidedBy.hasSuffix("."))
        #expect(!rule.title.hasSuffix("."))
        let reference = try #require(URL(string: rule.reference))
        #expect(reference.scheme == "https" && reference.host()?.contains(".") == true)
    }
}
