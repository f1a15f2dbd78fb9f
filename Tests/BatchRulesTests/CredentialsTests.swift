import Foundation
import ImageReading
import TestSupport
import Testing

@testable import BatchRules
@testable import ImageFacts

/// Credentials on an image appear in no fact and no finding, however crooked the line is that holds them.
@Suite struct CredentialsTests {
    /// Part of every credential below, and of nothing else.
    static let mark = "s3cr3tmark"

    static let keys = [
        "ECS_ENGINE_AUTH_DATA", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "MY_SECRET",
        "MY_SECRET_KEY", "GITHUB_TOKEN", "API_TOKEN_2", "DB_PASSWORD", "PASSWORD", "HTTP_PROXY", "https_proxy",
        "ECS_LOG_OPTS", "SPLUNK_TOKEN",
    ]

    /// Each key in every form that a line can have.
    static let config = keys.map { key in
        """
        \(key)=\(mark)
        export \(key)=\(mark)
        \(key) =\(mark)
        \(key)='\(mark)'
        \(key)="\(mark)
        \(key)={"https://index.docker.io/v1/":{
        "auth":"\(mark)","email":"\(mark)"}}
        "auth":"\(mark)=="
        \(mark)==
        \(mark.uppercased())=
        \(mark)
        \(key): \(mark)
        # \(key)=\(mark)
        \u{FEFF}\(key)=\(mark)
        """
    }.joined(separator: "\n")

    static let document = """
        {"EngineAuthType": "docker", "EngineAuthData": {"https://x": {"username": "u", "password": "\(mark)"}},
         "\(mark)": "\(mark)", "Unknown": "\(mark)", "ReservedMemory": "\(mark)",
         "InstanceAttributes": {"\(mark)": {"a": "\(mark)"}}}
        """

    static let unit = """
        [Unit]
        Description=agent
        [Service]
        Environment=\(keys.map { "\($0)=\(mark)" }.joined(separator: " "))
        EnvironmentFile=/etc/agent.env
        EnvironmentFile=-/etc/ecs/ecs.config
        ExecStartPre=/usr/bin/docker login -u u -p \(mark) registry.example
        ExecStart=/usr/bin/docker run --name ecs-agent \(keys.map { "-e \($0)=\(mark)" }.joined(separator: " ")) \\
            --env 'GITHUB_TOKEN=\(mark)' --env-file /etc/agent.env --env-file=/etc/ecs/ecs.config \\
            -e ECS_AVAILABLE_LOGGING_DRIVERS='["awslogs"]' amazon/amazon-ecs-agent:latest
        [Install]
        WantedBy=multi-user.target
        """

    static let image: [String: LiteralEntry] = [
        "/etc/os-release": "ID=ubuntu\nVERSION_ID=22.04\n",
        "/var/lib/dpkg/status": "Package: amazon-ecs-init\nStatus: install ok installed\nVersion: 1.62.1-1\n",
        "/etc/ecs/ecs.config": .text(config),
        "/var/lib/ecs/ecs.config": .text(config),
        "/etc/ecs/ecs.config.json": .text(document),
        "/etc/systemd/system/ecs-agent.service": .text(unit),
        "/etc/systemd/system/ecs-agent.service.d/proxy.conf": .text("[Service]\nEnvironment=\"MY_SECRET=\(mark)\"\n"),
        "/etc/systemd/system/multi-user.target.wants/ecs-agent.service": .link("../ecs-agent.service"),
        "/etc/agent.env": .text(keys.map { "\($0)=\(mark)\n" }.joined()),
        "/etc/init/ecs.conf": .text(
            "start on runlevel [2345]\nenv GITHUB_TOKEN=\(mark)\nexec /usr/bin/docker run "
                + "-e GITHUB_TOKEN=\(mark) amazon/amazon-ecs-agent:latest\n"),
        "/etc/rc.local": .executable(
            "#!/bin/sh\nexport MY_SECRET=\(mark)\ndocker run -e A_TOKEN=\(mark) "
                + "amazon/amazon-ecs-agent:latest\n"),
        "/etc/default/docker": .text("HTTP_PROXY=http://u:\(mark)@proxy:3128\n"),
        "/etc/docker/daemon.json": .text("{\"log-opts\": {\"splunk-token\": \"\(mark)\"}, \"x\": \"\(mark)\"}"),
    ]

    @Test func appearInNoFactAndNoFinding() throws {
        let images = [
            Self.image, Self.image.filter { $0.key != "/var/lib/dpkg/status" },
            Self.image.filter { !$0.key.contains("ecs-agent.service") },
        ]
        for entries in images {
            let root = try LiteralSource(entries).read(Facts.wants) { _ = Facts(in: $0) }.root
            let facts = Facts(in: root)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
            let json = String(decoding: try encoder.encode(facts), as: UTF8.self)
            expectNoMark(in: json)
            let findings = RuleCatalog.batch.rules.map { $0.evaluate(facts, .test) }
            expectNoMark(in: findings.map { "\($0)" }.joined(separator: "\n"))
            #expect(facts.agentConfig.value?.oddLineCount ?? 0 > 50)
        }
    }

    private func expectNoMark(in json: String, _ location: SourceLocation = #_sourceLocation) {
        for line in json.split(separator: "\n") where line.lowercased().contains(Self.mark) {
            Issue.record("a credential is shown: \(line)", sourceLocation: location)
        }
    }
}
