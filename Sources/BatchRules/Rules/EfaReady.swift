/// efa-ready: a driver and libfabric for EFA.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let efaReady = Rule(
        id: "efa-ready",
        level: .recommended,
        title: "a driver and libfabric for EFA",
        group: .gpu,
        question: "Does the kernel that boots have the driver of the Elastic Fabric Adapter, if the image is for it?",
        reason: """
            Without the module efa there is no /dev/infiniband/uverbs0: multi-node parallel jobs that ask for the device \
            fail to start, or fall back to TCP.
            """,
        decidedBy: """
            Where the EFA installer was run (/opt/amazon/efa) or its driver's package is installed: the module efa in \
            modules.dep or modules.builtin of the kernel that boots, or its package with a dkms.service that starts; \
            libfabric.so.1.
            """,
        remedy: "run the EFA installer while the kernel that boots is the one that runs, or take a kernel that has efa",
        reference: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html"
    ) { facts, _ in
        let software = facts.deviceSoftware
        guard software.efa.value != nil || !software.efaPackages.isEmpty else {
            return .notApplicable("no EFA software found (\(software.efa.searchedPlaces))")
        }
        guard let kernel = facts.bootingKernel.value, let modules = facts.kernelModules.value else {
            return .notApplicable("which modules the kernel that boots has is not known")
        }
        let library =
            software.libfabric.isAbsent ? " (no libfabric.so.1 on the host, which jobs bring in their own images)" : ""
        if modules.installed.contains(.efa) {
            return .pass(
                "the module efa is installed for kernel \(kernel.version)\(library)", facts.kernelModules.evidence)
        }
        if !software.efaPackages.isEmpty, !software.dkmsStart.isEmpty {
            return .pass("dkms.service builds the module efa when it starts\(library)", software.dkmsStart)
        }
        return .fail(
            "no module efa is installed for kernel \(kernel.version), which boots: there is no EFA device\(library)",
            software.efa.evidence + facts.kernelModules.evidence)
    }
}
