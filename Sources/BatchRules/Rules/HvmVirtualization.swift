/// hvm-virtualization: HVM virtualization type.

import ImageFacts
import ImageReading

extension Rule {
    static let hvmVirtualization = Rule(
        id: "hvm-virtualization",
        level: .required,
        title: "HVM virtualization type",
        group: .specification,
        clause: .virtualization,
        question: "Is the AMI of virtualization type HVM?",
        reason: """
            Today's instance types start HVM images alone. Launching a paravirtual (PV) AMI on them is refused, the \
            compute environment stays without instances, and jobs stay in RUNNABLE.
            """,
        consequence: "no instance of it starts, and jobs stay in RUNNABLE",
        decidedBy: """
            VirtualizationType in the AMI metadata, where it is passed. A disk: the boot code in its first sector and \
            the core.img that it loads, the EFI program for the processor in its EFI system partition, and the boot mode \
            of the AMI metadata, which says which of the two counts. Else the image: arm64 is always HVM; an \
            installed boot chain (core.img of GRUB 2, stage2 of GRUB legacy, a loader below /boot/efi/EFI) shows HVM; a \
            menu.lst with `root (hd0)`, a kernel made for Xen PV or the package pv-grub-menu shows PV. Both or neither \
            decide nothing.
            """,
        remedy: """
            register the AMI with `--virtualization-type hvm` from a disk with a partition table and an installed boot \
            loader (`grub-install`), best by building on an HVM base image
            """,
        reference: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/virtualization_types.html"
    ) { facts, policy in
        let metadata = policy.amiMetadata
        let inferred = inferredVirtualization(facts, metadata)
        switch metadata?.virtualizationType?.lowercased() {
        case "hvm" where facts.disk.value != nil:
            return Verdict(
                kind: inferred.kind, message: inferred.message + contradictions(facts, metadata),
                evidence: inferred.evidence, remedy: inferred.remedy)
        case "hvm":
            let doubt = inferred.kind == .fail ? "; the image itself looks otherwise: \(inferred.message)" : ""
            let other = contradictions(facts, metadata)
            return .pass("the AMI metadata says hvm\(doubt)\(other)", inferred.evidence)
        case "paravirtual":
            let doubt = inferred.kind == .pass ? "; the image itself looks otherwise: \(inferred.message)" : ""
            let other = contradictions(facts, metadata)
            return .fail(
                "the AMI metadata says paravirtual, which Batch does not start\(doubt)\(other)", inferred.evidence)
        case let type?:
            return .undetermined(
                "the AMI metadata says \(type), which is neither hvm nor paravirtual", inferred.evidence)
        case nil:
            return inferred
        }
    }

    private static func contradictions(_ facts: Facts, _ metadata: AMIMetadata?) -> String {
        (metadata?.contradictions(with: facts) ?? []).map { "; it also says \($0)" }.joined()
    }

    /// The verdict of the image alone.
    private static func inferredVirtualization(_ facts: Facts, _ metadata: AMIMetadata?) -> Verdict {
        if let disk = facts.disk.value {
            let isARM = facts.architecture.value.map { $0 == .aarch64 } ?? (metadata?.architecture == "arm64")
            return DiskBoot(disk, isARM: isARM).verdict(metadata)
        }
        if facts.architecture.value == .aarch64 {
            return .pass("the image is for arm64, which is always HVM", facts.architecture.evidence)
        }
        let remedy = RemedyStep.sentence(
            """
            save what `aws ec2 describe-images --image-ids AMI` prints and pass it with --ami-metadata FILE; where the \
            export left out the EFI partition or /boot, include them
            """)
        let signs = facts.virtualizationSigns.value
        let chain = signs?.bootChain ?? []
        let paravirtual = signs?.paravirtual ?? []
        func place(_ evidence: [Evidence]) -> String {
            evidence.first.map { $0.text.isEmpty ? $0.path.text : "\($0.path): \($0.text)" } ?? ""
        }
        if let problem = signs?.problems.first ?? facts.virtualizationSigns.problem,
            chain.isEmpty || paravirtual.isEmpty
        {
            return .undetermined(
                "only the AMI metadata can tell HVM here: \(problem)", paravirtual + chain, remedy: [remedy])
        }
        switch (chain.isEmpty, paravirtual.isEmpty) {
        case (false, true):
            return .pass("a boot loader for HVM is installed (\(place(chain))), and nothing shows PV", chain)
        case (true, false):
            return .fail(
                "the image is for paravirtualization (\(place(paravirtual))): no boot loader is installed",
                paravirtual)
        case (false, false):
            return .undetermined(
                "signs of both: a boot loader for HVM (\(place(chain))) and of paravirtualization "
                    + "(\(place(paravirtual))); the AMI metadata decides",
                chain + paravirtual, remedy: [remedy])
        case (true, true):
            let partition = facts.bootPartitions.value?.efi.map {
                "; fstab mounts \($0.device) at \($0.mountPoint), where nothing was exported"
            }
            let packages = signs?.packages ?? []
            let meant = packages.isEmpty ? "" : ", although \(place(packages)) is there"
            return .undetermined(
                "nothing in the image shows how it is virtualized: no installed boot loader found"
                    + "\(meant)\(partition ?? ""); the AMI metadata decides",
                packages, remedy: [remedy])
        }
    }
}
