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
            id: "linux-distribution", level: level, title: "", clause: .linux, question: "", reason: "", decidedBy: "",
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
    func status(images: String, expected: Int32) {
        var status = AuditStatus(failOn: .required)
        for image in images {
            switch image {
            case "p": status.count(Self.image(.pass("fine")))
            case "f": status.count(Self.image(.fail("broken")))
            case "u": status.count(Self.image(.undetermined("unknown")))
            default: status.count(Self.unreadable)
            }
        }
        #expect(status.exitStatus.rawValue == expected)
    }

    @Test("a part of an audit may have no image that can be read; missing parts keep the whole from passing")
    func parts() {
        var part = AuditStatus(failOn: .required, isPart: true)
        #expect(part.exitStatus == .pass)
        part.count(Self.unreadable)
        #expect(part.exitStatus == .undetermined)
        var whole = AuditStatus(failOn: .required, lacksImages: true)
        whole.count(Self.image(.pass("fine")))
        #expect(whole.exitStatus == .undetermined)
    }

    @Test("recommended rules count where they are to; with none, images that could be read pass")
    func failOn() {
        for (failOn, expected) in [(FailOn.required, ExitStatus.pass), (.recommended, .fail), (.none, .pass)] {
            var status = AuditStatus(failOn: failOn)
            status.count(Self.image(.fail("broken"), level: .recommended))
            #expect(status.exitStatus == expected)
        }
        var status = AuditStatus(failOn: .none)
        status.count(Self.image(.fail("broken")))
        status.count(Self.unreadable)
        #expect(status.exitStatus == .undetermined)
    }
}
