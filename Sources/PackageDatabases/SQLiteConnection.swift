/// Statements of libsqlite3 on a database in memory, opened as SQLite advises for files of strangers.

import ByteParsing
import CSQLite

/// An open database. It never writes, opens no file, and gives up a statement after a number of steps.
///
/// (sqlite.org/security.html, "Untrusted SQLite database files")
@safe struct SQLiteConnection: ~Copyable {
    private let handle: OpaquePointer
    /// Kept for as long as the connection.
    private let fileSystem: SQLiteFileSystem

    /// How many virtual machine instructions a statement may take between two rows; reading a row takes about ten.
    private static let instructionLimit: Int32 = 100_000

    /// Calls `body` with `file` open.
    static func open(
        _ file: SQLiteFile, _ body: (borrowing SQLiteConnection) throws(FormatError) -> Void
    ) throws(FormatError) {
        let connection = try SQLiteConnection(file)
        try connection.prepareForStrangers(file.count)
        try body(connection)
    }

    private init(_ file: SQLiteFile) throws(FormatError) {
        guard let fileSystem = SQLiteFileSystem(file) else {
            throw FormatError(.limitExceeded, "SQLite: out of memory")
        }
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
        let status = unsafe sqlite3_open_v2("rpmdb.sqlite", &opened, flags, fileSystem.name)
        guard status == SQLITE_OK, let opened = unsafe opened else {
            unsafe sqlite3_close_v2(opened)
            throw FormatError(.unsupported, "SQLite: \(unsafe String(cString: sqlite3_errstr(status)))")
        }
        unsafe handle = opened
        self.fileSystem = fileSystem
    }

    deinit {
        unsafe sqlite3_close_v2(handle)
    }

    /// Switches off what a file of `size` bytes need not do.
    private func prepareForStrangers(_ size: Int) throws(FormatError) {
        unsafe sqlite3_db_config_switch(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        unsafe sqlite3_db_config_switch(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        unsafe sqlite3_db_config_switch(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
        unsafe sqlite3_db_config_switch(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        unsafe sqlite3_db_config_switch(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0)
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(clamping: max(size, 1 << 16)))
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 1 << 16)
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_VDBE_OP, 1 << 12)
        // Every page is read once: a small cache is filled again and again instead of a large one once.
        for pragma in [
            "PRAGMA cell_size_check = ON", "PRAGMA temp_store = MEMORY", "PRAGMA query_only = ON",
            "PRAGMA cache_size = 32",
        ] {
            try forEachRow(pragma) { (_: borrowing SQLiteRow) throws(FormatError) in }
        }
    }

    /// Runs one statement and calls `body` with each row. Throws for whatever SQLite answers that is neither a row nor
    /// the end: there is no shorter list.
    func forEachRow(
        _ statement: String, _ body: (borrowing SQLiteRow) throws(FormatError) -> Void
    ) throws(FormatError) {
        var prepared: OpaquePointer?
        defer { unsafe sqlite3_finalize(prepared) }
        unsafe sqlite3_progress_handler(handle, Self.instructionLimit, { _ in 1 }, nil)
        try check(unsafe sqlite3_prepare_v2(handle, statement, -1, &prepared, nil))
        guard let prepared = unsafe prepared else {
            throw FormatError(.malformed, "SQLite: no statement in \(statement)")
        }
        while true {
            // Set anew for each row, so that it limits the work for one.
            unsafe sqlite3_progress_handler(handle, Self.instructionLimit, { _ in 1 }, nil)
            switch unsafe sqlite3_step(prepared) {
            case SQLITE_ROW: try body(unsafe SQLiteRow(prepared))
            case SQLITE_DONE: return
            case let status: try check(status)
            }
        }
    }

    private func check(_ status: Int32) throws(FormatError) {
        switch status {
        case SQLITE_OK: return
        case SQLITE_INTERRUPT, SQLITE_TOOBIG, SQLITE_NOMEM:
            throw FormatError(.limitExceeded, "SQLite: \(unsafe String(cString: sqlite3_errmsg(handle)))")
        default: throw FormatError(.malformed, "SQLite: \(unsafe String(cString: sqlite3_errmsg(handle)))")
        }
    }
}

/// The row that a statement stands at.
@safe struct SQLiteRow: ~Copyable {
    private let statement: OpaquePointer

    fileprivate init(_ statement: OpaquePointer) {
        unsafe self.statement = statement
    }

    /// A column as a number; nil where it holds something else.
    func integer(_ column: Int32) -> Int? {
        guard unsafe sqlite3_column_type(statement, column) == SQLITE_INTEGER else { return nil }
        return Int(unsafe sqlite3_column_int64(statement, column))
    }

    /// Calls `body` with the bytes of a column that holds text or a blob; false where it holds something else.
    func withBytes(_ column: Int32, _ body: (Span<UInt8>) throws(FormatError) -> Void) throws(FormatError) -> Bool {
        let type = unsafe sqlite3_column_type(statement, column)
        guard type == SQLITE_BLOB || type == SQLITE_TEXT else { return false }
        let start = unsafe sqlite3_column_blob(statement, column)
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        let buffer = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
        try body(unsafe Span(_unsafeBytes: buffer))
        return true
    }
}
