import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct DockerSnapTests {
    private static let unit = "/etc/systemd/system/snap.docker.dockerd.service"
    /// As snapd writes it, beside the snap itself.
    private static let snap: [String: LiteralEntry] = [
        unit: "[Service]\nExecStart=/usr/bin/snap run docker.dockerd\n[Install]\nWantedBy=multi-user.target\n",
        "/etc/systemd/system/multi-user.target.wants/snap.docker.dockerd.service": .link(unit),
        "/var/lib/snapd/snaps/docker_2932.snap": "hsqs", "/usr/lib/systemd/system/multi-user.target": "[Unit]\n",
        "/usr/lib/systemd/system/default.target": .link("multi-user.target"),
        "/usr/lib/systemd/systemd": .executable(),
    ]
    private static let agent = "Package: amazon-ecs-init\nStatus: install ok installed\nVersion: 1.106.1-1\n"

    private static func finding(_ status: String, _ entries: [String: LiteralEntry]) throws -> Finding {
        var entries = entries
        entries["/var/lib/dpkg/status"] = .text(status)
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        return Rule.dockerSnap.evaluate(facts, .test)
    }

    @Test func `docker-snap#188: ecs-init with the snap's dockerd fails`() throws {
        let finding = try Self.finding(Self.agent, Self.snap)
        #expect(finding.verdict == .fail && finding.level == .required)
        #expect(finding.message.contains("cannot mount /var/lib/ecs"), "\(finding.message)")
        #expect(finding.evidence.contains { $0.path.text.contains("snap") })
    }

    @Test(arguments: [
        (
            "--volume=/var/lib/ecs/data:/data --volume=/var/run:/var/run", Verdict.Kind.fail,
            "cannot mount /var/lib/ecs/data"
        ),
        ("--volume=/var/run:/var/run", .pass, "binds nothing"), ("--volumes-from data", .undetermined, "is not known"),
    ])
    func `an agent that is run by hand goes by what it binds`(options: String, verdict: Verdict.Kind, says: String)
        throws
    {
        let run = LiteralEntry.text(
            "[Service]\nExecStart=/snap/bin/docker run --net=host \(options) "
                + "amazon/amazon-ecs-agent:v1.99.1\n[Install]\nWantedBy=multi-user.target\n")
        let finding = try Self.finding(
            "",
            Self.snap.merging([
                "/etc/systemd/system/ecs.service": run,
                "/etc/systemd/system/multi-user.target.wants/ecs.service": .link("../ecs.service"),
            ]) { $1 })
        #expect(finding.verdict == verdict, "\(finding.message)")
        #expect(finding.message.contains(says), "\(finding.message)")
    }

    @Test func `a package's dockerd passes, beside a snap too`() throws {
        let docker = "Package: docker.io\nStatus: install ok installed\nVersion: 24.0.7-0ubuntu4\n\n"
        let service: [String: LiteralEntry] = [
            "/usr/lib/systemd/system/docker.service": "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n"
        ]
        for more in [[:], Self.snap] {
            let finding = try Self.finding(docker + Self.agent, service.merging(more) { $1 })
            #expect(finding.verdict == .pass && finding.message.contains("docker.service"), "\(finding.message)")
        }
    }

    @Test func `without Docker, or without an agent, it does not apply`() throws {
        #expect(try Self.finding(Self.agent, [:]).verdict == .notApplicable)
        #expect(try Self.finding("", Self.snap).verdict == .notApplicable)
    }
}
