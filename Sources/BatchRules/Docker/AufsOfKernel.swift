/// Whether the kernel that boots has aufs, the storage driver of old Dockers.

import Booting
import ImageFacts

extension Facts {
    /// By its options, or as a module that was built beside it (dkms); nil where the image does not show it.
    var hasAufs: Bool? {
        guard let configuration = kernelConfiguration.value else { return nil }
        if configuration.isSet(.aufs) { return true }
        switch kernelModules {
        case .present(let modules, _): return modules.installed.contains(.aufs)
        // A kernel without modules has nothing beside it.
        case .absent: return configuration.options.values.contains(.module) ? nil : false
        case .unreadable: return nil
        }
    }
}
