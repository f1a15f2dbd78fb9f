/// What systemd takes the kinds of EC2's instances for (detect_vm in systemd's basic/virt.c).

import Booting

extension ImageStartup {
    /// ConditionVirtualization= on Nitro, on Xen (t2, c4, m4, r4 and older, none of them arm64) and on `.metal`.
    ///
    /// Nitro is `amazon` from systemd 249 on, and `kvm` before. Nitro instances are the ones that count; what holds
    /// there alone is a word.
    func virtualization(is wanted: String, isNegated: Bool) -> ConditionAnswer? {
        func isMet(by name: String?) -> Bool {
            let isIt =
                switch wanted {
                case "vm": name != nil
                case "container", "private-users": false
                default: boolean(wanted).map { $0 == (name != nil) } ?? (name == wanted)
                }
            return isIt != isNegated
        }
        let nitro: Bool?
        switch units.systemd.isAtLeast(249) {
        case true?: nitro = isMet(by: "amazon")
        case false?: nitro = isMet(by: "kvm")
        case nil: nitro = isMet(by: "amazon") == isMet(by: "kvm") ? isMet(by: "kvm") : nil
        }
        var others = [(kind: "bare metal (.metal)", isMet: isMet(by: nil))]
        if architecture != .aarch64 { others.insert(("Xen (t2, c4, m4, r4)", isMet(by: "xen")), at: 0) }
        let met = others.filter(\.isMet).map(\.kind).joined(separator: " and ")
        let unmet = others.filter { !$0.isMet }.map(\.kind).joined(separator: " and ")
        switch nitro {
        case nil: return .varies("Nitro is `amazon` from systemd 249 on and `kvm` before, and the version is not known")
        case true?:
            return unmet.isEmpty ? .holds : .nearlyAlways("it holds on Nitro instances and not on \(unmet)")
        case false?:
            if met.isEmpty { return .fails("it holds on no kind of EC2 instance, as this systemd takes them") }
            return .varies("it holds on \(met) and not on Nitro instances")
        }
    }
}
