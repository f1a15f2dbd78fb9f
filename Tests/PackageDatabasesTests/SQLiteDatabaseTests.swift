import ByteParsing
import Foundation
import PackageDatabases
import TestSupport
import Testing

/// Databases that disagree with themselves, or were written by somebody who means harm, made with sqlite3 itself.
@Suite(.enabled(if: Tool.exists("sqlite3"), "sqlite3 is not installed: hostile databases are NOT tried"))
struct SQLiteDatabaseTests {
    private static let disagreements: [(what: String, statements: String, reason: String)] = [
        ("a header without a name", "DELETE FROM Name WHERE hnum = 4", "table Name expected to name it"),
        ("a name without a header", "DELETE FROM Packages WHERE hnum = 4", "table Packages has no such"),
        ("another name", "UPDATE Name SET key = 'docker' WHERE hnum = 4", "table Name expected to name it"),
        ("a name twice", "INSERT INTO Name VALUES ('x', 4, 0)", "twice"),
        ("a name that is a number", "UPDATE Name SET key = 7 WHERE hnum = 4", "table Name expected to name it"),
        ("no Name", "DROP TABLE Name", "the tables Packages and Name expected, 1 of them found"),
        ("no Packages", "DROP TABLE Packages", "the tables Packages and Name expected, 1 of them found"),
        ("another schema", "ALTER TABLE Packages RENAME COLUMN blob TO content", "no such column"),
        (
            "text for a header", "UPDATE Packages SET blob = 'header' WHERE hnum = 4",
            "header number 4: header: at least 8"
        ),
        ("an empty header", "UPDATE Packages SET blob = x'' WHERE hnum = 4", "header number 4: header: at least 8"),
        (
            "a header of zeros", "UPDATE Packages SET blob = zeroblob(100) WHERE hnum = 4",
            "header number 4: header: 1 to"
        ),
    ]

    @Test(arguments: disagreements)
    func `tables that disagree are an error that says how`(what: String, statements: String, reason: String) throws {
        let bytes = try database(statements)
        let error = try #require(throws: FormatError.self) { try RPMDatabaseFormat.sqlite.packages(bytes) }
        #expect(error.reason.contains(reason), "\(what): \(error.reason)")
    }

    private static let hostile: [(what: String, statements: String)] = [
        (
            "a view that never ends",
            """
            DROP TABLE Packages; CREATE VIEW Packages(hnum, blob) AS WITH RECURSIVE n(i) AS
            (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, zeroblob(1000) FROM n
            """
        ),
        (
            "a virtual table",
            "DROP TABLE Packages; CREATE VIRTUAL TABLE Packages USING fts5(hnum, blob)"
        ),
        (
            "a generated column that makes blobs without end",
            """
            DROP TABLE Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY); INSERT INTO Packages VALUES (1), (2);
            ALTER TABLE Packages ADD COLUMN blob BLOB AS (zeroblob(900000000))
            """
        ),
        (
            "a generated column that never ends",
            """
            DROP TABLE Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY); INSERT INTO Packages VALUES (1);
            ALTER TABLE Packages ADD COLUMN blob BLOB AS
            (replace(replace(hex(zeroblob(60000)), '0', hex(zeroblob(30000))), '0', 'x'))
            """
        ),
        (
            "a trigger and an index with expressions",
            """
            DROP TABLE Name; CREATE TABLE Name (key, hnum, idx);
            CREATE TRIGGER t AFTER INSERT ON Name BEGIN SELECT load_extension('x'); END
            """
        ),
        ("a table without rowid", "DROP TABLE Packages; CREATE TABLE Packages (hnum PRIMARY KEY, blob) WITHOUT ROWID;"),
    ]

    @Test(arguments: hostile)
    func `what a stranger's schema would compute is not computed for long`(what: String, statements: String) throws {
        let bytes = try database(statements)
        let start = ContinuousClock().now
        #expect(throws: FormatError.self, "\(what)") { try RPMDatabaseFormat.sqlite.packages(bytes) }
        #expect(ContinuousClock().now - start < .seconds(20), "\(what)")
    }

    @Test func `rows that share one long chain of pages are refused before they are read`() throws {
        // 200 rows of 2 MB, all cells made to lead to the first one's overflow pages.
        var bytes = try database(
            """
            DROP TABLE Packages; VACUUM; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB);
            INSERT INTO Packages VALUES (1, zeroblob(2000000))
            """)
        let single = bytes.count
        bytes = try database(
            """
            DROP TABLE Packages; VACUUM; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4)
            INSERT INTO Packages SELECT i, zeroblob(2000000) FROM n
            """)
        // The file cut to one chain's length, its count of pages corrected: three chains are gone, their rows are not.
        bytes.removeLast(bytes.count - single)
        let pages = UInt32(single / 512)
        for byte in 0..<4 { bytes[28 + byte] = UInt8(truncatingIfNeeded: pages >> (24 - 8 * byte)) }
        let error = try #require(throws: FormatError.self) { try RPMDatabaseFormat.sqlite.packages(bytes) }
        #expect(error.code == .limitExceeded)
    }

    @Test(
        arguments: [
            (16, [0, 3], FormatError.Code.malformed), (19, [9], .unsupported),
            (0, [0x53, 0x51, 0x4c, 0x00], .malformed),
            (100, [0x7f], .malformed),
        ] as [(Int, [UInt8], FormatError.Code)])
    func `a damaged file header is an error`(place: Int, values: [UInt8], code: FormatError.Code) throws {
        var bytes = try TestData.bytes(TestData.url("rpm/sample/rpmdb.sqlite"))
        bytes.replaceSubrange(place..<place + values.count, with: values)
        let error = try #require(throws: FormatError.self) { try RPMDatabaseFormat.sqlite.packages(bytes) }
        #expect(error.code == code, "\(error)")
    }

    @Test func `a file cut between pages says where, and how many were expected`() throws {
        let bytes = try TestData.bytes(TestData.url("rpm/sample/rpmdb.sqlite"))
        let error = try #require(throws: FormatError.self) {
            try RPMDatabaseFormat.sqlite.packages(Array(bytes[..<51_200]))
        }
        #expect(
            error == FormatError(.truncated, "149 pages of 512 bytes expected, the file ends after 100", at: 51_200))
    }

    @Test func `reading leaves no file behind`() throws {
        let manager = FileManager.default
        let before = try manager.contentsOfDirectory(atPath: manager.currentDirectoryPath)
        _ = try RPMDatabaseFormat.sqlite.packages(TestData.bytes(TestData.url("rpm/sample/rpmdb.sqlite")))
        #expect(try manager.contentsOfDirectory(atPath: manager.currentDirectoryPath) == before)
        #expect(
            try manager.contentsOfDirectory(atPath: TestData.url("rpm/sample").path).sorted() == [
                "Packages", "Packages.db", "expected.tsv", "rpmdb.sqlite", "variant", "vendors.tsv",
            ])
    }

    /// The sample after sqlite3 has run `statements` on a copy.
    private func database(_ statements: String) throws -> [UInt8] {
        let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: copy) }
        try Data(TestData.bytes(TestData.url("rpm/sample/rpmdb.sqlite"))).write(to: copy)
        _ = try Tool.output("sqlite3", ["-bail", copy.path, "PRAGMA foreign_keys = OFF; " + statements])
        return try TestData.bytes(copy)
    }
}
