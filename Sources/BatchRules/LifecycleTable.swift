/// When support of each distribution ends.

/// Ends of support, by distribution and version.
public struct LifecycleTable: Sendable {
    /// One release of a distribution.
    public struct Row: Hashable, Sendable {
        /// os-release ID.
        public let id: String
        /// os-release VERSION_ID, or its leading numbers.
        public let version: String
        /// The last day of support.
        public let endOfSupport: CalendarDay
        /// When AWS Batch itself ended support; nil where it did not say.
        public let batchEnd: CalendarDay?

        /// A row as the table gives it.
        public init(id: String, version: String, endOfSupport: CalendarDay, batchEnd: CalendarDay? = nil) {
            self.id = id
            self.version = version
            self.endOfSupport = endOfSupport
            self.batchEnd = batchEnd
        }
    }

    /// When the data was taken.
    public let date: CalendarDay
    /// One row a release, in no order that matters.
    public let rows: [Row]

    /// A table as it stood at `date`.
    public init(date: CalendarDay, rows: [Row]) {
        self.date = date
        self.rows = rows
    }
}
