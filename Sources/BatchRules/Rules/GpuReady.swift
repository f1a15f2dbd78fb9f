/// gpu-ready: a driver and a runtime for GPU jobs.

import ImageFacts
import ImageReading

extension Rule {
    static let gpuReady = Rule(
        id: "gpu-ready",
        level: .required,
        title: "a driver and a runtime for GPU jobs",
        group: .gpu,
        question: "Does the kernel that boots have NVIDIA's driver, and does Docker hand GPUs to containers?",
        reason: """
            Without /dev/nvidia* ecs-init drops the agent's GPU support and goes on: the host takes other jobs, GPU jobs \
            are never placed on it and stay in RUNNABLE. Without the runtime that the agent asks for, every GPU job \
            fails to start.
            """,
        consequence: "GPU jobs are never placed on it, or fail at their start",
        decidedBy: """
            Where ECS_ENABLE_GPU_SUPPORT is set, the runtime nvidia is registered, or --gpu is given: the module nvidia \
            in modules.dep of the kernel that boots, an archive below /var/lib/dkms-archive with a unit that loads it, \
            or sources below /usr/src with dkms.service and that kernel's headers; libnvidia-ml.so.1; \
            nvidia-container-toolkit; the runtime in daemon.json, dockerd's flags, /etc/docker-runtimes.d, or a device \
            description in /etc/cdi.
            """,
        remedy: """
            start from the ECS GPU-optimized AMI, or install NVIDIA's driver for the kernel that boots and \
            nvidia-container-toolkit, and run `nvidia-ctk runtime configure --runtime=docker`
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/batch-gpu-ami.html"
    ) { facts, policy in
        guard facts.docker.value != nil else { return .noDocker }
        let needs = GPUNeeds(facts, policy)
        guard let reason = needs.reason else {
            return .notApplicable(
                "neither the image (ECS_ENABLE_GPU_SUPPORT, a registered runtime nvidia) nor the user (--gpu) says GPU")
        }
        let remarks = needs.remarks.isEmpty ? "" : " (\(needs.remarks.joined(separator: "; ")))"
        if !needs.missing.isEmpty {
            return .fail(
                "GPU jobs are not placed or do not start, other jobs run: "
                    + "\(needs.missing.joined(separator: "; "))\(remarks); \(reason)",
                needs.evidence, remedy: needs.remedy)
        }
        if !needs.open.isEmpty {
            return .undetermined(
                "whether GPU jobs run: \(needs.open.joined(separator: "; "))\(remarks); \(reason)", needs.evidence,
                remedy: [
                    .sentence(
                        """
                        install the driver in the image and set ECS_ENABLE_GPU_SUPPORT=true in /etc/ecs/ecs.config, or \
                        run a GPU job on a host of this image and accept the finding in the policy file
                        """)
                ])
        }
        return .pass(needs.found.joined(separator: ", ") + remarks, needs.evidence)
    }
}
