/// What the owner of a failing image is told: what is the case, and what to do about just that.

import BatchRules
import Foundation
import ImageReading
import Inspection
import Reporting
import TestSupport
import Testing

@Suite struct FailingImagesTests {
    @Test(arguments: FailingImage.all + FailingImage.variants + FailingImage.mendable)
    func `each fails for the rule that it was made to break`(image: FailingImage) throws {
        let policy = Policy(today: try #require(CalendarDay("2026-11-24")))
        let report = try observe(LiteralSource(image.entries())).report(by: .batch, under: policy)
        let finding = try #require(report.findings.first { $0.rule == image.rule })
        #expect(finding.isBroken, "\(image.name): \(finding.message)")
        #expect(finding.remedy?.isEmpty == false)
        if let folder = ProcessInfo.processInfo.environment["AMILINT_PRINT_FAILING"] {
            let text = try ReportFormat.text.render(report)
            try text.write(toFile: folder + "/" + image.name + ".txt", atomically: true, encoding: .utf8)
        }
    }
}
