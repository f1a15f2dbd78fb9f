/// The modules of the kernel that boots: under either spelling, built in, switched off, and of a real kernel.

import Booting
import ImageFacts
import ImageReading
import TestSupport
import Testing

@Suite struct KernelModulesTests {
    private func modules(_ entries: [String: LiteralEntry]) throws -> Observation<KernelModules> {
        let kernel: [String: LiteralEntry] = ["/boot/vmlinuz-6.1.0": "kernel", "/boot/config-6.1.0": "CONFIG_VETH=m\n"]
        return try LiteralSource(kernel.merging(entries) { $1 }).read(Facts.wants) { Facts(in: $0) }.value.kernelModules
    }

    @Test(arguments: ["/lib/modules/6.1.0", "/usr/lib/modules/6.1.0"])
    func `a list is read under either spelling, compressed names and dashes too`(directory: String) throws {
        let found = try modules([
            "\(directory)/modules.dep": """
            kernel/drivers/net/veth.ko.xz: kernel/net/bridge/bridge.ko.xz
            updates/br-netfilter.ko.zst:
            kernel/net/netfilter/xt_addrtype_made_up.ko:

            """,
            "\(directory)/modules.builtin": "kernel/net/netfilter/xt_mark.ko\n",
        ])
        #expect(found.value?.installed == [.veth, .bridgeNetfilter, .mark])
        #expect(found.evidence.map(\.path) == [ImagePath("\(directory)/modules.dep")])
    }

    @Test func `only commands that do nothing switch a module off, and only one that is not built in`() throws {
        let found = try modules([
            "/lib/modules/6.1.0/modules.dep": "kernel/drivers/net/veth.ko:\nkernel/net/bridge/bridge.ko:\n",
            "/lib/modules/6.1.0/modules.builtin": "kernel/fs/overlayfs/overlay.ko\n",
            "/etc/modprobe.d/a.conf": """
            install veth /bin/false
            install bridge /sbin/modprobe --ignore-install bridge
            install overlay /bin/true
            blacklist xt_mark

            """,
        ])
        #expect(found.value?.switchedOff.keys.sorted { $0.rawValue < $1.rawValue } == [.veth])
        #expect(found.value?.switchedOff[.veth]?.line == 1)
    }

    @Test func `no list, an empty one and one that is no text are told apart`() throws {
        #expect(try modules([:]).isAbsent)
        #expect(try modules(["/lib/modules/6.1.0/modules.dep": ""]).isAbsent)
        #expect(try modules(["/lib/modules/6.1.0/modules.dep": .bytes([0])]).problem != nil)
        #expect(try modules(["/boot/config-6.1.0": .bytes([0]), "/lib/modules/6.1.0/modules.dep": "x:\n"]).isAbsent)
    }

    @Test(.enabled(if: TestData.fixture("debian-bookworm") != nil, "no debian-bookworm below AMILINT_FIXTURES"))
    func `a real Debian has every module that its options make`() throws {
        let path = try #require(TestData.fixture("debian-bookworm")).path
        let facts = try openImage(at: path).read(Facts.wants) { Facts(in: $0) }.value
        let modules = try #require(facts.kernelModules.value)
        #expect(
            Set(KernelModules.Module.allCases).subtracting(modules.installed)
                == [.aufs, .oldMasquerade, .natIPv4, .nvidia, .neuron, .efa])
        #expect(modules.builtIn?.contains(.nvme) == true)
        #expect(modules.switchedOff.isEmpty)
    }
}
