/// architecture-match: kernel, programs and AMI are of one architecture.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let architectureMatch = Rule(
        id: "architecture-match",
        level: .required,
        title: "kernel, programs and AMI are of one architecture",
        group: .boot,
        question:
            "Are the kernel, the first process, Docker, the agent and the AMI itself made for the same processors?",
        reason: """
            A program for other processors cannot be executed: an agent or a Docker copied from the other architecture never \
            starts, and an AMI registered for the wrong one does not boot at all.
            """,
        consequence: "programs of another architecture never start, and jobs stay in RUNNABLE",
        decidedBy: """
            The headers of the kernel that boots, /sbin/init, dockerd and amazon-ecs-init (ELF), and Architecture of the AMI \
            metadata, where it is given. 32-bit programs on a 64-bit kernel of their kind run, and are docker-runtime's \
            question.
            """,
        remedy: "install the packages of the image's own architecture, and register the AMI with it",
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/batch-ami-spec.html"
    ) { facts, policy in
        var found: [(what: String, architecture: Architecture, evidence: Evidence)] = []
        if let kernel = facts.bootingKernel.value, let architecture = kernel.architecture, let path = kernel.path {
            found.append(("the kernel \(path)", architecture, Evidence(path, "a kernel for \(architecture.rawValue)")))
        }
        for program in facts.programArchitectures.value?.programs ?? [] {
            found.append((program.path.text, program.architecture, program.evidence))
        }
        guard let first = found.first else {
            return .notApplicable(
                "no kernel and no program shows what it is made for: kernel-version and ecs-agent fail")
        }
        if let other = found.first(where: { !$0.architecture.runs(with: first.architecture) }) {
            return .fail(
                """
                \(first.what) is for \(first.architecture.rawValue) and \(other.what) for \(other.architecture.rawValue): \
                one cannot execute the other
                """, [first.evidence, other.evidence],
                remedy: [.sentence("install \(other.what) for \(first.architecture.rawValue) from its own package")])
        }
        if let said = policy.amiMetadata?.architecture, let machine = Architecture(ami: said),
            !first.architecture.runs(with: machine)
        {
            return .fail(
                """
                the AMI metadata says \(said) and \(first.what) is for \(first.architecture.rawValue): instances of such an \
                AMI do not boot, unless the metadata is of another image
                """, [first.evidence],
                remedy: [
                    .sentence(
                        "register the AMI with the architecture of its kernel, or pass the metadata of this image")
                ])
        }
        let names = found.map(\.what).joined(separator: ", ")
        return .pass("\(names): \(first.architecture.rawValue)", found.map(\.evidence))
    }
}

extension Architecture {
    /// As EC2 calls it; nil for what is none of its names.
    fileprivate init?(ami name: String) {
        switch name {
        case "x86_64", "x86_64_mac": self = .x86_64
        case "arm64", "arm64_mac": self = .aarch64
        case "i386": self = .i386
        default: return nil
        }
    }

    /// Whether one kernel may execute programs of both: the same, or the 32-bit kind of it.
    fileprivate func runs(with other: Architecture) -> Bool {
        func family(_ architecture: Architecture) -> Architecture {
            switch architecture {
            case .i386: .x86_64
            case .arm: .aarch64
            case .x86_64, .aarch64, .riscv64, .ppc64, .s390x: architecture
            }
        }
        return family(self) == family(other)
    }
}
