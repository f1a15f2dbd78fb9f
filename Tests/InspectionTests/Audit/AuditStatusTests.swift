/// Images come to one exit status.

import BatchRules
import ImageFacts
import ImageReading
import Reporting
import TestSupport
import Testing

@testable import Inspection

@Suite struct AuditStatusTests {
    static let policy = Policy(today: LifecycleTable.builtIn.date)

    static func image(_ verdict: Verdict, level: Level = .required) -> AuditedImage {
        let rule = Rule(
            id: "linux-distribution", level: level, title: "", group: .specification, clause: .linux, question: "",
            reason: "", decidedBy: "",
            remedy: "", reference: "", judge: { _, _ in verdict })
        let catalog = RuleCatalog(rules: [rule])
        let facts = Facts(in: RootFilesystem([:]))
        return AuditedImage(
            Report(
                image: ImageDescription(name: "image", kind: "tar"), facts: facts,
                judgement: catalog.judge(facts, of: "image", by: policy, as: { $0 }), rules: catalog, policy: policy))
    }

    static let unreadable = AuditedImage("x", unreadable: ReadingFailure(code: "torn", reason: "torn"), policy: policy)

    @Test(
        "1 where an image fails, else 2 where one is undetermined or unreadable, else 0; 65 where none could be read",
        arguments: [
            ("p", 0), ("pp", 0), ("pf", 1), ("fu", 1), ("pu", 2), ("px", 2), ("fx", 1), ("ux", 2), ("x", 65),
            ("xx", 65),
            ("", 65),
        ])
    func status(images: String, expected: Int32) throws {
        let images = images.map { image in
            switch image {
            case "p": Self.image(.pass("fine"))
            case "f": Self.image(.fail("broken"))
            case "u": Self.image(.undetermined("unknown"))
            default: Self.unreadable
            }
        }
        #expect(try ExitStatus(Self.totals(images), failOn: .required).rawValue == expected)
    }

    @Test("a part of an audit may have no image that can be read; missing parts keep the whole from passing")
    func parts() throws {
        #expect(try ExitStatus(Self.totals([]), failOn: .required, isPart: true) == .pass)
        #expect(try ExitStatus(Self.totals([Self.unreadable]), failOn: .required, isPart: true) == .undetermined)
        let passing = try Self.totals([Self.image(.pass("fine"))])
        #expect(ExitStatus(passing, failOn: .required, lacksImages: true) == .undetermined)
    }

    @Test("recommended rules count where they are to; with none, nothing that was found does")
    func failOn() throws {
        let advised = try Self.totals([Self.image(.fail("broken"), level: .recommended)])
        for (failOn, expected) in [(FailOn.required, ExitStatus.pass), (.recommended, .fail), (.none, .pass)] {
            #expect(ExitStatus(advised, failOn: failOn) == expected)
        }
        let mixed = try Self.totals([Self.image(.fail("broken")), Self.unreadable])
        #expect(ExitStatus(mixed, failOn: .none) == .pass)
        #expect(ExitStatus(mixed, failOn: .none, lacksImages: true) == .undetermined)
        #expect(try ExitStatus(Self.totals([Self.unreadable]), failOn: .none) == .unreadableImage)
        #expect(try ExitStatus(Self.totals([Self.unreadable]), failOn: .none, isPart: true) == .pass)
    }

    @Test("with new, what a former audit says already does not count; without one everything is new")
    func new() throws {
        let images = [Self.image(.fail("broken"))]
        #expect(try ExitStatus(Self.totals(images), failOn: .new) == .fail)
        #expect(try ExitStatus(Self.totals(images, since: images), failOn: .new) == .pass)
        #expect(try ExitStatus(Self.totals(images, since: images), failOn: .required) == .fail)
        #expect(try ExitStatus(Self.totals(images, since: [Self.image(.pass("fine"))]), failOn: .new) == .fail)
        let advised = [Self.image(.fail("broken"), level: .recommended)]
        #expect(try ExitStatus(Self.totals(advised), failOn: .new) == .pass)
    }

    private static func totals(_ images: [AuditedImage], since former: [AuditedImage]? = nil) throws -> AuditTotals {
        func lines(_ images: [AuditedImage]) throws -> AuditLines {
            AuditLines(try images.map { Array(try $0.line().utf8.dropLast())[...] })
        }
        return try Audit(lines(images), since: former.map { try FormerAudit(lines($0)) }).totals
    }
}
