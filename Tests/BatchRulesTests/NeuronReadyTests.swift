/// neuron-ready: the module for the kernel that boots, dkms, and images that are not for Neuron.

import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct NeuronReadyTests {
    private static let list = "/usr/lib/modules/6.1.0-56-cloud-amd64/modules.dep"

    private static let dkms: [String: LiteralEntry] = [
        "/usr/lib/systemd/system/dkms.service": "[Service]\nType=oneshot\nExecStart=/usr/sbin/dkms autoinstall\n",
        "/etc/systemd/system/multi-user.target.wants/dkms.service": .link("/usr/lib/systemd/system/dkms.service"),
    ]

    @Test(
        arguments: [
            ([list: "updates/dkms/neuron.ko:\n"], ["aws-neuronx-dkms"], .pass, "the module neuron is installed"),
            (
                [list: "kernel/a.ko:\n"], ["aws-neuronx-dkms", "aws-neuronx-tools"], .fail,
                "no module neuron is installed"
            ),
            (dkms.merging([list: "kernel/a.ko:\n"]) { $1 }, ["aws-neuronx-dkms"], .pass, "dkms.service builds"),
            (
                ["/etc/ecs/ecs.config": "ECS_ENABLE_INF_SUPPORT=true\n", list: "kernel/a.ko:\n"], [], .fail,
                "no module neuron is installed"
            ),
            ([list: "kernel/a.ko:\n"], [], .notApplicable, "neither packages"),
            ([:], ["aws-neuronx-dkms"], .notApplicable, ""),
        ] as [([String: LiteralEntry], [String], Verdict.Kind, String)])
    func `only an image for Neuron is asked`(
        changes: [String: LiteralEntry], packages: [String], verdict: Verdict.Kind, says: String
    ) throws {
        var entries = try WholeImage.debian()
        entries["/var/lib/dpkg/status"] = .text(
            WholeImage.status(docker: "5:25.0.5-1~debian.12~bookworm", kernel: "6.1.0-56-cloud-amd64")
                + packages.map { "\nPackage: \($0)\nStatus: install ok installed\nVersion: 2.21.37.0\n" }.joined())
        entries.merge(changes) { $1 }
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.neuronReady.evaluate(facts, .test)
        #expect(finding.verdict == verdict, "\(finding.message)")
        #expect(finding.message.contains(says) || says.isEmpty, "\(finding.message)")
        #expect(finding.level == .recommended)
    }
}
