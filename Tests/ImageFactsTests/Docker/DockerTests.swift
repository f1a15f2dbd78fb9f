import Booting
import ImageFacts
import ImageReading
import TestSupport
import Testing

struct DockerTests {
    private static let searched: [ImagePath] = [
        "/var/lib/dpkg/status", "/var/lib/dpkg/status.d", "/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm",
        "/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd", "/usr/local/sbin/dockerd",
        "/snap/docker", "/var/lib/snapd/snaps/docker_*.snap",
    ]

    private static func status(_ packages: (name: String, version: String, state: String)...) -> LiteralEntry {
        .text(
            packages.map { package in
                """
                Package: \(package.name)
                Status: install ok \(package.state)
                Architecture: amd64
                Version: \(package.version)

                """
            }.joined(separator: "\n")
        )
    }

    private func observe(_ entries: [String: LiteralEntry]) throws -> Observation<Docker> {
        try LiteralSource(entries).read(PackageDatabaseSummary.wants + Docker.wants) { root in
            Docker.observe(in: root, packages: InstalledPackages.observe(in: root))
        }.value
    }

    struct PackageCase: Sendable {
        let name: String
        let version: String
        let upstream: ReleaseVersion?
    }

    @Test(arguments: [
        PackageCase(name: "docker.io", version: "20.10.24+dfsg1-1+deb12u1", upstream: ReleaseVersion(20, 10, 24)),
        PackageCase(name: "docker-ce", version: "5:27.3.1-1~ubuntu.22.04~jammy", upstream: ReleaseVersion(27, 3, 1)),
        PackageCase(name: "docker-ce", version: "17.03.2~ce-0~debian-stretch", upstream: ReleaseVersion(17, 3, 2)),
        PackageCase(name: "docker-engine", version: "1.9.1-0~trusty", upstream: ReleaseVersion(1, 9, 1)),
        PackageCase(name: "docker-ee", version: "5:19.03.5~3-0~ubuntu", upstream: ReleaseVersion(19, 3, 5)),
        PackageCase(name: "moby-engine", version: "27.0.3-ubuntu22.04u1", upstream: ReleaseVersion(27, 0, 3)),
        PackageCase(name: "lxc-docker-1.6.2", version: "1.6.2", upstream: ReleaseVersion(1, 6, 2)),
    ])
    func `a package gives name, whole version and upstream version`(row: PackageCase) throws {
        let answer = try observe([
            "/var/lib/dpkg/status": Self.status((row.name, row.version, "installed")),
            "/usr/bin/dockerd": .executable("not read, for a package owns it"),
        ])
        let docker = try #require(answer.value)
        #expect(docker.installation == .package)
        #expect(docker.package == row.name)
        #expect(docker.versionText == row.version)
        #expect(docker.version == row.upstream)
        #expect(docker.versionProblem == nil)
        #expect(answer.evidence == [Evidence("/var/lib/dpkg/status", line: 1, "\(row.name) \(row.version)")])
    }

    @Test(arguments: [
        ("docker", "1.5-1", "installed"), ("podman-docker", "4.3.1+ds1-8+deb12u1", "installed"),
        ("docker-ce-cli", "5:27.3.1-1~debian.12~bookworm", "installed"),
        ("docker.io", "20.10.24+dfsg1-1", "config-files"),
    ])
    func `the tray applet, podman-docker, a client and a removed package are not Docker`(
        name: String, version: String, state: String
    ) throws {
        let answer = try observe([
            "/var/lib/dpkg/status": Self.status((name, version, state)), "/usr/bin/docker": .executable(),
        ])
        #expect(answer == .absent(searched: Self.searched))
    }

    @Test func `without a readable package database nothing is absent`() throws {
        let answer = try observe(["/var/lib/rpm/Packages": .bytes([1, 2, 3])])
        #expect(answer.problem?.path == "/var/lib/rpm/Packages")
        let binary = try observe(["/var/lib/rpm/Packages": .bytes([1, 2, 3]), "/usr/bin/dockerd": .executable("ELF")])
        #expect(binary.value?.installation == .binary)
        #expect(binary.value?.versionProblem?.path == "/var/lib/rpm/Packages")
        let closed = try observe(["/usr/bin": .unreadableDirectory(.permissionDenied)])
        #expect(closed.problem?.code == .permissionDenied)
    }

    @Test func `a binary that no package owns is asked for its build information`() throws {
        let flags = "build\t-ldflags=-X github.com/docker/docker/dockerversion.Version=24.0.9"
        let text = String(repeating: "0", count: 16) + flags + String(repeating: "0", count: 16)
        let head = [0xFF] + Array(" Go buildinf:".utf8) + [8, 2] + [UInt8](repeating: 0, count: 16)
        let program = head + [8] + Array("go1.22.1".utf8) + [UInt8(text.utf8.count)] + Array(text.utf8)
        for path in ["/usr/bin/dockerd", "/usr/local/bin/dockerd"] {
            let answer = try observe([path: .file(program, permissions: 0o755)])
            let docker = try #require(answer.value)
            #expect(docker.installation == .binary)
            #expect(docker.version == ReleaseVersion(24, 0, 9))
            #expect(answer.evidence == [Evidence(ImagePath(path))])
        }
    }

    @Test(arguments: [
        ("/usr/local/bin/dockerd", LiteralEntry.executable("ELF"), Problem.Code.malformed),
        ("/usr/local/bin/dockerd", .sized(1 << 30), .tooLarge),
    ])
    func `a binary without readable build information is Docker of an unknown version`(
        path: String, entry: LiteralEntry, code: Problem.Code
    ) throws {
        let docker = try #require(try observe([path: entry]).value)
        #expect(docker.version == nil)
        #expect(docker.versionProblem?.code == code)
    }

    @Test(arguments: [LiteralEntry.link("/opt/docker/dockerd"), .other, .directory])
    func `a dockerd that is no file is unreadable, not absent`(entry: LiteralEntry) throws {
        let answer = try observe(["/usr/bin/dockerd": entry])
        #expect(answer.problem?.path == "/usr/bin/dockerd")
    }

    @Test func `a snap is Docker, its version known only where it was mounted`() throws {
        let file = try #require(try observe(["/var/lib/snapd/snaps/docker_2976.snap": "hsqs"]).value)
        #expect(file.installation == .snap)
        #expect(file.versionProblem?.path == "/var/lib/snapd/snaps/docker_2976.snap")
        let mounted = try #require(
            try observe([
                "/snap/docker/current": .link("2976"),
                "/snap/docker/2976/meta/snap.yaml": "name: docker\nversion: '27.2.0'\n",
            ]).value)
        #expect(mounted.version == ReleaseVersion(27, 2))
    }

    @Test func `two packages of different versions leave the version open`() throws {
        let answer = try observe([
            "/var/lib/dpkg/status": Self.status(
                ("docker-ce", "5:27.3.1-1", "installed"), ("docker.io", "1.6.2~dfsg1-1", "installed"))
        ])
        let docker = try #require(answer.value)
        #expect(docker.package == "docker-ce")
        #expect(docker.version == nil)
        #expect(docker.versionProblem?.code == .undecided)
    }
}
