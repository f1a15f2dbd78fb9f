/// What the real Debian root says of its kernel, distribution and machine.

import Booting
import ImageReading
import TestSupport
import Testing

@testable import ImageFacts

@Suite(
    .enabled(
        if: TestData.fixture("debian-bookworm") != nil,
        "no debian-bookworm below AMILINT_FIXTURES: the kernel of a real root is NOT checked; `make fixtures` makes it")
)
struct DebianKernelTests {
    private static func facts() throws -> Facts {
        let path = try #require(TestData.fixture("debian-bookworm")).path
        let root = try openImage(at: path).read(Facts.wants) { _ = Facts(in: $0) }.root
        return Facts(in: root)
    }

    @Test func bootsItsOnlyKernelAsTheHeaderSays() throws {
        let facts = try Self.facts()
        let kernel = try #require(facts.bootingKernel.value)
        #expect(kernel.version.hasPrefix("6.1.0-") && kernel.version.hasSuffix("-cloud-amd64"))
        #expect(kernel.claimedVersion == nil && kernel.problem == nil)
        #expect(kernel.path == ImagePath("/boot/vmlinuz-\(kernel.version)"))
        #expect(facts.installedKernels.value?.modulesOnly == [])
        let configuration = try #require(facts.kernelConfiguration.value)
        #expect(configuration.kernel == kernel.version)
        #expect(configuration.options[.namespaces] == .builtIn)
        #expect(configuration.options[.overlay] == .module)
        #expect(facts.architecture.value == .x86_64)
        #expect(facts.distribution.value?.id == "debian" && facts.distribution.value?.version == "12")
        #expect(facts.distribution.evidence.first?.realPath == "/usr/lib/os-release")
    }

    @Test func theHeaderOfItsKernelIsWhatFileSays() throws {
        let kernel = try #require(try Self.facts().bootingKernel.value)
        let path = try #require(TestData.fixture("debian-bookworm")).path + (kernel.path?.text ?? "")
        let head = try TestData.bytes(.init(filePath: path)).prefix(KernelImage.headLength)
        let image = try KernelImage(head: Array(head))
        #expect(image?.version == kernel.version)
        guard Tool.exists("file") else { return }
        #expect(try Tool.output("file", ["-b", path]).contains("version \(kernel.version) "))
    }
}
