import Foundation
import ImageReading
import TestSupport
import Testing

@testable import ImageFacts
@testable import Startup

/// Facts about the start outlive the image: what is written down is read back, under names that people know.
@Suite struct StartupCodingTests {
    private static let place = [Evidence("/etc/x", line: 3, "y")]
    private static let problem = Problem(.malformed, at: "/etc/x", "a reason")

    static func roundTrip<T: Codable & Equatable>(_ value: T) throws -> String {
        let data = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(T.self, from: data) == value)
        let text = String(decoding: data, as: UTF8.self)
        #expect(!text.contains("\"_0\""), "\(text)")
        return text
    }

    @Test(arguments: [
        BootStart.started(evidence: place, byPresetOnFirstBoot: true), .notStarted(evidence: place),
        .masked(evidence: place),
        .noUnit(searched: ["/etc/x"]),
        .undetermined(evidence: place, problem: problem),
    ])
    func startsAreReadBack(start: BootStart) throws {
        _ = try Self.roundTrip(start)
    }

    private static let faults: [StartFault] = [
        StartFault(.refused(reason: .restartOfOneshot(restart: "always")), place),
        StartFault(.noFile(path: "/etc/ecs/x"), doubt: .userData, place),
        StartFault(.endsBefore(script: "/opt/x"), doubt: .madeBy(place: "a.service"), place),
    ]

    @Test(arguments: [
        StartOrder.after(evidence: place), .cycle(evidence: place), .notOrdered(evidence: place),
        .undetermined(evidence: place, problem: problem),
    ])
    func jobsAreReadBack(order: StartOrder) throws {
        let run = AgentJob.DockerRun(
            image: "amazon/amazon-ecs-agent", restart: "always",
            environment: [
                AgentJob.Setting(key: "ECS_CLUSTER", value: "$A", evidence: Self.place[0], problem: Self.problem)
            ],
            problem: Self.problem)
        let program = AgentJob.ProgramRun(
            path: "/usr/bin/amazon-ecs-agent", environment: [], problem: nil,
            cluster: .fixed(cluster: "a", evidence: Self.place[0]))
        for command in [
            AgentJob.Command.ecsInit, .dockerRun(run: run), .unclear(problem: Self.problem), .program(run: program),
        ] {
            let job = AgentJob(
                name: "ecs.service", manager: .systemd, command: command, start: .masked(evidence: Self.place),
                evidence: Self.place,
                restart: AgentJob.RestartPolicy(name: "always", evidence: Self.place[0]), userDataOrder: order,
                faults: Self.faults, dockerCheck: Self.place[0], heldUserData: Self.place, deadlock: Self.place[0])
            _ = try Self.roundTrip(job)
        }
    }

    @Test(arguments: [
        CloudInit.Activation.enabled(evidence: place), .disabled(evidence: place),
        .otherDataSource(evidence: place), .notStarted(stage: "x", evidence: place),
        .undetermined(evidence: place, problem: problem),
    ])
    func cloudInitIsReadBack(activation: CloudInit.Activation) throws {
        _ = try Self.roundTrip(CloudInit(version: "1", activation: activation))
        _ = try Self.roundTrip(
            DockerStart(
                job: "docker.service", service: .masked(evidence: Self.place), socket: nil, missingSocket: Self.place,
                faults: []))
        _ = try Self.roundTrip(
            CloudInitState(
                dataSources: CloudInitState.Setting(values: ["Ec2"], evidence: Self.place[0]), identified: nil,
                withoutEC2: .preceded(by: Self.place[0]), userDataRefused: Self.place[0], finalModules: nil,
                manualCacheClean: Self.place[0], instances: Self.place, passedOver: [Self.problem],
                undecodable: Self.place[0], problem: Self.problem))
    }
}
