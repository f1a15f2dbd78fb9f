/// The choice between GRUB 2's entries, held against what the real GRUB booted from the same files.

import Booting
import Foundation
import ImageReading
import TestSupport
import Testing

@Suite struct GRUBFixturesTests {
    /// One directory of testdata/grub: real files of grub-mkconfig and grub-editenv, and grub-emu's answer to them.
    private static func boot(_ directory: URL) throws -> Observation<BootingKernel> {
        var entries: [String: LiteralEntry] = [
            "/boot/vmlinuz-5.10.0-30-cloud-amd64": "kernel", "/boot/vmlinuz-6.1.0-56-cloud-amd64": "kernel",
            "/boot/grub/grub.cfg": .bytes(Array(try Data(contentsOf: directory.appending(path: "grub.cfg")))),
        ]
        let environment = directory.appending(path: "grubenv")
        if FileManager.default.fileExists(atPath: environment.path) {
            entries["/boot/grub/grubenv"] = .bytes(Array(try Data(contentsOf: environment)))
        }
        if directory.lastPathComponent == "own-boot-partition" {
            entries["/etc/fstab"] = "/dev/xvdb /boot ext4 defaults 0 2\n"
        }
        return try bootingKernel(entries)
    }

    static let names = [
        "first", "submenu-by-number", "submenu-by-title", "nothing-saved", "saved-by-id", "next-once", "saved-unknown",
        "flat-by-title", "flat-by-number", "damaged-environment", "own-boot-partition", "custom-script",
    ]

    @Test(arguments: names)
    func bootsWhatTheRealGRUBBoots(name: String) throws {
        let directory = TestData.url("grub/\(name)")
        let choice = try String(contentsOf: directory.appending(path: "choice"), encoding: .utf8)
        let words = choice.split(separator: "\n").map(String.init)
        let found = try Self.boot(directory)
        let kernel = try #require(found.value, "\(String(describing: found.problem))")
        #expect([kernel.entry?.kernel] + (kernel.commandLine ?? []) == words)
        #expect(kernel.path?.name == words.first.map { ImagePath($0).name })
        #expect(found.evidence.first?.path == "/boot/grub/grub.cfg")
        #expect(found.evidence.first?.line != nil)
    }

    @Test func namesTheSavedEntryAsEvidence() throws {
        let found = try Self.boot(TestData.url("grub/saved-by-id"))
        let saved = found.evidence.first { $0.path == "/boot/grub/grubenv" }
        #expect(saved?.text.hasPrefix("saved_entry=gnulinux-advanced-") == true)
        #expect(
            found.value?.entry?.title
                == "Advanced options for Debian GNU/Linux > Debian GNU/Linux, with Linux 5.10.0-30-cloud-amd64")
    }

    @Test(
        .enabled(if: Tool.exists("grub-emu"), "no grub-emu: what the real GRUB boots is NOT asked again"),
        arguments: names)
    func theRealGRUBStillAnswersSo(name: String) throws {
        let answer = try Tool.output(TestData.url("scripts/grub-choice").path, [TestData.url("grub/\(name)").path])
        #expect(answer == (try String(contentsOf: TestData.url("grub/\(name)/choice"), encoding: .utf8)))
    }

    /// Another version of GRUB writes other text, and not every root may mount.
    private static let canMakeSamples: Bool = {
        guard getuid() == 0, ["grub-emu", "grub-mkconfig", "grub-editenv", "mkfs.ext4"].allSatisfy(Tool.exists) else {
            return false
        }
        let version = try? Tool.output("grub-mkconfig", ["--version"])
        return version?.contains(" 2.06") == true && (try? Tool.output("unshare", ["--mount", "losetup", "-f"])) != nil
    }()

    @Test(
        .enabled(
            if: canMakeSamples,
            "no root that may mount, or no GRUB 2.06: the samples of testdata/grub are NOT made again"))
    func theRealProgramsStillWriteTheSamples() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: directory) }
        _ = try Tool.output(TestData.url("scripts/make-grub-fixtures").path, [directory.path])
        for name in Self.names {
            for file in ["grub.cfg", "grubenv", "choice"] {
                let made = try? TestData.bytes(directory.appending(path: "\(name)/\(file)"))
                let kept = try? TestData.bytes(TestData.url("grub/\(name)/\(file)"))
                #expect(made == kept, "\(name)/\(file)")
            }
        }
    }
}
