/// The ends of support that are built in; written by testdata/scripts/make-lifecycle-table.

extension LifecycleTable {
    /// The dates known when this version was built: those of distro-info-data for Debian and Ubuntu, of the vendors'
    /// published lifecycle pages for the others.
    public static let builtIn = LifecycleTable(
        date: CalendarDay(year: 2026, month: 11, day: 23),
        rows: [
            row("amzn", "2018.03", (2023, 12, 31), batchEnd: (2023, 6, 30)),
            row("amzn", "2", (2026, 6, 30)),
            row("amzn", "2023", (2029, 6, 30)),
            row("debian", "9", (2022, 6, 30)),
            row("debian", "10", (2024, 6, 30)),
            row("debian", "11", (2026, 8, 31)),
            row("debian", "12", (2028, 6, 30)),
            row("debian", "13", (2030, 6, 30)),
            row("ubuntu", "16.04", (2021, 4, 30)),
            row("ubuntu", "18.04", (2023, 5, 31)),
            row("ubuntu", "20.04", (2025, 5, 31)),
            row("ubuntu", "22.04", (2027, 6, 1)),
            row("ubuntu", "24.04", (2029, 5, 31)),
            row("ubuntu", "26.04", (2031, 5, 29)),
            row("rhel", "7", (2024, 6, 30)),
            row("rhel", "8", (2029, 5, 31)),
            row("rhel", "9", (2032, 5, 31)),
            row("rhel", "10", (2035, 5, 31)),
            row("centos", "7", (2024, 6, 30)),
            row("centos", "8", (2021, 12, 31)),
            row("centos", "9", (2027, 5, 31)),
            row("rocky", "8", (2029, 5, 31)),
            row("rocky", "9", (2032, 5, 31)),
            row("almalinux", "8", (2029, 3, 1)),
            row("almalinux", "9", (2032, 5, 31)),
            row("sles", "12.5", (2024, 10, 31)),
            row("sles", "15.5", (2024, 12, 31)),
            row("sles", "15.6", (2025, 12, 31)),
            row("sles", "15.7", (2031, 7, 31)),
        ])

    private typealias Day = (year: Int, month: Int, day: Int)

    private static func row(_ id: String, _ version: String, _ end: Day, batchEnd: Day? = nil) -> Row {
        func day(_ day: Day) -> CalendarDay { CalendarDay(year: day.year, month: day.month, day: day.day) }
        return Row(id: id, version: version, endOfSupport: day(end), batchEnd: batchEnd.map(day))
    }
}
