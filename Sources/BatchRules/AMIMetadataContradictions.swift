/// Where AMI metadata and the image differ, so that nobody judges one image by the metadata of another.

public import ImageFacts
import ImageReading

extension AMIMetadata {
    /// What the metadata says otherwise than the image shows, each as what may follow on "the AMI metadata says".
    public func contradictions(with facts: Facts) -> [String] {
        [architectureContradiction(facts), bootModeContradiction(facts)].compactMap(\.self)
    }

    private func architectureContradiction(_ facts: Facts) -> String? {
        guard let found = facts.architecture.value, let said = architecture,
            said != found.rawValue, !(said == "arm64" && found == .aarch64)
        else { return nil }
        return "\(said) and the image holds programs for \(found.rawValue): is it of this image?"
    }

    /// No boot loader for the boot mode is installed, and one for the other is. One on an EFI partition that was not
    /// exported is not seen.
    private func bootModeContradiction(_ facts: Facts) -> String? {
        // A disk shows what boots by either mode, and hvm-virtualization says so.
        if facts.disk.value != nil { return nil }
        let chain = facts.virtualizationSigns.value?.bootChain ?? []
        let (efi, bios) = (chain.filter(\.isOnEFIPartition), chain.filter { !$0.isOnEFIPartition })
        switch (bootMode?.lowercased(), efi.first, bios.first) {
        case ("uefi"?, nil, let loader?) where facts.bootPartitions.value?.efi == nil:
            return "boot mode uefi and only a boot loader for BIOS is installed (\(loader.path))"
        case ("legacy-bios"?, let loader?, nil):
            return "boot mode legacy-bios and only a boot loader for EFI is installed (\(loader.path))"
        default: return nil
        }
    }
}

extension Evidence {
    fileprivate var isOnEFIPartition: Bool { path.isWithin("/boot/efi") || path.isWithin("/efi") }
}
