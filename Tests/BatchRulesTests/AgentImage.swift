import Foundation
import ImageReading
import TestSupport
import Testing

@testable import BatchRules
@testable import ImageFacts

/// An image for the rules about the agent: literal files, and facts put in place of those that the files would give.
struct AgentImage: Sendable {
    var entries: [String: LiteralEntry] = [:]
    var changes: [String: any Encodable & Sendable] = [:]

    /// ecs-init of this version from a package, and nothing else.
    static func ecsInit(_ version: String = "1.106.1-1.amzn2023", package: String = "ecs-init") -> AgentImage {
        AgentImage(entries: [
            "/var/lib/dpkg/status": .text("Package: \(package)\nStatus: install ok installed\nVersion: \(version)\n")
        ])
    }

    static let none = AgentImage(entries: ["/etc/passwd": ""])
    static let damaged = AgentImage(entries: ["/var/lib/rpm/Packages": .unreadable(.inputOutput)])

    /// This image with a file more.
    func with(_ path: String, _ entry: LiteralEntry) -> AgentImage {
        var image = self
        image.entries[path] = entry
        return image
    }

    /// This image with a fact decided here.
    func with(_ fact: String, fact value: any Encodable & Sendable) -> AgentImage {
        var image = self
        image.changes[fact] = value
        return image
    }

    func on(_ id: String, _ version: String?, _ name: String) -> AgentImage {
        let distribution = Distribution(id: id, like: [], version: version, prettyName: name, supportEnd: nil)
        let observation: Observation<Distribution> = .present(distribution, [Evidence("/etc/os-release")])
        return with("distribution", fact: observation)
    }

    func docker(_ version: String) -> AgentImage {
        let docker = Docker(
            installation: .package, package: "docker", versionText: version, version: ReleaseVersion(version),
            versionProblem: nil)
        let observation: Observation<Docker> = .present(docker, [Evidence("/var/lib/rpm/rpmdb.sqlite")])
        return with("docker", fact: observation)
    }

    /// Run by hand by a unit that is enabled, with these lines before its ExecStart= and these options of docker run.
    static func unit(_ lines: String = "", run options: String) -> AgentImage {
        AgentImage(entries: [
            "/etc/systemd/system/ecs-agent.service": .text(
                "[Service]\n\(lines)\nExecStart=/usr/bin/docker run --name ecs-agent \(options) "
                    + "amazon/amazon-ecs-agent:v1.99.1\n[Install]\nWantedBy=multi-user.target\n"),
            "/etc/systemd/system/multi-user.target.wants/ecs-agent.service": .link("../ecs-agent.service"),
            "/usr/lib/systemd/system/multi-user.target": "[Unit]\n",
            "/usr/lib/systemd/system/default.target": .link("multi-user.target"),
            "/usr/lib/systemd/systemd": .executable(), "/usr/bin/docker": WholeImage.program,
        ])
    }

    /// A unit that is enabled and runs this image of the agent.
    static func running(_ image: String) -> AgentImage {
        AgentImage.unit(run: "-d").replacing("amazon/amazon-ecs-agent:v1.99.1", with: image)
    }

    private func replacing(_ text: String, with other: String) -> AgentImage {
        var image = self
        image.entries = entries.mapValues { entry in
            guard case .file(let bytes, let permissions) = entry else { return entry }
            let replaced = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: text, with: other)
            return .file(Array(replaced.utf8), permissions: permissions)
        }
        return image
    }

    /// Run by hand, the job giving these variables.
    static func byHand(_ settings: [(String, String)], problem: Problem? = nil) -> AgentImage {
        let unit = Evidence("/etc/systemd/system/ecs.service", line: 9, "ExecStart=/usr/bin/docker run")
        let agent = Agent(
            installation: .byHand, package: nil, packageProblem: nil, versionText: "v1.62.1",
            version: ReleaseVersion(1, 62, 1), versionSource: .tag, cache: nil)
        let environment = AgentEnvironment(
            isFromECSInit: false, job: "ecs.service",
            settings: settings.compactMap { key, value in
                AgentSetting(key, value, unit).map { .init(setting: $0, layer: .job) }
            }, problem: problem, versionProblem: nil)
        let observed: Observation<AgentEnvironment> = .present(environment, [unit])
        let present: Observation<Agent> = .present(agent, [unit])
        let drivers = LogDrivers.observe(environment: observed, document: .absent(searched: []), agent: present)
        return none.with("agent", fact: present).with("agentEnvironment", fact: observed)
            .with("logDrivers", fact: drivers)
    }

    /// The facts as a later run would judge them again: through JSON and back.
    func facts() throws -> Facts {
        let source = LiteralSource(entries)
        let root = try source.read(Facts.wants) { _ = Facts(in: $0) }.root
        let encoder = JSONEncoder()
        let encoded = try JSONSerialization.jsonObject(with: encoder.encode(Facts(in: root)))
        var object = try #require(encoded as? [String: Any])
        for (name, value) in changes {
            #expect(object[name] != nil, "there is no fact \(name)")
            object[name] = try JSONSerialization.jsonObject(with: encoder.encode(value))
        }
        return try JSONDecoder().decode(Facts.self, from: JSONSerialization.data(withJSONObject: object))
    }

    func finding(_ rule: Rule, _ policy: Policy = .test) throws -> Finding {
        rule.evaluate(try facts(), policy)
    }
}

extension Policy {
    static let test = Policy(today: CalendarDay(year: 2026, month: 11, day: 24))

    /// The same with this value of a rule's parameter.
    static func test(_ rule: String, _ value: some Sendable) -> Policy {
        Policy(today: test.today, parameters: [rule: value])
    }
}

/// One row of a rule's table.
struct RuleCase: Sendable, CustomTestStringConvertible {
    let name: String
    let image: AgentImage
    let verdict: Verdict.Kind
    /// A part of the message.
    let says: String
    /// The line of the first evidence, where it is to be checked.
    var line: Int?
    var testDescription: String { name }

    init(_ name: String, _ image: AgentImage, _ verdict: Verdict.Kind, _ says: String, line: Int? = nil) {
        self.name = name
        self.image = image
        self.verdict = verdict
        self.says = says
        self.line = line
    }

    func check(_ rule: Rule, _ policy: Policy = .test, _ location: SourceLocation = #_sourceLocation) throws {
        let finding = try image.finding(rule, policy)
        #expect(finding.verdict == verdict, "\(name): \(finding.message)", sourceLocation: location)
        #expect(says.isEmpty || finding.message.contains(says), "\(name): \(finding.message)", sourceLocation: location)
        if let line { #expect(finding.evidence.first?.line == line, "\(name)", sourceLocation: location) }
        let needsRemedy = verdict == .fail || verdict == .undetermined
        #expect((finding.remedy?.isEmpty == false) == needsRemedy, "\(name)", sourceLocation: location)
    }
}
