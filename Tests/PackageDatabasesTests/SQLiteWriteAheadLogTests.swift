import ByteParsing
import Foundation
import TestSupport
import Testing

@testable import PackageDatabases

/// Databases as killed writers left them, held against what sqlite3 then reads.
struct SQLiteWriteAheadLogTests {
    private let directory = TestData.url("rpm/state")

    private func database() throws -> [UInt8] { try TestData.bytes(directory.appending(path: "rpmdb.sqlite")) }
    private func log() throws -> [UInt8] { try TestData.bytes(directory.appending(path: "rpmdb.sqlite-wal")) }

    @Test func `packages that are only in the log are found`() throws {
        let expected = try TestData.sortedLines(directory.appending(path: "expected.tsv"))
        #expect(try names(database(), log()) == expected)
        #expect(try names(database(), nil) != expected)
    }

    @Test(
        .enabled(
            if: TestData.fixture("rpm-databases") != nil,
            "no rpm-databases among the fixtures (make fixtures): killed writers are NOT compared"))
    func `what killed writers left is read as sqlite3 reads it`() throws {
        let fixtures = try #require(TestData.fixture("rpm-databases"))
        let states = try TestData.directories(in: fixtures, prefix: "state-")
        var changed = 0
        for state in states {
            let database = try TestData.bytes(state.appending(path: "rpmdb.sqlite"))
            let file = state.appending(path: "rpmdb.sqlite-wal")
            let log = FileManager.default.fileExists(atPath: file.path) ? try TestData.bytes(file) : nil
            let found = try names(database, log)
            #expect(found == (try TestData.sortedLines(state.appending(path: "expected.tsv"))), "\(state)")
            if (try? names(database, nil)) != found { changed += 1 }
        }
        print("write-ahead log: \(states.count) states of killed writers, equal to sqlite3; \(changed) need the log")
        #expect(states.count >= 100 && changed > 10)
    }

    @Test func `a log cut anywhere gives what was committed before, never a mixture`() throws {
        let database = try database()
        let log = try log()
        let before = try names(database, nil)
        let after = try names(database, log)
        var seen: Set<[String]> = []
        for count in stride(from: 0, through: log.count, by: 97) {
            seen.insert(try names(database, Array(log[..<count])))
        }
        #expect(seen.isSuperset(of: [before]))
        // What sqlite3 itself reads of every cut is compared with the states of killed writers.
        print("write-ahead log: \(log.count / 97) cuts gave \(seen.count) committed states, after: \(after.count)")
    }

    @Test func `a flipped bit is an error with its place, in the last transaction it is one that is left out and said`()
        throws
    {
        let database = try database()
        let log = try log()
        let pageSize = try SQLiteWriteAheadLog(log).pageSize
        let commits = stride(from: 32, to: log.count, by: 24 + pageSize).filter {
            log[$0 + 4..<$0 + 8].contains { $0 > 0 }
        }
        try #require(commits.count == 2)
        let first = commits[0] + 24 + pageSize
        let whole = try names(database, log)
        let before = try names(database, Array(log[..<first]))
        var errors = 0
        var torn = 0
        for place in stride(from: 32, to: commits[1] + 24 + pageSize, by: 101) {
            var damaged = log
            damaged[place] ^= 0x10
            // Damaged salts are of no other log in the midst of frames.
            let isSalt = (8..<16).contains((place - 32) % (24 + pageSize))
            if place < first || isSalt {
                let error = #expect(throws: FormatError.self) { try names(database, damaged) }
                if error?.code == .checksumMismatch, let offset = error?.offset, offset <= place { errors += 1 }
            } else {
                let found = try names(database, damaged)
                #expect(found == before && found != whole)
                let said = try tornTransaction(database, damaged)
                if let offset = said?.offset, first <= offset, offset <= place { torn += 1 }
            }
        }
        print("write-ahead log: \(errors) flipped bits found by their checksums, \(torn) in the last transaction said")
        #expect(errors > 60 && torn > 80)
        // The salts of a frame in the midst of others are damaged, not those of an earlier log.
        for commit in commits {
            var damaged = log
            damaged[commit + 8] ^= 1
            #expect(throws: FormatError.self) { try names(database, damaged) }
        }
        #expect(try tornTransaction(database, log) == nil)
    }

    @Test func `frames that a stopped writer left without salts and checksums are of no finished transaction`() throws {
        var log = try log()
        let frameSize = try 24 + SQLiteWriteAheadLog(log).pageSize
        let before = try names(database(), Array(log[..<(32 + 12 * frameSize)]))
        // Frame 15 of 13 to 29, which the second transaction has.
        let place = 32 + 14 * frameSize
        log.replaceSubrange(place + 8..<place + 24, with: repeatElement(0, count: 16))
        #expect(try names(database(), log) == before)
        #expect(try tornTransaction(database(), log)?.offset == place)
    }

    @Test func `an empty log, one of zeros, and one with nothing but its header change nothing`() throws {
        let database = try database()
        let before = try names(database, nil)
        for log in [[], [UInt8](repeating: 0, count: 5000), Array(try log()[..<32])] {
            #expect(try names(database, log) == before)
        }
    }

    @Test func `a log whose header is damaged is an error`() throws {
        var log = try log()
        log[8] ^= 1
        let error = try #require(throws: FormatError.self) { try names(database(), log) }
        #expect(error.code == .checksumMismatch)
        #expect(error.offset == 0)
    }

    /// Where the last transaction is torn, which the packages come without.
    private func tornTransaction(_ database: [UInt8], _ log: [UInt8]) throws -> FormatError? {
        try RPMDatabaseFormat.sqlite.packages(database, writeAheadLog: log).torn
    }

    /// Header numbers and names, as the statement for sqlite3 in the script that made the states.
    private func names(_ database: [UInt8], _ log: [UInt8]?) throws -> [String] {
        let file = try SQLiteFile(database, writeAheadLog: log)
        var lines: [String] = []
        try SQLiteDatabase.forEachHeader(in: file) { blob, number throws(FormatError) in
            let name = try RPMHeader(blob, at: nil).package(in: blob).name
            lines.append("\(number)\t\(name)")
            return name
        }
        return lines.sortedByBytes()
    }
}
