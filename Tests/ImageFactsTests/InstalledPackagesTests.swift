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

        """

    private func observe(_ entries: [String: LiteralEntry]) throws -> InstalledPackages {
        let source = LiteralSource(entries)
        let root = try source.load(InstalledPackages.wants, further: InstalledPackages.furtherWants)
        return InstalledPackages.observe(in: root)
    }

    @Test func `an installed package is present with its line, one with only its configuration left is absent`() throws
    {
        let installed = try observe(["/var/lib/dpkg/status": .text(Self.status)])
        guard case .present(let docker, let evidence) = installed.package(named: "docker-ce", "docker.io") else {
            Issue.record("docker.io not found")
            return
        }
        #expect(docker.fullVersion == "20.10.24+dfsg1-1+deb12u1")
        #expect(
            evidence == [Evidence("/var/lib/dpkg/status", line: 1, "docker.io 20.10.24+dfsg1-1+deb12u1")]
        )
        #expect(
            installed.package(named: "amazon-ecs-init")
                == .absent(searched: [
                    "/var/lib/dpkg/status", "/var/lib/dpkg/status.d", "/var/lib/rpm", "/usr/lib/sysimage/rpm",
                    "/usr/share/rpm",
                ])
        )
    }

    @Test func `without any database a package is absent`() throws {
        #expect(try observe(["/etc/passwd": ""]).package(named: "docker").isAbsent)
    }

    @Test func `beside an unreadable database a positive stands and an absence does not`() throws {
        let installed = try observe([
            "/var/lib/dpkg/status": .text(Self.status), "/var/lib/rpm/rpmdb.sqlite": "SQLite?",
        ])
        #expect(installed.package(named: "docker.io").value?.version == "20.10.24+dfsg1")
        #expect(installed.package(named: "ecs-init").problem?.path == "/var/lib/rpm/rpmdb.sqlite")
    }
}
