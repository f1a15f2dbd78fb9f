/// A part of a system, such as /etc alone, is not judged as if what was left out were absent.

import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct ExportedPartTests {
    private static let settings: [String: LiteralEntry] = [
        "/etc/os-release": "ID=centos\nVERSION_ID=7\n", "/etc/docker/daemon.json": "{}\n",
        "/etc/cloud/cloud.cfg": "cloud_final_modules: [scripts-user]\n", "/etc/fstab": "UUID=a / xfs defaults 0 0\n",
        "/etc/systemd/system/multi-user.target.wants/docker.service": .link("/usr/lib/systemd/system/docker.service"),
    ]

    @Test func settingsAloneLeaveProgramsOpen() throws {
        let facts = try LiteralSource(Self.settings).read(Facts.wants) { Facts(in: $0) }.value
        for problem in [
            facts.docker.problem, facts.agent.problem, facts.cloudInit.problem, facts.bootingKernel.problem,
            facts.agentState.problem,
        ] {
            #expect(problem?.code == .notExported)
            #expect(problem?.description.contains("only a part of a system was exported") == true)
        }
        #expect(facts.daemonConfiguration.problem?.code != .notExported)
        #expect(facts.distribution.value?.id == "centos")
    }

    /// Roots that lack most of it and are whole: each change makes absent what was open.
    @Test(
        arguments: [
            ["/usr/bin/bash": "ELF"], ["/bin/busybox": "ELF"], ["/lib/ld.so": "ELF"],
            ["/var/lib/dpkg/status": "Package: a\nStatus: install ok installed\nVersion: 1\n"],
        ] as [[String: LiteralEntry]])
    func aRootWithProgramsOrPackagesIsWhole(more: [String: LiteralEntry]) throws {
        let facts = try LiteralSource(Self.settings.merging(more) { $1 }).read(Facts.wants) { Facts(in: $0) }.value
        #expect(facts.docker.isAbsent)
        #expect(facts.cloudInit.isAbsent)
    }

    @Test func aRootWithoutSignsOfASystemIsWhole() throws {
        let facts = try LiteralSource(["/etc/os-release": "ID=x\n", "/etc/ssl/cert.pem": "x", "/app": "ELF"])
            .read(Facts.wants) { Facts(in: $0) }.value
        #expect(facts.docker.isAbsent)
        #expect(facts.bootingKernel.isAbsent)
    }
}
