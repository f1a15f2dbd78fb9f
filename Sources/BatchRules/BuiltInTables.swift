/// The table of ends of support that is built in.

extension LifecycleTable {
    /// The dates known when this version was built.
    public static let builtIn = LifecycleTable(date: CalendarDay(year: 2026, month: 11, day: 23), rows: [])
}
