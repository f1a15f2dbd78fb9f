import ByteParsing
import Foundation
import PackageDatabases
import TestSupport
import Testing

struct DpkgDatabaseTests {
    private static let status = """
        Package: libc6
        Essential: no
        Status: install ok installed
        Architecture: amd64
        Multi-Arch: same
        Source: glibc (2.36-9)
        Version: 2.36-9+deb12u10
        Conffiles:
         /etc/ld.so.conf.d/x86_64-linux-gnu.conf d4e7a7b88a71b5ffd9e2644e71a0cfab
        Description: GNU C Library: Shared libraries
         Version: 1.0 of something else, in a continuation line
         .
         Package: not one

        package: libc6
        STATUS: install ok installed
        architecture: i386
        vErSiOn:\t2.36-9+deb12u10\t

        \t
        Package: amazon-ecs-init
        Status: deinstall ok config-files
        Version: 1.106.1-1
        Architecture: amd64

        Package: gone
        Status: purge ok not-installed

        Package: docker.io
        Status: install ok half-configured
        Version: 20.10.24+dfsg1-1
        Architecture: amd64

        Package: man-db
        Status: install ok triggers-pending
        Version: 2.11.2-2
        Architecture: amd64

        Package: distroless
        Version: 1:2-3

        """

    @Test func `records come with their state, line, source and both architectures`() throws {
        let records = try dpkgRecords(Array(Self.status.utf8))
        #expect(
            records.map(\.package.name) == [
                "libc6", "libc6", "amazon-ecs-init", "gone", "docker.io", "man-db", "distroless",
            ])
        #expect(records.map(\.line) == [1, 15, 21, 26, 29, 34, 39])
        #expect(records.map(\.state.isInstalled) == [true, true, false, false, false, true, false])
        #expect(records.map(\.package.architecture) == ["amd64", "i386", "amd64", nil, "amd64", "amd64", nil])
        #expect(records[0].package.source == "glibc (2.36-9)")
        #expect(records[1].package.fullVersion == "2.36-9+deb12u10")
        #expect(records[6].package.epoch == 1)
    }

    @Test func `the journal has the last word`() throws {
        let first = "Package: gone\nStatus: install ok installed\nVersion: 7\n\n"
        let second = "Package: libc6\nStatus: install ok unpacked\nArchitecture: i386\nVersion: 3\n"
        let third = "Package: new\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"
        let records = try dpkgRecords(
            Array(Self.status.utf8), updates: [first, second, third].map { Array($0.utf8) })
        let installed = records.filter(\.state.isInstalled).map { "\($0.package.name) \($0.package.fullVersion)" }
        #expect(
            installed == [
                "libc6 2.36-9+deb12u10", "gone 7", "man-db 2.11.2-2", "new 1",
            ])
    }

    @Test func `a record without a Status is not installed, but in a file of status_d it is`() throws {
        let bytes = Array("Package: docker.io\nVersion: 20.10.24\n".utf8)
        #expect(try dpkgRecords(bytes).map(\.state) == [.notInstalled])
        #expect(try dpkgRecords(bytes, stateWithoutStatus: .installed).map(\.state) == [.installed])
    }

    @Test(
        arguments: [
            ("Package: a", FormatError.Code.truncated, 0), (" continuation\n", .malformed, 0),
            ("Package: a\nVersion 1\n", .malformed, 11), ("Version: 1\n", .malformed, 0),
            ("Package:\nVersion: 1\n", .malformed, 0),
            ("Package: a\nStatus: install ok installed\n", .malformed, 0),
            ("Package: a\nVersion: 1\nStatus: install ok\n", .malformed, 0),
            ("Package: a\nVersion: 1\nStatus: install ok Installed\n", .malformed, 0),
            ("Package: a\nVersion: 1\n\nVersion: 2\n\n", .malformed, 23), ("\0\0\0\n", .malformed, 0),
            (": x\n", .malformed, 0), ("Pack age: a\n", .malformed, 0),
        ] as [(String, FormatError.Code, Int)])
    func `what dpkg refuses is an error with its place`(text: String, code: FormatError.Code, offset: Int) throws {
        let error = try #require(throws: FormatError.self) { try dpkgRecords(Array(text.utf8)) }
        #expect(error.code == code)
        #expect(error.offset == offset)
        #expect(error.reason.hasPrefix("line "))
    }

    @Test func `an empty file is a database without packages`() throws {
        #expect(try dpkgRecords([]).isEmpty)
    }

    @Test func `cut at any length it is an error or what stands before the cut`() throws {
        let bytes = Array(Self.status.utf8)
        let whole = try dpkgRecords(bytes)
        var errors = 0
        for count in 0..<bytes.count {
            do throws(FormatError) {
                let records = try dpkgRecords(Array(bytes[..<count]))
                #expect(records.map(\.package.name).elementsEqual(whole.prefix(records.count).map(\.package.name)))
            } catch {
                errors += 1
            }
        }
        #expect(errors > bytes.count * 9 / 10)
    }

    @Test(
        .enabled(
            if: TestData.fixture("debian-bookworm") != nil && Tool.exists("dpkg-query"),
            "no debian-bookworm among the fixtures (make fixtures) or no dpkg-query: the parser is NOT compared"))
    func `a real status file gives what dpkg-query says of it`() throws {
        let directory = try #require(TestData.fixture("debian-bookworm")).appending(path: "var/lib/dpkg")
        let found = try lines(dpkgRecords(TestData.bytes(directory.appending(path: "status"))))
        let expected = try query(directory)
        #expect(found == expected)
        print("dpkg: \(found.count) packages of a real status file, equal to dpkg-query line by line")
        #expect(found.count > 100)
    }

    @Test(.enabled(if: Tool.exists("dpkg-query"), "no dpkg-query: the journal is NOT compared"))
    func `a journal gives what dpkg-query says of it`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: directory) }
        let updates = directory.appending(path: "updates")
        try FileManager.default.createDirectory(at: updates, withIntermediateDirectories: true)
        let status = "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1:1.0-1\n"
        let journal = [
            "Package: b\nStatus: install ok installed\nArchitecture: all\nVersion: 2\nSource: x (1)\n",
            "Package: a\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1:1.0-1\n",
        ].map { Array(($0 + "Maintainer: x <x@y>\nDescription: x\n").utf8) }
        let withoutStatus = "\nPackage: c\nArchitecture: all\nVersion: 3\nMaintainer: x <x@y>\nDescription: x\n\n"
        let bytes = Array((status + "Maintainer: x <x@y>\nDescription: x\n" + withoutStatus).utf8)
        try Data(bytes).write(to: directory.appending(path: "status"))
        for (index, entry) in journal.enumerated() {
            try Data(entry).write(to: updates.appending(path: "000\(index)"))
        }
        let found = try lines(dpkgRecords(bytes, updates: journal))
        #expect(found == ["b\t2\tall\tx (1)"])
        #expect(found == (try query(directory)))
    }

    private func lines(_ records: [DpkgRecord]) -> [String] {
        records.filter { $0.state == .installed }.map(\.package).map {
            [$0.name, $0.fullVersion, $0.architecture ?? "", $0.source ?? ""].joined(separator: "\t")
        }.sortedByBytes()
    }

    private func query(_ directory: URL) throws -> [String] {
        let format = #"${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${Source}\n"#
        let output = try Tool.output("dpkg-query", ["--admindir=\(directory.path)", "-W", "-f", format])
        return output.split(separator: "\n").filter { $0.hasPrefix("installed\t") }
            .map { String($0.dropFirst("installed\t".count)) }.sortedByBytes()
    }
}
