import ImageReading
import Startup
import TestSupport
import Testing

@testable import ImageFacts

/// Unit directories made to trap, hang or mislead a reader.
@Suite struct HostileUnitsTests {
    func start(_ entries: [String: LiteralEntry], of unit: String = "a.service") throws -> BootStart {
        let startup = AgentJobsTests.startup(try AgentJobsTests.root(BootingUnits.withDocker.merging(entries) { $1 }))
        _ = AgentJob.observe(in: startup)
        return startup.boot.start(of: unit)
    }

    static let wanted = "/etc/systemd/system/multi-user.target.wants/a.service"
    static let service: LiteralEntry = "[Service]\nExecStart=/bin/true\n"

    @Test func cyclesOfWantsEnd() throws {
        let start = try start([
            Self.wanted: .link("../a.service"),
            "/etc/systemd/system/a.service": "[Unit]\nWants=b.service a.service\n",
            "/etc/systemd/system/b.service":
                "[Unit]\nRequires=a.service multi-user.target\nAfter=a.service\nBefore=a.service\n",
        ])
        guard case .started = start else {
            Issue.record("\(start)")
            return
        }
    }

    @Test func loopsOfAliasesEnd() throws {
        let start = try start([
            Self.wanted: .link("../a.service"),
            "/etc/systemd/system/a.service": .link("b.service"),
            "/etc/systemd/system/b.service": .link("c.service"),
            "/etc/systemd/system/c.service": .link("a.service"),
            "/etc/systemd/system/self.service": .link("self.service"),
        ])
        guard case .noUnit = start else {
            Issue.record("\(start)")
            return
        }
    }

    @Test func templatesThatMultiplyRunIntoTheLimit() throws {
        let start = try start([
            "/etc/systemd/system/multi-user.target.wants/t@x.service": .link("../t@.service"),
            "/etc/systemd/system/t@.service": "[Unit]\nWants=t@%ia.service t@%ib.service\n",
            "/etc/systemd/system/a.service": Self.service,
        ])
        guard case .undetermined(_, let problem) = start else {
            Issue.record("\(start)")
            return
        }
        #expect(problem.reason.contains("at most"))
    }

    @Test func garbageLeavesTheQuestionOpen() throws {
        for bytes: [UInt8] in [[0], [0x7F, 0x45, 0x4C, 0x46, 0, 1], Array("[Unit\n".utf8)] {
            let ofItself = try start([
                "/etc/systemd/system/a.service": .bytes(bytes), Self.wanted: .link("../a.service"),
            ])
            let ofAnother = try start([
                "/etc/systemd/system/sockets.target": .bytes(bytes), "/etc/systemd/system/a.service": Self.service,
            ])
            // A service that systemd gives up is started and refused.
            for start in bytes.contains(0) ? [ofItself, ofAnother] : [ofAnother] {
                guard case .undetermined(_, let problem) = start else {
                    Issue.record("\(bytes): \(start)")
                    continue
                }
                #expect(problem.code == .malformed)
            }
        }
    }

    @Test func aLinkThatCannotBeReadLeavesOpenWhatItStarts() throws {
        let service = ["/etc/systemd/system/a.service": Self.service, Self.wanted: .unknown(.inputOutput)]
        guard case .undetermined(_, let problem) = try start(service) else {
            Issue.record("\(try start(service))")
            return
        }
        #expect(problem.code == .inputOutput && problem.path == ImagePath(Self.wanted))
        // What another link starts is started all the same.
        let linked = try start(
            service.merging(["/etc/systemd/system/multi-user.target.requires/a.service": .link("../a.service")]) { $1 })
        guard case .started = linked else {
            Issue.record("\(linked)")
            return
        }
    }

    @Test func bytesThatAreNoUnitAreReadOrRefused() throws {
        var state: UInt64 = 7
        for round in 0..<200 {
            var bytes = Array(
                "[Unit]\nWants=b.service\n[Service]\nExecStart=/bin/sh -c 'docker run -e A=b amazon/amazon-ecs-agent'\nEnvironment=\"A=b\"\n"
                    .utf8)
            for _ in 0..<(1 + round % 7) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
            }
            _ = try start([
                "/etc/systemd/system/a.service": .bytes(bytes), "/etc/init/a.conf": .bytes(bytes),
                "/etc/init.d/a": .bytes(bytes), "/etc/rc.local": .bytes(bytes), "/etc/cloud/cloud.cfg": .bytes(bytes),
            ])
        }
    }

    @Test func lineOfAMegabyteIsRead() throws {
        let names = String(repeating: "nothing.service ", count: 60_000)
        let start = try start(
            [
                Self.wanted: .link("../a.service"),
                "/etc/systemd/system/a.service": .text(
                    "[Unit]\nWants=\(names)b.service\n[Service]\nExecStart=/bin/true\n"),
                "/etc/systemd/system/b.service": Self.service,
            ], of: "b.service")
        guard case .started = start else {
            Issue.record("\(start)")
            return
        }
        let tooLarge = try self.start([
            Self.wanted: .link("../a.service"), "/etc/systemd/system/a.service": .sized(2 << 20),
        ])
        guard case .undetermined(_, let problem) = tooLarge else {
            Issue.record("\(tooLarge)")
            return
        }
        #expect(problem.code == .tooLarge)
    }

    @Test func deepShellsEnd() throws {
        var command = "docker run amazon/amazon-ecs-agent"
        for _ in 0..<200 { command = "sh -c \"\(command)\"" }
        _ = try start(["/etc/systemd/system/ecs.service": .text("[Service]\nExecStart=\(command)\n")])
        _ = try start([
            "/etc/systemd/system/ecs.service": "[Service]\nExecStart=/opt/a.sh\n",
            "/opt/a.sh": .executable("#!/bin/sh\n/opt/a.sh\nX=$X$X$X$X\nX=$X$X$X$X\n. /opt/a.sh amazon-ecs-agent\n"),
        ])
    }
}
