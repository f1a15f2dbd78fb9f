/// neuron-ready: a driver for AWS Neuron jobs.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let neuronReady = Rule(
        id: "neuron-ready",
        level: .recommended,
        title: "a driver for AWS Neuron jobs",
        group: .gpu,
        question: "Does the kernel that boots have the driver of Inferentia and Trainium, if the image is for them?",
        reason: """
            Without the module neuron there is no /dev/neuron0: jobs that ask for the device fail to start. The driver \
            is built by dkms for the kernel that ran at that moment, which need not be the one that boots.
            """,
        decidedBy: """
            Where packages aws-neuron* are installed or ECS_ENABLE_INF_SUPPORT=true is set: the module neuron in \
            modules.dep of the kernel that boots, or its package with a dkms.service that starts; neuron-ls below \
            /opt/aws/neuron/bin.
            """,
        remedy: "install aws-neuronx-dkms and aws-neuronx-tools while the kernel that boots is the one that runs",
        reference: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-inference.html"
    ) { facts, _ in
        let software = facts.deviceSoftware
        let support = facts.agentEnvironment.value?.neuronSupport.value?.setting
        guard support?.trimmedValue == "true" || !software.neuronPackages.isEmpty else {
            return .notApplicable("neither packages aws-neuron* nor ECS_ENABLE_INF_SUPPORT=true found")
        }
        guard let kernel = facts.bootingKernel.value, let modules = facts.kernelModules.value else {
            return .notApplicable("which modules the kernel that boots has is not known")
        }
        let evidence = facts.kernelModules.evidence + [support?.evidence].compactMap(\.self)
        let tools = software.neuronTools.isAbsent ? " (no \(software.neuronTools.searchedPlaces))" : ""
        if modules.installed.contains(.neuron) {
            return .pass("the module neuron is installed for kernel \(kernel.version)\(tools)", evidence)
        }
        let isPackaged = software.neuronPackages.contains { $0.hasSuffix("-dkms") }
        if isPackaged, !software.dkmsStart.isEmpty {
            return .pass("dkms.service builds the module neuron when it starts\(tools)", software.dkmsStart)
        }
        return .fail(
            "no module neuron is installed for kernel \(kernel.version), which boots: Neuron jobs do not start\(tools)",
            evidence)
    }
}
