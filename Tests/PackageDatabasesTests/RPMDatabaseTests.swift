import ByteParsing
import Foundation
import TestSupport
import Testing

@testable import PackageDatabases

/// Every format held against what rpm, libdb and sqlite3 say of the same files.
struct RPMDatabaseTests {
    @Test(arguments: RPMDatabaseFormat.allCases)
    func `a small database gives what rpm says of it`(format: RPMDatabaseFormat) throws {
        let directory = TestData.url("rpm/sample")
        let packages = try format.packages(TestData.bytes(directory.appending(path: format.fileName))).packages
        let expected = try TestData.sortedLines(directory.appending(path: "expected.tsv"))
        #expect(packages.map(rpmLine).sortedByBytes() == expected)
    }

    @Test(arguments: RPMDatabaseFormat.allCases)
    func `the vendors of a small database are what rpm says of them`(format: RPMDatabaseFormat) throws {
        let directory = TestData.url("rpm/sample")
        let packages = try format.packages(TestData.bytes(directory.appending(path: format.fileName))).packages
        let lines = packages.map { "\($0.name)\t\($0.vendor ?? "(none)")" }
        #expect(lines.sortedByBytes() == (try TestData.sortedLines(directory.appending(path: "vendors.tsv"))))
    }

    @Test(
        .enabled(
            if: TestData.shared("corpus/rpmdb") != nil, "no shared/corpus/rpmdb: real databases are NOT compared"))
    func `real databases of distributions give what rpm said of them`() throws {
        let corpus: [(RPMDatabaseFormat, String)] = [
            (.berkeleyDB, "libuuid-bdb"), (.ndb, "sle15-bci"), (.sqlite, "cbl-mariner-2.0"),
        ]
        for (format, name) in corpus {
            let file = try #require(TestData.shared("corpus/rpmdb/\(name)/\(format.fileName)"))
            let expected = file.deletingLastPathComponent().appending(path: "expected.tsv")
            let packages = try format.packages(TestData.bytes(file)).packages
            #expect(packages.map(rpmLine).sortedByBytes() == (try TestData.sortedLines(expected)), "\(name)")
            print("rpm databases: \(name), \(format.rawValue): \(packages.count) packages as rpm says")
        }
    }

    @Test(
        .enabled(
            if: TestData.fixture("rpm-databases") != nil,
            "no rpm-databases among the fixtures (make fixtures): generated databases are NOT compared"))
    func `every generated database gives what rpm says of it, in every format`() throws {
        let directory = try #require(TestData.fixture("rpm-databases"))
        let sets = try TestData.directories(in: directory, prefix: "set-")
        let lists = try TestData.directories(in: directory, prefix: "list-")
        var counts: [String: Int] = [:]
        for set in sets + lists {
            let expected = try TestData.sortedLines(set.appending(path: "expected.tsv"))
            for format in RPMDatabaseFormat.allCases {
                let packages = try format.packages(TestData.bytes(set.appending(path: format.fileName))).packages
                #expect(packages.map(rpmLine).sortedByBytes() == expected, "\(set.lastPathComponent) \(format)")
                counts["databases", default: 0] += 1
                counts["packages", default: 0] += packages.count
            }
            let variant = try String(contentsOf: set.appending(path: "variant"), encoding: .utf8)
            counts["Berkeley DB with " + variant.trimmingCharacters(in: .newlines), default: 0] += 1
        }
        print("rpm databases: \(sets.count) sets, \(lists.count) lists, equal to rpm line by line: \(counts)")
        #expect(sets.count >= 200 && lists.count >= 4)
        // Eight page sizes, two byte orders.
        #expect(counts.keys.filter { $0.hasPrefix("Berkeley") }.count == 16)
    }

    @Test func `several values for a key are read as libdb reads them`() throws {
        let fixtures = TestData.fixture("rpm-databases/duplicates")
        let directories = [TestData.url("rpm/duplicates")] + (fixtures.map { [$0] } ?? [])
        var count = 0
        for directory in directories {
            for expected in try TestData.directories(in: directory) where expected.pathExtension == "tsv" {
                let file = expected.deletingPathExtension().appendingPathExtension("db")
                var lines: [String] = []
                try BerkeleyDBHash.forEachRecord(in: TestData.bytes(file)) { key, value, _ in
                    lines.append("\(hexadecimal(key))\t\(hexadecimal(value))")
                }
                #expect(lines.sortedByBytes() == (try TestData.sortedLines(expected)), "\(file.lastPathComponent)")
                count += lines.count
            }
        }
        print("Berkeley DB: \(count) values among several of a key, equal to libdb")
    }

    private func hexadecimal(_ bytes: Span<UInt8>) -> String {
        var text = ""
        for index in bytes.indices {
            let digits = String(bytes[index], radix: 16)
            text += digits.count == 1 ? "0" + digits : digits
        }
        return text
    }
}

/// A package as `rpm -qa` prints it for these tests: NAME EPOCH VERSION RELEASE ARCH SOURCERPM.
func rpmLine(_ package: Package) -> String {
    [
        package.name, package.epoch.map(String.init) ?? "", package.version, package.release ?? "",
        package.architecture ?? "(none)", package.source ?? "(none)",
    ].joined(separator: "\t")
}
