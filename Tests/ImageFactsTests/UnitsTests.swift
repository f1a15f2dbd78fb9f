import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct UnitsTests {
    static let base: [String: LiteralEntry] = [
        "/etc/machine-id": "",
        "/lib": .link("usr/lib"),
        "/usr/lib/systemd/system/default.target": .link("graphical.target"),
        "/usr/lib/systemd/system/graphical.target": "[Unit]\nRequires=multi-user.target\n",
        "/usr/lib/systemd/system/multi-user.target": "[Unit]\nRequires=basic.target\n",
        "/usr/lib/systemd/system/basic.target": "[Unit]\nWants=sockets.target\n",
        "/usr/lib/systemd/system/sockets.target": "[Unit]\n",
        "/usr/lib/systemd/system/rescue.target": "[Unit]\n",
        "/usr/lib/systemd/system/docker.service": """
        [Unit]
        Wants=containerd.service
        [Service]
        ExecStart=/usr/bin/dockerd -H fd:// \\
        # a comment between
          --containerd=/run/containerd/containerd.sock $OPTIONS
        EnvironmentFile=-/etc/sysconfig/docker
        [Install]
        WantedBy=multi-user.target

        """,
        "/usr/lib/systemd/system/containerd.service": "[Service]\nExecStart=/usr/bin/containerd\n",
    ]

    func units(_ more: [String: LiteralEntry]) throws -> Units {
        let source = LiteralSource(Self.base.merging(more) { $1 })
        return Units(in: try source.root(Units.wants))
    }

    static let link: [String: LiteralEntry] = [
        "/etc/systemd/system/multi-user.target.wants/docker.service": .link("/lib/systemd/system/docker.service")
    ]

    @Test func continuedLinesAreJoinedAndKeepTheirFirstLine() throws {
        let unit = try #require(try units([:]).unit("docker.service").value)
        let start = try #require(unit.values("Service", "ExecStart").first)
        #expect(start.evidence.line == 4)
        #expect(start.value.hasPrefix("/usr/bin/dockerd -H fd://"))
        #expect(systemdWords(start.value)?.last == "$OPTIONS")
        #expect(systemdWords(start.value)?.count == 5)
    }

    @Test func aLinkStartsTheUnitAndWhatItWants() throws {
        let units = try units(Self.link)
        guard case .started(let evidence, byPresetOnFirstBoot: false) = units.start(of: "docker.service") else {
            Issue.record("\(units.start(of: "docker.service"))")
            return
        }
        #expect(evidence.map(\.path).first == "/etc/systemd/system/multi-user.target.wants/docker.service")
        #expect(evidence.last?.path == "/usr/lib/systemd/system/default.target")
        guard case .started = units.start(of: "containerd.service") else {
            Issue.record("containerd is wanted by docker")
            return
        }
    }

    @Test func withoutALinkItIsNotStarted() throws {
        guard case .notStarted(let evidence) = try units([:]).start(of: "docker.service") else {
            Issue.record("not started expected")
            return
        }
        #expect(evidence.map(\.text) == ["WantedBy=multi-user.target"])
    }

    @Test func aMaskWins() throws {
        for mask: LiteralEntry in [.link("/dev/null"), ""] {
            let units = try units(
                Self.link.merging(["/etc/systemd/system/docker.service": mask]) { $1 }
            )
            guard case .masked(let evidence) = units.start(of: "docker.service") else {
                Issue.record("masked expected")
                return
            }
            #expect(evidence.map(\.path) == ["/etc/systemd/system/docker.service"])
            #expect(units.unit("docker.service").isAbsent)
        }
    }
}
