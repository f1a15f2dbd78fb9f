/// The remedies of verdicts, carried out on the very roots that failed: checked again, the finding is gone.

import BatchRules
import Foundation
import ImageReading
import Inspection
import TestSupport
import Testing

@Suite(.enabled(if: Tool.exists("systemctl"), "no systemctl: remedies are NOT carried out"))
struct RemediesCarriedOutTests {
    /// What can be done about a failure without installing anything, and with what outcome.
    private enum End: String { case gone, byPackages, byReader }

    private static func end(of image: FailingImage) throws -> (end: End, steps: Int, finding: Finding) {
        let root = try WrittenRoot(image.entries())
        let finding = try #require(try root.findings().first { $0.rule == image.rule })
        #expect(finding.isBroken, "\(image.name): \(finding.message)")
        let outcome = try root.carryOut(finding.steps)
        let distribution = try observe(LiteralSource(image.entries())).facts.distribution.value
        let names = try PackageNames(of: distribution?.id ?? "", distribution?.version ?? "")
        for command in outcome.installing where command[0] != "curl" {
            let unknown = names?.unknown(in: command) ?? ["no list of names of this distribution"]
            #expect(unknown.isEmpty, "\(image.name): \(command): \(unknown)")
        }
        let after = try #require(try root.findings().first { $0.rule == image.rule })
        if outcome.carriedOut > 0, outcome.installing.isEmpty {
            #expect(!after.isBroken, "\(image.name): \(finding.remedy ?? ""): \(after.message)")
            return (.gone, outcome.carriedOut, finding)
        }
        return (outcome.installing.isEmpty ? .byReader : .byPackages, outcome.carriedOut, finding)
    }

    /// Those that no command on the root can mend: another agent, Docker or kernel, another image, a file read again.
    private static let leftToReaders: Set = [
        "rpm database cut", "Windows", "daemon.json with a comma too many (whole image)",
        "no configuration of the kernel (whole image)",
        "kernel 3.9 boots by its menu entry while 6.1 is installed (whole image)",
        "kernel 3.9 boots by the saved entry while 6.1 is installed (whole image)",
        "a kernel file whose header says 3.9 behind a newer name (whole image)",
    ]

    @Test func `what a failing image is told mends it`() throws {
        var counts: [End: Int] = [:]
        for image in FailingImage.all + FailingImage.variants + FailingImage.mendable {
            let (end, _, finding) = try Self.end(of: image)
            counts[end, default: 0] += 1
            #expect(!finding.steps.isEmpty, "\(image.name): \(finding.remedy ?? "")")
            if end == .byReader {
                #expect(Self.leftToReaders.contains(image.name), "\(image.name): \(finding.remedy ?? "")")
            }
        }
        let said = counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($1) \($0)" }
        print("remedies carried out: \(said.joined(separator: ", "))")
    }
}
