import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

struct DockerConfigTests {
    private static let unit = "/usr/lib/systemd/system/docker.service"
    /// As Amazon Linux has it.
    private static let amazon: [String: LiteralEntry] = [
        unit: """
        [Service]
        Type=notify
        EnvironmentFile=-/etc/sysconfig/docker
        EnvironmentFile=-/etc/sysconfig/docker-storage
        EnvironmentFile=-/run/docker/runtimes.env
        ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $OPTIONS \
        $DOCKER_STORAGE_OPTIONS $DOCKER_ADD_RUNTIMES
        """,
        "/etc/sysconfig/docker": "# x\nDAEMON_MAXFILES=1048576\nOPTIONS=\"--default-ulimit nofile=32768:65536\"\n",
        "/etc/sysconfig/docker-storage": "DOCKER_STORAGE_OPTIONS=\n",
    ]

    struct Case: Sendable {
        var version: String? = "25.0.16"
        let entries: [String: LiteralEntry]
        let verdict: Verdict.Kind
        let says: [String]
        var evidence: [Evidence] = []
    }

    private static func json(_ text: String, _ more: [String: LiteralEntry] = [:]) -> [String: LiteralEntry] {
        amazon.merging(["/etc/docker/daemon.json": .text(text)]) { $1 }.merging(more) { $1 }
    }

    @Test(arguments: [
        Case(entries: amazon, verdict: .pass, says: ["no /etc/docker/daemon.json"]),
        Case(
            entries: json(#"{"log-driver": "json-file", "live-restore": true}"#), verdict: .pass,
            says: ["/etc/docker/daemon.json is accepted by docker-ce 25.0.16"]),
        Case(
            entries: json("{\n  \"hosts\": [\"unix:///var/run/docker.sock\"]\n}"), verdict: .fail,
            says: [
                "/etc/docker/daemon.json: line 2: \"hosts\" is also set by the flag --host in \(unit) line 6"
            ],
            evidence: [
                Evidence("/etc/docker/daemon.json", line: 2, "\"hosts\": an array"),
                Evidence(ImagePath(unit), line: 6, "--host=fd://"),
            ]),
        Case(
            entries: json(#"{"default-ulimits": {}}"#), verdict: .fail,
            says: ["\"default-ulimits\" is also set by the flag --default-ulimit in /etc/sysconfig/docker line 3"]),
        Case(
            entries: json(
                #"{"hosts": ["fd://"], "default-ulimits": {}}"#,
                [
                    "/etc/systemd/system/docker.service.d/override.conf":
                        "[Service]\nEnvironmentFile=\nExecStart=\nExecStart=/usr/bin/dockerd\n"
                ]),
            verdict: .pass, says: ["accepted"]),
        Case(
            entries: json(
                #"{"log-driver": "json-file"}"#,
                ["/etc/sysconfig/docker-storage": "DOCKER_STORAGE_OPTIONS=\"--log-driver journald\"\n"]),
            verdict: .fail, says: ["--log-driver in /etc/sysconfig/docker-storage line 1"]),
        Case(
            entries: json(
                #"{"log-driver": "json-file"}"#,
                ["/usr/lib/systemd/system/docker.service": "[Service]\nExecStart=/usr/local/bin/start-docker\n"]),
            verdict: .undetermined, says: ["which keys are also flags cannot be told", "a command line of dockerd"]),
        Case(
            entries: json(
                #"{"bip": "10.0.0.1/24"}"#,
                [
                    "/usr/lib/systemd/system/docker.service":
                        "[Service]\nExecStart=/bin/sh -c 'exec /usr/bin/dockerd-current --bip=10.1.0.1/24 >>/x'\n"
                ]),
            verdict: .fail, says: ["\"bip\" is also set by the flag --bip"]),
        Case(
            entries: json(#"{"log-driver": "json-file"}"#, ["/etc/sysconfig/docker": .unreadable(.permissionDenied)]),
            verdict: .undetermined, says: ["/etc/sysconfig/docker: permissionDenied"]),
        Case(
            entries: json(#"{"#, ["/etc/sysconfig/docker": .unreadable(.permissionDenied)]), verdict: .fail,
            says: ["line 1: no JSON"]),
        Case(entries: json("{\n\"debug\": true,\n}"), verdict: .fail, says: ["line 3: no JSON"]),
        Case(
            entries: json(#"{"log-opts": {"max-file": 3}}"#), verdict: .fail,
            says: ["line 1: \"log-opts\", \"max-file\": 3 (expected: a string)"]),
        Case(entries: json("{\"bogus\": 1}"), verdict: .fail, says: ["line 1: the key \"bogus\""]),
        Case(
            version: "29.9.0", entries: json("{\"bogus\": 1}"), verdict: .undetermined,
            says: ["\"bogus\" is none that Docker 29.9 is known to have"]),
        Case(version: "29.4.0", entries: json("{\"bogus\": 1}"), verdict: .fail, says: ["\"bogus\" is none"]),
        Case(version: "29.4.0", entries: json(#"{"min-api-version": "1.24"}"#), verdict: .pass, says: ["accepted"]),
        Case(version: "28.5.2", entries: json(#"{"min-api-version": "1.24"}"#), verdict: .fail, says: ["min-api"]),
        Case(
            version: "20.10.25", entries: json(#"{"proxies": {"http-proxy": "http://p"}}"#), verdict: .fail,
            says: ["\"http-proxy\" is none that Docker 20.10.25"]),
        Case(version: "20.10.25", entries: json(""), verdict: .fail, says: ["an empty file"]),
        Case(version: "25.0.16", entries: json(""), verdict: .pass, says: ["accepted"]),
        Case(version: "1.9.1", entries: json("garbage"), verdict: .pass, says: ["does not read"]),
        Case(version: "24.0.9", entries: json(#"{"storage-driver": "devicemapper"}"#), verdict: .pass, says: []),
        Case(
            version: "25.0.16", entries: json(#"{"storage-driver": "devicemapper"}"#), verdict: .fail,
            says: ["line 1: the storage driver devicemapper, which Docker 25.0 removed"]),
        Case(
            version: "25.0.16",
            entries: amazon.merging(["/etc/sysconfig/docker-storage": "DOCKER_STORAGE_OPTIONS='-s aufs'\n"]) { $1 },
            verdict: .fail, says: ["/etc/sysconfig/docker-storage: line 1: the storage driver aufs"]),
        Case(
            entries: amazon.merging([
                unit: "[Service]\nExecStart=/usr/bin/dockerd --config-file /etc/dockerd.json\n",
                "/etc/dockerd.json": "{\"bogus\": 1}",
            ]) { $1 }, verdict: .fail, says: ["/etc/dockerd.json: line 1: the key \"bogus\""]),
        Case(
            entries: amazon.merging([unit: "[Service]\nExecStart=/usr/bin/dockerd --config-file=/etc/x.json\n"]) { $1 },
            verdict: .fail, says: ["the configuration file /etc/x.json is not in the image"]),
        Case(
            entries: json("x", ["/etc/docker/daemon.json": .link("/srv/daemon.json")]), verdict: .undetermined,
            says: ["symbolic link to /srv/daemon.json"]),
        Case(
            entries: json(String(repeating: "[", count: 100_000)), verdict: .fail,
            says: ["at most 10000 levels of nesting expected"]),
        Case(
            entries: json("[" + String(repeating: "1,", count: 100_000) + "1]"), verdict: .undetermined,
            says: ["not read whole"]),
        Case(version: nil, entries: json("{}"), verdict: .notApplicable, says: ["see docker-version"]),
        Case(
            version: "unknown", entries: json(#"{"log-driver": "json-file"}"#), verdict: .pass, says: ["accepted"]),
        Case(version: "unknown", entries: json(""), verdict: .undetermined, says: ["version is not known"]),
        Case(version: "unknown", entries: json("x"), verdict: .fail, says: ["no JSON"]),
    ])
    func `what this Docker refuses fails with its line, what cannot be told stays open`(row: Case) throws {
        let finding = try Self.finding(row.entries, docker: row.version)
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        for text in row.says { #expect(finding.message.contains(text), "\(finding.message)") }
        if !row.evidence.isEmpty { #expect(finding.evidence == row.evidence) }
    }

    private static func finding(_ entries: [String: LiteralEntry], docker version: String?) throws -> Finding {
        var entries = entries
        if let version {
            entries["/var/lib/dpkg/status"] = .text(
                "Package: docker-ce\nStatus: install ok installed\nVersion: \(version)\n")
        }
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        return Rule.dockerConfig.evaluate(facts, Policy(today: CalendarDay(year: 2026, month: 11, day: 24)))
    }

    @Test(arguments: [
        (#"{"bogus": 1, "debug": true}"#, "25.0.16"), (#"{"hosts": ["fd://"]}"#, "25.0.16"), ("", "20.10.25"),
        (#"{"api-cors-header": "*"}"#, "28.5.2"), (#"{"default-ulimits": {}, "bogus": 1}"#, "25.0.16"),
        (#"{"proxies": {"http-proxy": "http://p"}}"#, "20.10.25"),
    ])
    func `a remedy that is an edit mends the file when it is carried out`(text: String, version: String) throws {
        var entries = Self.json(text)
        for _ in 0..<2 {
            let finding = try Self.finding(entries, docker: version)
            guard finding.verdict == .fail else { break }
            #expect(finding.steps.first?.action != nil, "\(finding.remedy ?? "")")
            entries = try carriedOut(finding.steps, on: entries)
        }
        let mended = try Self.finding(entries, docker: version)
        #expect(mended.verdict == .pass, "\(mended.message)")
    }

    @Test func `a key that may hold a credential is in no remedy`() throws {
        let finding = try Self.finding(Self.json(#"{"API_TOKEN=s3cr3tmark": 1}"#), docker: "25.0.16")
        #expect(finding.remedy == "remove the key \"API_TOKEN=…\", or install a Docker that knows it")
        #expect(finding.steps.count == 2 && finding.steps.allSatisfy { $0.action == nil })
    }

    @Test func `no value that may hold a credential is kept`() throws {
        let root = RootFilesystem(
            Self.json(
                #"{"proxies": {"http-proxy": "http://u:hunter2@p"}, "log-opts": {"splunk-token": "hunter2"}}"#,
                [
                    "/etc/sysconfig/docker":
                        "OPTIONS=\"--http-proxy=http://u:hunter2@p --log-opt splunk-token=hunter2\"\n"
                ]))
        let facts = Facts(in: root)
        #expect(!"\(facts.daemonConfiguration) \(facts.dockerService)".contains("hunter2"))
        #expect(facts.dockerService.value?.flags.map(\.name) == ["host", "containerd", "http-proxy", "log-opt"])
    }
}
