/// Which kernels lie in an image: names against headers, rescue kernels, links, modules without a kernel.

import ImageReading
import TestSupport
import Testing

@testable import Booting

@Suite struct InstalledKernelsTests {
    private func observe(_ entries: [String: LiteralEntry]) throws -> Observation<InstalledKernels> {
        InstalledKernels.observe(in: try LiteralSource(entries).root(InstalledKernels.wants))
    }

    @Test(arguments: [
        ("/boot/vmlinuz-6.1.0-56-cloud-amd64", "6.1.0-56-cloud-amd64"),
        ("/boot/kernel-genkernel-x86_64-4.4.6-gentoo", "4.4.6-gentoo"),
        ("/boot/Image-5.10.1", "5.10.1"), ("/boot/bzImage-5.10", "5.10"),
        ("/lib/modules/6.1.170-213.321.amzn2023.x86_64/vmlinuz", "6.1.170-213.321.amzn2023.x86_64"),
        ("/0123456789abcdef0123456789abcdef/6.1.0/linux", "6.1.0"),
        ("/boot/vmlinuz", nil), ("/boot/vmlinuz-linux", nil), ("/boot/vmlinuz-0-rescue-6.1", nil),
        ("/boot/vmlinuz-6", nil), ("/boot/vmlinuz-", nil), ("/", nil),
    ])
    func takesTheVersionFromTheName(path: String, version: String?) {
        #expect(InstalledKernel.version(in: ImagePath(path)) == version)
    }

    @Test func trustsTheHeaderAndKeepsWhatTheNameClaims() throws {
        let found = try observe(["/boot/vmlinuz-6.1.0": .bytes(KernelFile.bzImage("3.9.11"))])
        #expect(found.value?.kernels.map(\.version) == ["3.9.11"])
        #expect(found.value?.kernels.first?.claimedVersion == "6.1.0")
        let honest = try observe(["/boot/vmlinuz-6.1.0": .bytes(KernelFile.bzImage("6.1.0"))])
        #expect(honest.value?.kernels.first?.claimedVersion == nil)
    }

    @Test func countsAKernelOnceWhateverItsNames() throws {
        let found = try observe([
            "/boot/vmlinuz": .link("vmlinuz-6.1.0"), "/boot/vmlinuz-6.1.0": .bytes(KernelFile.bzImage("6.1.0")),
            "/lib": .link("usr/lib"), "/usr/lib/modules/6.1.0/vmlinuz": .bytes(KernelFile.bzImage("6.1.0")),
            "/usr/lib/modules/6.1.0/kernel": .directory,
            "/boot/vmlinuz-0-rescue-0123456789abcdef0123456789abcdef": .bytes(KernelFile.bzImage("2.6.32")),
        ])
        #expect(found.value?.kernels.map(\.version) == ["6.1.0"])
        #expect(found.value?.modulesOnly == [])
    }

    @Test func findsKernelsBesideTheirModules() throws {
        let found = try observe([
            "/lib": .link("usr/lib"), "/usr/lib/modules/6.1.0/vmlinuz": .bytes(KernelFile.bzImage("6.1.0")),
            "/usr/lib/modules/5.10.0/modules.dep": "x",
        ])
        #expect(found.value?.kernels.map(\.version) == ["6.1.0"])
        #expect(found.value?.modulesOnly == ["5.10.0"])
    }

    @Test func modulesAloneAreNoKernel() throws {
        let found = try observe(["/lib/modules/6.1.0/modules.dep": "x", "/lib/modules/extramodules/x": "x"])
        #expect(found.value?.kernels.isEmpty == true)
        #expect(found.value?.modulesOnly == ["6.1.0"])
    }

    @Test(arguments: [
        (LiteralEntry.bytes([]), Problem.Code.malformed), (.unreadable(.permissionDenied), .permissionDenied),
        (.link("gone"), .danglingLink), (.bytes(Array(KernelFile.bzImage("6.1.0").prefix(0x400))), .malformed),
    ])
    func aKernelWhoseHeaderCannotBeReadKeepsItsName(entry: LiteralEntry, problem: Problem.Code) throws {
        let kernel = try #require(try observe(["/boot/vmlinuz-6.1.0": entry]).value?.kernels.first)
        #expect(kernel.version == "6.1.0")
        #expect(kernel.problem?.code == problem)
    }

    @Test func isUnreadableWhereADirectoryIs() throws {
        #expect(try observe(["/boot": .unreadableDirectory(.permissionDenied)]).problem?.code == .permissionDenied)
        #expect(try observe(["/etc/passwd": ""]).isAbsent)
    }
}
