import ImageReading
import TestSupport
import Testing

@testable import Startup

@Suite struct BootTests {
    func startup(_ more: [String: LiteralEntry]) throws -> ImageStartup {
        try ImageStartup(ofLiteral: BootingUnits.withDocker.merging(more) { $1 })
    }

    static let link: [String: LiteralEntry] = [
        "/etc/systemd/system/multi-user.target.wants/docker.service": .link("/lib/systemd/system/docker.service")
    ]

    @Test func continuedLinesAreJoinedAndKeepTheirFirstLine() throws {
        let unit = try #require(try startup([:]).boot.unit("docker.service").value)
        let start = try #require(unit.values("Service", "ExecStart").first)
        #expect(start.evidence.line == 4)
        #expect(start.value.hasPrefix("/usr/bin/dockerd -H fd://"))
        #expect(systemdWords(start.value)?.last == "$OPTIONS")
        #expect(systemdWords(start.value)?.count == 5)
    }

    @Test func aLinkStartsTheUnitAndWhatItWants() throws {
        let boot = try startup(Self.link).boot
        guard case .started(let evidence, byPresetOnFirstBoot: false) = boot.start(of: "docker.service") else {
            Issue.record("\(boot.start(of: "docker.service"))")
            return
        }
        #expect(evidence.map(\.path).first == "/etc/systemd/system/multi-user.target.wants/docker.service")
        #expect(evidence.last?.path == "/usr/lib/systemd/system/default.target")
        guard case .started = boot.start(of: "containerd.service") else {
            Issue.record("containerd is wanted by docker")
            return
        }
    }

    @Test func withoutALinkItIsNotStarted() throws {
        guard case .notStarted(let evidence) = try startup([:]).boot.start(of: "docker.service") else {
            Issue.record("not started expected")
            return
        }
        #expect(evidence.map(\.text) == ["WantedBy=multi-user.target"])
    }

    @Test func aMaskWins() throws {
        for mask: LiteralEntry in [.link("/dev/null"), ""] {
            let boot = try startup(
                Self.link.merging(["/etc/systemd/system/docker.service": mask]) { $1 }
            ).boot
            guard case .masked(let evidence) = boot.start(of: "docker.service") else {
                Issue.record("masked expected")
                return
            }
            #expect(evidence.map(\.path) == ["/etc/systemd/system/docker.service"])
            #expect(boot.unit("docker.service").isAbsent)
        }
    }
}
