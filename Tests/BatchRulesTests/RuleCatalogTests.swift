import Foundation
import ImageFacts
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

    @Test func everyClauseIsCoveredInTheOrderOfTheSpecification() {
        var clauses: [String] = []
        for clause in Self.rules.map(\.clause.rawValue) where clauses.last != clause { clauses.append(clause) }
        #expect(clauses == Self.order + ["beside"])
        #expect(Self.rules.allSatisfy { ($0.group == .specification) == ($0.clause != .beside) })
        #expect(Self.rules.allSatisfy { $0.otherLevel != $0.level })
    }

    @Test func idsAreUniqueAndInKebabCase() {
        #expect(Set(Self.rules.map(\.id)).count == Self.rules.count)
        for rule in Self.rules {
            #expect(rule.id.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil, "\(rule.id)")
            #expect(RuleCatalog.batch.rule(rule.id)?.title == rule.title)
        }
        #expect(RuleCatalog.batch.rule("no-such-rule") == nil)
    }

    @Test func everyRuleHasItsOwnTests() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let paths = try FileManager.default.subpathsOfDirectory(atPath: tests.path())
        let files = Set(paths.compactMap { $0.split(separator: "/").last })
        for name in Self.rules.map(Self.fileName) { #expect(files.contains("\(name)Tests.swift"), "for \(name).swift") }
    }

    /// `AwslogsDriver` for `awslogs-driver`.
    private static func fileName(_ rule: Rule) -> String {
        rule.id.split(separator: "-").map(\.capitalized).joined()
    }

    @Test func everyRuleHasItsOwnFileAndNoFileIsLeftOver() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path())
        let names = Self.rules.map(Self.fileName)
        #expect(Set(files).symmetricDifference(names.map { $0 + ".swift" }) == [])
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
        #expect((rule.consequence != nil) == (rule.level == .required || rule.otherLevel == .required))
        let texts = [rule.title, rule.question, rule.reason, rule.decidedBy, rule.remedy, rule.reference]
        for text in texts + [rule.consequence].compactMap(\.self) {
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

    @Test(arguments: rules.filter { $0.parameter != nil }.map(\.id))
    func everyParameterTakesItsOwnExample(_ id: String) throws {
        let parameter = try #require(RuleCatalog.batch.rule(id)?.parameter)
        #expect(parameter.key.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil && parameter.key != "level")
        switch parameter.form {
        case .text(let example, let value): _ = try value(example)
        case .list(let example, let value):
            #expect(!example.isEmpty)
            _ = try value(example)
        }
    }

    /// What is no version is refused with its reason, of whichever rule.
    @Test(arguments: ["", "new", "1.", ".1", "1.x", "v1", "1:2", " 1", "1234567890"])
    func whatIsNoVersionIsNoValue(text: String) throws {
        guard case .text(_, let value) = RuleParameter<ReleaseVersion>.version("oldest", example: "1.0").form else {
            Issue.record("one text expected")
            return
        }
        let error = #expect(throws: ParameterError.self) { try value(text) }
        #expect(error?.reason == "a version such as 1.80.0 expected, '\(text)' found")
    }

    @Test func theRuleItselfIsGivenItsValueAndNoOtherRules() throws {
        let rule = Rule(
            id: "one", level: .required, title: "", group: .specification, clause: .linux, question: "", reason: "",
            decidedBy: "", remedy: "",
            reference: "", parameter: .names("allowed", example: ["a"])
        ) { _, _, names in .pass(names?.joined(separator: "+") ?? "none") }
        let facts = try AgentImage.none.facts()
        for (parameters, message) in [(["one": ["a", "b"]], "a+b"), (["two": ["a"]], "none"), ([:], "none")] {
            #expect(rule.evaluate(facts, Policy(today: Policy.test.today, parameters: parameters)).message == message)
        }
    }
}
