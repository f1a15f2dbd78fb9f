/// The options of the kernel that boots: found under either spelling, absent and unreadable told apart.

import Booting
import ImageFacts
import ImageReading
import TestSupport
import Testing

@Suite struct KernelConfigurationTests {
    private func configuration(_ entries: [String: LiteralEntry]) throws -> Observation<KernelConfiguration> {
        try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value.kernelConfiguration
    }

    @Test(arguments: ["/boot/config-6.1.0", "/lib/modules/6.1.0/config", "/usr/lib/modules/6.1.0/config"])
    func readsTheOptionsOfTheKernelThatBoots(path: String) throws {
        let text = "# Linux/x86\nCONFIG_NAMESPACES=y\nCONFIG_VETH=m\n# CONFIG_BRIDGE is not set\nCONFIG_HZ=250\n"
        let found = try configuration(["/boot/vmlinuz-6.1.0": "kernel", path: .text(text)])
        #expect(found.value?.kernel == "6.1.0")
        #expect(found.value?.options == [.namespaces: .builtIn, .veth: .module])
        #expect(found.evidence.map(\.path) == [ImagePath(path)])
        #expect(found.value?.isSet(.veth) == true)
        #expect(found.value?.isSet(.bridge) == false)
    }

    @Test func isAbsentWhereTheConfigurationIsAnotherKernels() throws {
        let found = try configuration(["/boot/vmlinuz-6.1.0": "kernel", "/boot/config-5.10.0": "CONFIG_VETH=y\n"])
        #expect(found.isAbsent)
    }

    @Test(arguments: [LiteralEntry.text("no options\n"), .bytes([0x1F, 0x8B, 0, 1]), .link("nowhere"), .directory])
    func isUnreadableWhereItIsThereAndNoConfiguration(entry: LiteralEntry) throws {
        let found = try configuration(["/boot/vmlinuz-6.1.0": "kernel", "/boot/config-6.1.0": entry])
        #expect(found.problem != nil)
    }

    @Test func isUnreadableWhereTheKernelIsNotKnown() throws {
        let found = try configuration([
            "/boot/vmlinuz-6.1.0": "kernel", "/boot/vmlinuz-5.10.0": "kernel", "/boot/config-6.1.0": "CONFIG_VETH=y\n",
        ])
        #expect(found.problem?.code == .undecided)
    }
}
