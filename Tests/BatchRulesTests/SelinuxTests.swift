import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// Where SELinux freezes the boot, and where it only looks like it.
struct SelinuxTests {
    private static let config = "/etc/selinux/config"
    private static let enforcing: [String: LiteralEntry?] = [
        config: "# mode\nSELINUX=enforcing\nSELINUXTYPE=targeted\n"
    ]
    private static let policy: [String: LiteralEntry?] = ["/etc/selinux/targeted/policy/policy.33": "policy"]
    private static let kernelConfiguration = "/boot/config-\(BootCase.kernel)"

    private static func on(_ words: String, _ changes: [String: LiteralEntry?]) -> [String: LiteralEntry?] {
        BootCase.entry("\(BootCase.root) ro \(words)").merging(changes) { $1 }
    }

    static let cases: [BootCase] = [
        BootCase("none", .amazonLinux, [:], .pass, says: "nothing"),
        BootCase(
            "enforcing without the policy, the command line switches it on", .amazonLinux,
            on("selinux=1 security=selinux", enforcing), .fail, counting: .required, says: "/etc/selinux/config:2",
            "/etc/selinux/targeted/policy", "freezes"),
        BootCase(
            "enforcing by the command line alone", .amazonLinux, on("selinux=1 security=selinux enforcing=1", [:]),
            .fail,
            counting: .required, says: "enforcing=1"),
        BootCase("with the policy", .amazonLinux, on("security=selinux", enforcing.merging(policy) { $1 }), .pass),
        BootCase(
            "with the policy of another type", .amazonLinux,
            on("security=selinux", [config: "SELINUX=enforcing\nSELINUXTYPE=mls\n"].merging(policy) { $1 }), .fail,
            says: "/etc/selinux/mls/policy"),
        BootCase(
            "permissive without one", .amazonLinux, on("security=selinux", [config: "SELINUX=permissive\n"]), .pass),
        BootCase("permissive by the command line", .amazonLinux, on("security=selinux enforcing=0", enforcing), .pass),
        BootCase(
            "switched off by the command line", .amazonLinux, on("selinux=0 security=selinux", enforcing), .pass,
            says: "off"),
        BootCase(
            "another security module", .debian, enforcing, .undetermined, counting: .recommended, says: "not known"),
        BootCase("security=apparmor", .amazonLinux, on("security=apparmor", enforcing), .pass),
        BootCase(
            "the kernel's own order: AppArmor first", .amazonLinux,
            enforcing.merging([
                kernelConfiguration: "CONFIG_SECURITY_SELINUX=y\nCONFIG_LSM=\"lockdown,yama,apparmor,selinux,bpf\"\n"
            ]) { $1 }, .pass),
        BootCase(
            "the kernel's own order: SELinux first", .amazonLinux,
            enforcing.merging([
                kernelConfiguration: "CONFIG_SECURITY_SELINUX=y\nCONFIG_LSM=\"lockdown,yama,selinux,bpf\"\n"
            ]) { $1 }, .fail, counting: .required),
        BootCase(
            "a kernel without SELinux", .amazonLinux,
            enforcing.merging([kernelConfiguration: "CONFIG_OVERLAY_FS=y\nCONFIG_LSM=\"yama\"\n"]) { $1 }, .pass),
        BootCase(
            "the configuration cannot be read", .amazonLinux, [config: .unreadable(.permissionDenied)], .undetermined,
            counting: .recommended, says: config),
        BootCase(
            "a relabel that is due", .amazonLinux,
            on(
                "security=selinux",
                enforcing.merging(policy) { $1 }.merging([
                    "/.autorelabel": "",
                    "/usr/lib/systemd/system-generators/selinux-autorelabel-generator.sh": .executable(),
                ]) { $1 }), .fail, counting: .recommended, says: "/.autorelabel", "second time"),
        BootCase(
            "the file alone, which nothing acts on", .amazonLinux,
            on("security=selinux", enforcing.merging(policy) { $1 }.merging(["/.autorelabel": ""]) { $1 }), .pass),
    ]

    @Test(arguments: cases) func `SELinux lets the boot go on`(row: BootCase) throws { try row.check(.selinux) }
}
