/// Steps are one text to a reader and data to a program, and show no credential to either.

import Foundation
import ImageReading
import Testing

@testable import BatchRules

@Suite struct RemedyStepTests {
    static let mark = "s3cr3tmark"
    static let line: RemedyText = "ECS_CLUSTER="

    struct Case: Sendable, CustomTestStringConvertible {
        let steps: [RemedyStep]
        let text: String
        var testDescription: String { text }
    }

    @Test(arguments: [
        Case(steps: [], text: ""),
        Case(steps: [.sentence("mend it")], text: "mend it"),
        Case(steps: [.command("systemctl", "enable", "my unit")], text: "`systemctl enable 'my unit'`"),
        Case(
            steps: [.sentence("do both:"), .command("a", "b"), .sentence("look"), .command("c")],
            text: "do both: `a b`, look, `c`"),
        Case(steps: [.edit("/etc/x", .removeFile), .sentence("or fill it")], text: "remove /etc/x, or fill it"),
        Case(steps: [.edit("/etc/x", .removeFile, saying: "take it away")], text: "take it away"),
        Case(steps: [.edit("/etc/x", .addLine(text: line))], text: "add ECS_CLUSTER= to /etc/x"),
        Case(steps: [.edit("/etc/x", .setLine(number: 3, text: line))], text: "in line 3 of /etc/x write ECS_CLUSTER="),
        Case(steps: [.edit("/etc/x", .removeLine(number: 3))], text: "remove line 3 of /etc/x"),
        Case(steps: [.edit("/etc/x", .removeMember(names: ["a", "b"]))], text: "remove \"b\" from /etc/x"),
    ])
    func stepsAreOneText(row: Case) throws {
        #expect(row.steps.text == row.text)
        #expect(try JSONDecoder().decode([RemedyStep].self, from: JSONEncoder().encode(row.steps)) == row.steps)
    }

    @Test(arguments: [
        (RemedyStep.sentence("mend it"), #"{"text":"mend it"}"#),
        (.command("dnf", "install", "a b"), #"{"command":["dnf","install","a b"],"text":"`dnf install 'a b'`"}"#),
        (
            .edit("/etc/x", .removeMember(names: ["a", "b"])),
            #"{"edit":{"change":{"removeMember":{"names":["a","b"]}},"path":"/etc/x"},"text":"remove \"b\" from /etc/x"}"#
        ),
        (
            .edit("/etc/x", .setLine(number: 3, text: line), saying: "empty it"),
            #"{"edit":{"change":{"setLine":{"number":3,"text":"ECS_CLUSTER="}},"path":"/etc/x"},"text":"empty it"}"#
        ),
        (
            .edit("/etc/x", .removeFile),
            #"{"edit":{"change":{"removeFile":{}},"path":"/etc/x"},"text":"remove /etc/x"}"#
        ),
    ])
    func aProgramReadsThemAsData(step: RemedyStep, json: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: try encoder.encode(step), as: UTF8.self) == json)
    }

    @Test(
        arguments: [
            .sentence("remove \("API_TOKEN=" + mark)"), .command("echo", "\("API_TOKEN=" + mark)"),
            .command("docker", "run", "\("--registry-password=" + mark)"),
            .edit(ImagePath("/etc/API_TOKEN=" + mark), .removeFile),
            .edit(ImagePath("/etc/API_TOKEN=" + mark), .removeLine(number: 1)),
            .edit("/etc/x", .addLine(text: "\("API_TOKEN=" + mark)")),
            .edit("/etc/x", .setLine(number: 1, text: "\("API_TOKEN=" + mark)")),
            .edit("/etc/x", .removeMember(names: ["\("API_TOKEN=" + mark)", "a"])),
            .edit("/etc/x", .removeMember(names: ["\("API_TOKEN=" + mark)"]), saying: "remove it"),
            .sentence("mount \(fileSystem: "API_TOKEN=" + mark)"),
            .sentence("mount \(fileSystem: "UUID=a API_TOKEN=" + mark)"),
        ] as [RemedyStep])
    func whatMayBeACredentialIsLeftOutAndIsNoActionThen(step: RemedyStep) throws {
        #expect(!String(decoding: try JSONEncoder().encode(step), as: UTF8.self).contains(Self.mark))
        #expect(step.action == nil)
    }

    @Test func wordsOfTheProgramAndFileSystemsStayWhole() {
        let path = ImagePath("/etc/ecs/ecs.config")
        let step = RemedyStep.edit(path, .addLine(text: "Environment=API_TOKEN=x"))
        #expect(step.text == "add Environment=API_TOKEN=x to /etc/ecs/ecs.config" && step.action != nil)
        #expect(RemedyStep.sentence("mount \(fileSystem: "LABEL=boot")").text == "mount LABEL=boot")
    }

    @Test(arguments: [Problem.Code.danglingLink, .linkLoop, .tooLarge, .permissionDenied, .inputOutput, .malformed])
    func aProblemsPlaceIsFilteredToo(code: Problem.Code) {
        let problem = Problem(code, at: ImagePath("/etc/default/API_TOKEN=" + Self.mark), "found")
        #expect(problem.remedy.text.contains("/etc/default/API_TOKEN=…"))
    }

    @Test func aFindingSaysItsOwnStepsElseWhatTheRuleSays() {
        func finding(_ verdict: Verdict) -> Finding {
            Finding(rule: "r", level: .required, verdict: verdict, remedy: "do what all do")
        }
        let own = finding(.fail("broken", remedy: [.sentence("do this:"), .command("x")]))
        #expect(own.remedy == "do this: `x`" && own.steps.count == 2)
        let general = finding(.undetermined("open"))
        #expect(general.remedy == "do what all do" && general.steps.isEmpty)
        #expect(finding(.pass("kept")).remedy == nil)
    }

    @Test func findingsThatWereWrittenBeforeThereWereStepsAreRead() throws {
        let json = #"{"rule":"r","level":"required","verdict":"fail","message":"m","evidence":[],"remedy":"mend it"}"#
        let finding = try JSONDecoder().decode(Finding.self, from: Data(json.utf8))
        #expect(finding.remedy == "mend it" && finding.steps.isEmpty && finding.acceptance == nil)
    }
}
