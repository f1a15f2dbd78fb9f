/// nitro-boot: disk and network that Nitro instances have.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let nitroBoot = Rule(
        id: "nitro-boot",
        level: .recommended,
        or: .required,
        title: "disk and network that Nitro instances have",
        group: .boot,
        question: "Does an instance of the Nitro system find its disk and its network?",
        reason: """
            On Nitro every disk is an NVMe device and the network card is an ENA: without the driver nvme at the moment \
            when the root is mounted, or with a root that is called /dev/xvda1, the instance stops before anything \
            starts, and without ena nobody reaches it. Only instances of Xen (t2, c4, m4, r4 and older) boot then; all \
            of arm64 and all newer ones are Nitro.
            """,
        consequence: "instances of Nitro, which all newer types are, stop in the boot, and jobs stay in RUNNABLE",
        decidedBy: """
            The options CONFIG_BLK_DEV_NVME and CONFIG_ENA_ETHERNET of the kernel that boots, its modules.builtin and \
            modules.dep, modprobe.d; where nvme is a module, the names of the members of that kernel's initramfs (every \
            part of it: not compressed, gzip, zstd, xz, lz4, bzip2, lzma); `root=` of the entry that boots. Required \
            where the image is for arm64, where the AMI metadata says arm64 or boot mode uefi, and where --nitro is \
            given; else advice. The initramfs of an x86_64 image in an archive is not read.
            """,
        remedy: """
            build the initramfs again with the drivers: `dracut --force --add-drivers "nvme ena"`, or `nvme` in \
            /etc/initramfs-tools/modules and `update-initramfs -u`; name the root by UUID=
            """,
        reference: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/nvme-ebs-volumes.html"
    ) { facts, policy in
        let reason = NitroNeeds.reason(facts, policy)
        guard case .present(let kernel, let evidence) = facts.bootingKernel else {
            return .notApplicable("which kernel boots is not known (see kernel-version)")
        }
        let needs = NitroNeeds(facts, kernel)
        let places = needs.evidence.isEmpty ? evidence : needs.evidence
        let words = needs.remarks + (needs.found.isEmpty ? [] : needs.unspoken)
        let remarks = words.isEmpty ? "" : " (\(words.joined(separator: "; ")))"
        if !needs.missing.isEmpty {
            let who = reason ?? "instances of Xen (t2, c4, m4, r4) boot, others do not"
            let verdict = Verdict.fail(
                needs.missing.joined(separator: "; ") + remarks + "; \(who)", places, remedy: needs.remedy)
            return reason == nil ? verdict : verdict.counting(as: .required)
        }
        guard needs.open.isEmpty else {
            let open = needs.open.joined(separator: "; ")
            guard let reason else { return .notApplicable(open + remarks, places) }
            return .undetermined(
                "\(open)\(remarks); \(reason)", places,
                remedy: [
                    .sentence(
                        """
                        pass the root as a directory, with /boot and /lib/modules in it, or look by `lsinitrd` or \
                        `lsinitramfs` for nvme on a host that was started from it
                        """)
                ]
            ).counting(as: .required)
        }
        guard !needs.found.isEmpty else {
            return .notApplicable(needs.unspoken.joined(separator: ", ") + remarks, places)
        }
        return .pass(needs.found.joined(separator: ", ") + remarks, places)
    }
}
