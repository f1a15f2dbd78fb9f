import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct SubjectVerdictTests {
    /// What cannot be read, and what lets it be read: never how to mend what was not even seen.
    @Test(
        arguments: [
            (.unreadable(.permissionDenied), "run amilint as a user who may read /etc/ecs/ecs.config"),
            (.link("/nowhere"), "remove the link, since user data writes into the file"),
            (.link("ecs.config"), "let /etc/ecs/ecs.config lead to a file"),
            (.bytes([0, 1, 2]), "mend /etc/ecs/ecs.config"),
            (.sized(1 << 30), "put a file of the usual size in its place"),
            (.directory, "put a regular file in the place of /etc/ecs/ecs.config"),
            (.other, "put a regular file in the place of /etc/ecs/ecs.config"),
            (.unreadable(.inputOutput), "export the image again"),
            (.unreadable(.notReadAgain), "give the archive as a file"),
        ] as [(LiteralEntry, String)])
    func whatCannotBeReadIsToBeMadeReadable(entry: LiteralEntry, remedy: String) throws {
        var entries = StartupImage.amazonLinux
        entries["/etc/ecs/ecs.config"] = entry
        let root = try LiteralSource(entries).read(Facts.wants) { _ = Facts(in: $0) }.root
        let finding = Rule.agentConfig.evaluate(Facts(in: root), .test)
        #expect(finding.verdict == .undetermined, "\(finding.message)")
        #expect(finding.remedy?.contains(remedy) == true, "\(finding.remedy ?? "")")
    }
}
