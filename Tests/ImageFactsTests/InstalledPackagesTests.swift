import Booting
import Foundation
import ImageFacts
import ImageReading
import PackageDatabases
import TestSupport
import Testing

struct InstalledPackagesTests {
    private static let status = """
        Package: docker.io
        Status: install ok installed
        Architecture: amd64
        Version: 20.10.24+dfsg1-1+deb12u1

        Package: amazon-ecs-init
        Status: deinstall ok config-files
        Architecture: amd64
        Version: 1.106.1-1

        Package: linux-image-6.1.0-9-amd64
        Status: install ok installed
        Version: 6.1.27-1

        Package: linux-image-6.1.0-56-amd64
        Status: install ok installed
        Version: 6.1.170-1

        """

    private func observe(_ entries: [String: LiteralEntry]) throws -> InstalledPackages {
        let source = LiteralSource(entries)
        return try source.read(PackageDatabaseSummary.wants) { InstalledPackages.observe(in: $0) }.value
    }

    /// The small real database of testdata: package50 among five others.
    private func sample(_ format: RPMDatabaseFormat) throws -> LiteralEntry {
        .bytes(try TestData.bytes(TestData.url("rpm/sample/" + format.fileName)))
    }

    private func state(_ name: String) throws -> LiteralEntry {
        .bytes(try TestData.bytes(TestData.url("rpm/state/" + name)))
    }

    // dpkg

    @Test func `an installed package is present with its line, one with only its configuration left is absent`() throws
    {
        let installed = try observe(["/var/lib/dpkg/status": .text(Self.status)])
        guard case .present(let docker, let evidence) = installed.package(named: "docker-ce", "docker.io") else {
            Issue.record("docker.io not found")
            return
        }
        #expect(docker.fullVersion == "20.10.24+dfsg1-1+deb12u1")
        #expect(
            evidence == [Evidence("/var/lib/dpkg/status", line: 1, "docker.io 20.10.24+dfsg1-1+deb12u1")])
        #expect(
            installed.package(named: "amazon-ecs-init")
                == .absent(searched: [
                    "/var/lib/dpkg/status", "/var/lib/dpkg/status.d", "/var/lib/rpm", "/usr/lib/sysimage/rpm",
                    "/usr/share/rpm",
                ]))
    }

    @Test func `packages are found by what their names begin with, in the order of names`() throws {
        let kernels = try observe(["/var/lib/dpkg/status": .text(Self.status)]).packages(withPrefix: "linux-image-")
        #expect(kernels.value?.map(\.name) == ["linux-image-6.1.0-56-amd64", "linux-image-6.1.0-9-amd64"])
        #expect(kernels.evidence.map(\.line) == [15, 11])
    }

    @Test func `single records without a status file are a database`() throws {
        let installed = try observe([
            "/var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12.4+deb12u5\n",
            "/var/lib/dpkg/status.d/libc6": "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\n",
            "/var/lib/dpkg/status.d/libc6.md5sums": "d41d8cd98f00b204e9800998ecf8427e  usr/lib/x",
        ])
        #expect(installed.all.value?.map(\.name) == ["base-files", "libc6"])
        #expect(installed.summary.databases.map(\.format) == [.statusDirectory])
        #expect(
            installed.package(named: "libc6").evidence
                == [Evidence("/var/lib/dpkg/status.d/libc6", line: 1, "libc6 2.36-9")])
    }

    @Test func `a journal counts, and is said`() throws {
        let installed = try observe([
            "/var/lib/dpkg/status": .text(Self.status),
            "/var/lib/dpkg/updates/0000": "Package: docker.io\nStatus: purge ok not-installed\nArchitecture: amd64\n",
            "/var/lib/dpkg/updates/tmp.i": "half a rec",
        ])
        #expect(installed.package(named: "docker.io").isAbsent)
        #expect(installed.summary.remarks.count == 1)
    }

    @Test func `a package that is halfway installed is absent, and said`() throws {
        let text = "Package: docker.io\nStatus: install ok half-configured\nVersion: 20.10\n"
        let installed = try observe(["/var/lib/dpkg/status": .text(text)])
        #expect(installed.package(named: "docker.io").isAbsent)
        #expect(installed.summary.remarks == ["/var/lib/dpkg/status:1: docker.io is half-configured, not installed"])
    }

    // rpm

    @Test(arguments: RPMDatabaseFormat.allCases, ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"])
    func `a database is found in every usual place and format`(format: RPMDatabaseFormat, directory: String) throws {
        let installed = try observe(["\(directory)/\(format.fileName)": sample(format)])
        let path = ImagePath("\(directory)/\(format.fileName)")
        #expect(installed.summary.databases.count == 1)
        #expect(installed.summary.databases.first?.packageCount == 6)
        #expect(
            installed.package(named: "package50").evidence
                == [Evidence(path, "package50 1.10.7-1.amzn2023.0.4")])
        #expect(installed.package(named: "docker").isAbsent)
        #expect(installed.package(named: "gpg-pubkey").isAbsent)
        #expect(installed.summary.remarks.isEmpty)
    }

    @Test func `directories that lead to one are one database`() throws {
        let installed = try observe([
            "/usr/lib/sysimage/rpm/rpmdb.sqlite": sample(.sqlite), "/var/lib/rpm": .link("../../usr/lib/sysimage/rpm"),
        ])
        #expect(installed.summary.databases.map(\.path) == ["/var/lib/rpm/rpmdb.sqlite"])
        #expect(installed.summary.databases.map(\.realPath) == ["/usr/lib/sysimage/rpm/rpmdb.sqlite"])
        #expect(installed.summary.remarks.isEmpty)
    }

    @Test func `packages that are only in the write-ahead log are found, through links too`() throws {
        let expected = try TestData.sortedLines(TestData.url("rpm/state/expected.tsv"))
            .filter { !$0.hasSuffix("gpg-pubkey") }.count
        let entries: [String: LiteralEntry] = [
            "/usr/lib/sysimage/rpm/rpmdb.sqlite": try state("rpmdb.sqlite"),
            "/usr/lib/sysimage/rpm/rpmdb.sqlite-wal": try state("rpmdb.sqlite-wal"),
        ]
        let links: [[String: LiteralEntry]] = [
            [:], ["/var/lib/rpm": .link("/usr/lib/sysimage/rpm")],
            ["/var/lib/rpm/rpmdb.sqlite": .link("../../../usr/lib/sysimage/rpm/rpmdb.sqlite")],
        ]
        for links in links {
            let installed = try observe(entries.merging(links) { $1 })
            #expect(installed.all.value?.count == expected)
            #expect(installed.packages(withPrefix: "package50").value?.count == 2)
        }
        let elsewhere = try observe([
            "/opt/db/rpmdb.sqlite": state("rpmdb.sqlite"), "/opt/db/rpmdb.sqlite-wal": state("rpmdb.sqlite-wal"),
            "/var/lib/rpm/rpmdb.sqlite": .link("../../../opt/db/rpmdb.sqlite"),
        ])
        #expect(elsewhere.all.value?.count == expected)
    }

    @Test func `a last transaction that is torn is left out, and said`() throws {
        var log = try TestData.bytes(TestData.url("rpm/state/rpmdb.sqlite-wal"))
        // The page of frame 29 (of 512 bytes each), which commits the second of two transactions.
        let place = 32 + 28 * (24 + 512)
        log[place + 300] ^= 1
        let database = try state("rpmdb.sqlite")
        let installed = try observe([
            "/var/lib/rpm/rpmdb.sqlite": database, "/var/lib/rpm/rpmdb.sqlite-wal": .bytes(log),
        ])
        let before = try observe([
            "/var/lib/rpm/rpmdb.sqlite": database, "/var/lib/rpm/rpmdb.sqlite-wal": .bytes(Array(log[..<place])),
        ])
        #expect(installed.all.value == before.all.value && before.all.value?.isEmpty == false)
        #expect(before.summary.remarks.isEmpty)
        #expect(
            installed.summary.remarks == [
                "/var/lib/rpm/rpmdb.sqlite-wal: offset \(place): write-ahead log: frame 29 with its checksum expected, "
                    + "as frame 29 commits it; the transaction was not finished and is left out, as SQLite itself does"
            ])
    }

    @Test func `a log that cannot be read makes the database unreadable`() throws {
        let installed = try observe([
            "/var/lib/rpm/rpmdb.sqlite": state("rpmdb.sqlite"),
            "/var/lib/rpm/rpmdb.sqlite-wal": .unreadable(.permissionDenied),
        ])
        #expect(installed.package(named: "package50").problem?.code == .permissionDenied)
        #expect(installed.package(named: "package50").problem?.path == "/var/lib/rpm/rpmdb.sqlite-wal")
    }

    @Test func `a rollback journal of an unfinished transaction makes the database unreadable, a finished one not`()
        throws
    {
        let hot: [UInt8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0, 0, 1]
        let unfinished = try observe([
            "/var/lib/rpm/rpmdb.sqlite": sample(.sqlite), "/var/lib/rpm/rpmdb.sqlite-journal": .bytes(hot),
        ])
        #expect(unfinished.package(named: "package50").problem?.path == "/var/lib/rpm/rpmdb.sqlite-journal")
        for journal in [[], [UInt8](repeating: 0, count: 28)] {
            let finished = try observe([
                "/var/lib/rpm/rpmdb.sqlite": sample(.sqlite), "/var/lib/rpm/rpmdb.sqlite-journal": .bytes(journal),
            ])
            #expect(finished.package(named: "package50").value != nil)
        }
    }

    @Test(arguments: [
        ("%_db_backend ndb", RPMDatabaseFormat.ndb), ("%_db_backend\tsqlite", .sqlite),
        ("%_db_backend bdb_ro", .berkeleyDB),
        ("%_dbpath %{_var}/lib/rpm", .berkeleyDB), ("%_db_backend unheard", .sqlite),
        ("%_db_backend %{?none}ndb", .ndb), ("%other \\\n%_db_backend bdb\\\n end\n%_db_backend ndb", .ndb),
        ("%outer { \n%_db_backend bdb\n}\n%_db_backend ndb", .ndb), ("%_db_backend %{lua: print('bdb')}", .sqlite),
        ("%_db_backend() bdb", .sqlite), ("  %_db_backend ndb  ", .ndb), ("# %_db_backend ndb", .berkeleyDB),
    ])
    func `of several formats the one counts that the image's rpm is configured for`(
        macros: String, format: RPMDatabaseFormat
    ) throws {
        let installed = try observe([
            "/var/lib/rpm/rpmdb.sqlite": sample(.sqlite), "/var/lib/rpm/Packages.db": sample(.ndb),
            "/var/lib/rpm/Packages": sample(.berkeleyDB), "/usr/lib/rpm/macros": .text("%_var /var\n" + macros + "\n"),
        ])
        #expect(installed.summary.databases.map(\.path.name) == [format.fileName])
        #expect(installed.summary.remarks.count == 1)
        #expect(
            installed.summary.remarks.first?.hasPrefix("/var/lib/rpm/\(format.fileName) is read, not /var/lib/rpm/")
                == true)
    }

    @Test func `without macros SQLite comes before NDB and NDB before Berkeley DB`() throws {
        var entries: [String: LiteralEntry] = [
            "/var/lib/rpm/Packages.db": try sample(.ndb), "/var/lib/rpm/Packages": try sample(.berkeleyDB),
        ]
        #expect(try observe(entries).summary.databases.map(\.format) == [.ndb])
        entries["/var/lib/rpm/rpmdb.sqlite"] = try sample(.sqlite)
        #expect(try observe(entries).summary.databases.map(\.format) == [.sqlite])
    }

    @Test func `later macro files replace earlier ones, leftovers of updates do not`() throws {
        let installed = try observe([
            "/var/lib/rpm/rpmdb.sqlite": sample(.sqlite), "/var/lib/rpm/Packages.db": sample(.ndb),
            "/usr/lib/rpm/macros": "%_db_backend sqlite\n", "/usr/lib/rpm/suse/macros": "%_db_backend bdb\n",
            "/etc/rpm/macros.db": "%_db_backend ndb\n", "/etc/rpm/macros.db.rpmnew": "%_db_backend sqlite\n",
            "/etc/rpm/macros.x~": "%_db_backend sqlite\n",
        ])
        #expect(installed.summary.databases.map(\.format) == [.ndb])
    }

    @Test func `the preferred database damaged is said, and no other stands in for it`() throws {
        let installed = try observe([
            "/var/lib/rpm/rpmdb.sqlite": "SQLite format 3\0", "/var/lib/rpm/Packages": sample(.berkeleyDB),
        ])
        #expect(installed.all.value == nil)
        let problem = try #require(installed.package(named: "package50").problem)
        #expect(problem.path == "/var/lib/rpm/rpmdb.sqlite")
        #expect(problem.reason.hasSuffix("; /var/lib/rpm/Packages cannot stand in for it, rpm reads only the one"))
        #expect(
            installed.summary.remarks == [
                "/var/lib/rpm/rpmdb.sqlite is read, not /var/lib/rpm/Packages: rpm takes the first of rpmdb.sqlite, "
                    + "Packages.db, Packages"
            ])
    }

    @Test func `a configured directory is read, and its place asked for in time`() throws {
        let installed = try observe([
            "/opt/rpm/rpmdb.sqlite": state("rpmdb.sqlite"), "/opt/rpm/rpmdb.sqlite-wal": state("rpmdb.sqlite-wal"),
            "/var/lib/rpm/Packages": sample(.berkeleyDB), "/usr/lib/rpm/macros": "%_opt /opt\n%_dbpath %{_opt}/rpm\n",
        ])
        #expect(installed.summary.databases.map(\.path) == ["/opt/rpm/rpmdb.sqlite"])
        #expect(try #require(installed.all.value).count > 6)
        #expect(installed.summary.remarks.count == 1)
    }

    @Test func `a configured directory without a database, and one known only to rpm, are said`() throws {
        let empty = try observe([
            "/var/lib/rpm/rpmdb.sqlite": sample(.sqlite),
            "/usr/lib/rpm/macros": "%_dbpath /opt/rpm\n%_db_backend sqlite\n",
        ])
        #expect(empty.all.value?.count == 6)
        #expect(
            empty.summary.remarks == [
                "/usr/lib/rpm/macros:1: rpm is configured for /opt/rpm, where no database is; "
                    + "/var/lib/rpm/rpmdb.sqlite is read"
            ])
        let unknown = try observe([
            "/var/lib/rpm/rpmdb.sqlite": sample(.sqlite),
            "/usr/lib/rpm/macros": "%_dbpath %(bash -c 'echo ~/.rpmdb')\n%_db_backend sqlite\n",
        ])
        #expect(unknown.all.value?.count == 6)
        #expect(unknown.summary.remarks.count == 1)
        let none = try observe(["/usr/lib/rpm/macros": "%_dbpath %(bash -c 'echo ~/.rpmdb')\n"])
        #expect(none.summary.remarks.isEmpty)
    }

    @Test(arguments: [
        "%_dbpath %_dbpath\n", "%_a %_b\n%_b %_a\n%_dbpath %_a\n", "%_dbpath %{_a\n", "%_dbpath %\n", "%_dbpath\n",
        "%\n",
        "%_a %{_a}%{_a}%{_a}\n%_dbpath %{_a}\n",
        "%_a xxxxxxxxxxxxxxxx\n"
            + (0..<15).map { "%_a\($0) %_a\($0 + 1)%_a\($0 + 1)%_a\($0 + 1)%_a\($0 + 1)\n" }.joined()
            + "%_dbpath /%_a0\n", "%_dbpath relative/path\n",
    ])
    func `macros that lead nowhere leave the usual places`(macros: String) throws {
        let installed = try observe([
            "/var/lib/rpm/rpmdb.sqlite": sample(.sqlite), "/usr/lib/rpm/macros": .text(macros),
        ])
        #expect(installed.all.value?.count == 6)
    }

    // Both

    @Test func `without any database a package is absent`() throws {
        let none = try observe(["/etc/passwd": ""])
        #expect(none.package(named: "docker").isAbsent)
        #expect(none.all == .present([], []))
    }

    @Test func `beside an unreadable database a positive stands and an absence does not`() throws {
        let installed = try observe([
            "/var/lib/dpkg/status": .text(Self.status), "/var/lib/rpm/rpmdb.sqlite": "SQLite?",
        ])
        #expect(installed.package(named: "docker.io").value?.version == "20.10.24+dfsg1")
        #expect(installed.package(named: "ecs-init").problem?.path == "/var/lib/rpm/rpmdb.sqlite")
        #expect(installed.summary.databases.map(\.packageCount) == [3, nil])
        // The list is known only where all databases are.
        #expect(installed.all.problem?.path == "/var/lib/rpm/rpmdb.sqlite")
    }

    @Test(arguments: RPMDatabaseFormat.allCases)
    func `a database cut to a third is unreadable with its place and reason`(format: RPMDatabaseFormat) throws {
        let bytes = try TestData.bytes(TestData.url("rpm/sample/" + format.fileName))
        let installed = try observe(["/var/lib/rpm/\(format.fileName)": .bytes(Array(bytes[..<(bytes.count / 3)]))])
        let problem = try #require(installed.package(named: "package50").problem)
        #expect(problem.code == .malformed)
        #expect(problem.path == ImagePath("/var/lib/rpm/\(format.fileName)"))
        #expect(problem.offset != nil)
    }

    @Test func `of several versions of a package the newest counts`() throws {
        let record: (String, String) -> String = {
            "Package: k\nStatus: install ok installed\nVersion: \($0)\nArchitecture: \($1)\n\n"
        }
        let installed = try observe([
            "/var/lib/dpkg/status": .text(
                record("1.9", "amd64") + record("1.10", "amd64") + record("1.10~rc1", "amd64"))
        ])
        #expect(installed.package(named: "k").value?.version == "1.10")
    }

    @Test func `what is encoded is the databases without the packages`() throws {
        let summary = try observe(["/var/lib/rpm/Packages": sample(.berkeleyDB)]).summary
        let json = try JSONEncoder().encode(summary)
        #expect(!String(decoding: json, as: UTF8.self).contains("package50"))
        #expect(try JSONDecoder().decode(PackageDatabaseSummary.self, from: json) == summary)
    }

    @Test func `a package as JSON has every key, null where there is nothing`() throws {
        let package = Package(manager: .dpkg, name: "a", fullVersion: "1.0")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(package), as: UTF8.self)
        #expect(
            text == #"{"architecture":null,"epoch":null,"manager":"dpkg","name":"a","release":null,"#
                + #""source":null,"vendor":null,"version":"1.0"}"#)
        #expect(try JSONDecoder().decode(Package.self, from: Data(text.utf8)) == package)
    }
}
