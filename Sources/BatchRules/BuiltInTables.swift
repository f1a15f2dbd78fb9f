/// The tables of releases and ends of support that are built in.

import ImageFacts

extension ReleaseTable {
    /// The releases known when this version was built.
    public static let builtIn = ReleaseTable(
        date: CalendarDay(year: 2026, month: 8, day: 20),
        latestAgent: ReleaseVersion(1, 106, 1),
        pairs: []
    )
}

extension LifecycleTable {
    /// The dates known when this version was built.
    public static let builtIn = LifecycleTable(date: CalendarDay(year: 2026, month: 11, day: 23), rows: [])
}
