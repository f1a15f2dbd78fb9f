/// efa-ready: the module of the kernel or beside it, and images that are not for EFA.

import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct EfaReadyTests {
    private static let modules = "/usr/lib/modules/6.1.0-56-cloud-amd64"
    private static let installed: [String: LiteralEntry] = ["/opt/amazon/efa/bin": .directory]

    @Test(
        arguments: [
            (
                installed.merging(["\(modules)/modules.dep": "extra/efa.ko.xz:\n"]) { $1 }, .pass,
                "the module efa is installed"
            ),
            (
                installed.merging([
                    "\(modules)/modules.dep": "kernel/a.ko:\n",
                    "\(modules)/modules.builtin": "kernel/drivers/infiniband/hw/efa/efa.ko\n",
                ]) { $1 }, .pass, "the module efa is installed"
            ),
            (
                installed.merging(["\(modules)/modules.dep": "kernel/a.ko:\n"]) { $1 }, .fail,
                "no module efa is installed"
            ),
            (installed, .notApplicable, "is not known"),
            (["\(modules)/modules.dep": "kernel/a.ko:\n"], .notApplicable, "no EFA software found"),
        ] as [([String: LiteralEntry], Verdict.Kind, String)])
    func `only an image for EFA is asked`(
        changes: [String: LiteralEntry], verdict: Verdict.Kind, says: String
    ) throws {
        let entries = try WholeImage.debian().merging(changes) { $1 }
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.efaReady.evaluate(facts, .test)
        #expect(finding.verdict == verdict, "\(finding.message)")
        #expect(finding.message.contains(says), "\(finding.message)")
    }
}
