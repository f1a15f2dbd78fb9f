import Foundation
import Testing

@testable import BatchRules

@Suite struct CalendarDayTests {
    @Test(arguments: ["2026-11-24", "2024-02-29", "2000-02-29", "0001-01-01"])
    func aDayIsWrittenAsItIsRead(text: String) throws {
        #expect(try #require(CalendarDay(text)).description == text)
    }

    @Test(arguments: [
        "2026-02-29", "1900-02-29", "2026-13-01", "2026-1-01", "26-01-01", "2026-01-00", "2026-01-01 ", "",
    ])
    func whatIsNoDayIsRefused(text: String) {
        #expect(CalendarDay(text) == nil)
    }

    @Test func daysBetweenAreFoundationsOwn() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withFullDate]
        let first = try #require(CalendarDay("1970-01-01"))
        for step in stride(from: -3000, to: 60000, by: 37) {
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(step) * 86400))
            #expect(try #require(CalendarDay(text)).days(since: first) == step)
        }
    }
}
