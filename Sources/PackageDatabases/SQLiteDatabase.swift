/// rpm's database in SQLite: headers in the table Packages, and beside it an index of their names, which must agree.

import ByteParsing

/// The headers of an rpmdb.sqlite. (rpm 4.18 lib/backend/sqlite.c)
enum SQLiteDatabase {
    /// Calls `body` with the header of each row and its number, in their order; `body` answers the package's name.
    ///
    /// Throws for whatever SQLite says of the file, and where the table Name does not name every header, and only
    /// those, by the name it has: then rows are missing, or others than those that were installed are there.
    static func forEachHeader(
        in file: SQLiteFile, _ body: (Span<UInt8>, Int) throws(FormatError) -> String
    ) throws(FormatError) {
        try SQLiteConnection.open(file) { database throws(FormatError) in
            try checkTables(of: database)
            let rows = try checkSizes(of: database, limit: file.count)
            var names = try names(in: database, rows: rows, limit: file.count)
            try database.forEachRow("SELECT hnum, blob FROM Packages NOT INDEXED") { row throws(FormatError) in
                guard let number = row.integer(0) else {
                    throw FormatError(.malformed, "table Packages: a header number expected")
                }
                var name = ""
                let isBlob = try row.withBytes(1) { blob throws(FormatError) in
                    do throws(FormatError) {
                        name = try body(blob, number)
                    } catch {
                        throw FormatError(error.code, "header number \(number): \(error.reason)")
                    }
                }
                guard isBlob else { throw FormatError(.malformed, "header number \(number): a blob expected") }
                guard names.removeValue(forKey: number) == name else {
                    throw FormatError(
                        .checksumMismatch, "header number \(number): table Name expected to name it \(name)")
                }
            }
            if let (number, name) = names.min(by: { $0.key < $1.key }) {
                throw FormatError(
                    .checksumMismatch, "table Name names header number \(number) \(name), table Packages has no such")
            }
        }
    }

    /// Both names must be of ordinary tables with ordinary columns: all else would compute what a stranger wrote.
    private static func checkTables(of database: borrowing SQLiteConnection) throws(FormatError) {
        var found = 0
        let statement = """
            SELECT 1 FROM sqlite_schema \
            WHERE type = 'table' AND rootpage > 0 AND name IN ('Packages', 'Name')
            """
        try database.forEachRow(statement) { (_: borrowing SQLiteRow) throws(FormatError) in found += 1 }
        guard found == 2 else {
            throw FormatError(.malformed, "the tables Packages and Name expected, \(found) of them found")
        }
        for table in ["Packages", "Name"] {
            try database.forEachRow("PRAGMA table_xinfo(\(table))") { row throws(FormatError) in
                guard row.integer(6) == 0 else {
                    throw FormatError(.malformed, "table \(table): stored columns expected, a computed one found")
                }
            }
        }
    }

    /// Walks over the rows without their blobs, which takes a fraction of the time: numbers must rise, and all blobs
    /// together fit the file. A tree that leads to the same pages again and again ends here. The number of rows.
    private static func checkSizes(
        of database: borrowing SQLiteConnection, limit: Int
    ) throws(FormatError) -> Int {
        var last = Int.min
        var size = 0
        var rows = 0
        try database.forEachRow("SELECT hnum, length(blob) FROM Packages NOT INDEXED") { row throws(FormatError) in
            guard let number = row.integer(0), number > last, let length = row.integer(1), length >= 0 else {
                throw FormatError(.malformed, "table Packages: rising header numbers and blobs expected")
            }
            last = number
            size += min(length, limit + 1)
            rows += 1
            guard size <= limit else {
                throw FormatError(.limitExceeded, "table Packages: headers of at most \(limit) bytes in all expected")
            }
        }
        return rows
    }

    /// The table Name as names by header number.
    private static func names(
        in database: borrowing SQLiteConnection, rows: Int, limit: Int
    ) throws(FormatError) -> [Int: String] {
        var names: [Int: String] = [:]
        names.reserveCapacity(rows)
        var size = 0
        try database.forEachRow("SELECT hnum, key FROM Name NOT INDEXED") { row throws(FormatError) in
            guard let number = row.integer(0) else {
                throw FormatError(.malformed, "table Name: a header number expected")
            }
            var name = ""
            _ = try row.withBytes(1) { bytes throws(FormatError) in
                size += bytes.count
                guard size <= limit else {
                    throw FormatError(.limitExceeded, "table Name: at most \(limit) bytes expected")
                }
                name = bytes.text
            }
            guard names.updateValue(name, forKey: number) == nil else {
                throw FormatError(.checksumMismatch, "table Name names header number \(number) twice")
            }
        }
        return names
    }
}
