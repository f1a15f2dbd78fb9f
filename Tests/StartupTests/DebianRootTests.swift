import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Startup

/// The units of a whole Debian 12 with Docker and cloud-init, as `make fixtures` builds it.
@Suite struct DebianRootTests {
    static let path: String? = {
        let directory = ProcessInfo.processInfo.environment["AMILINT_FIXTURES"] ?? ".build/fixtures"
        let path = directory + "/debian-bookworm"
        return FileManager.default.fileExists(atPath: path + "/usr") ? path : nil
    }()

    /// The units of the closure, as systemd itself sees it.
    @Test(
        .enabled(
            if: path != nil && SystemdJudge.isInstalled,
            "no debian-bookworm in AMILINT_FIXTURES, or no systemd: real units are not held against systemd"))
    func startsWhatSystemdStarts() throws {
        let path = try #require(Self.path)
        let root = try openImage(at: path).root(ImageStartup.wants)
        let target = Pull(unit: "cloud-init.target", evidence: [])
        let boot = ImageStartup(
            in: root, kernel: .absent(searched: []), generated: ["multi-user.target": [target]], showing: ShownKeys([])
        ).boot
        let judge = try SystemdJudge()
        defer { judge.remove() }
        // The generator's link, which systemd makes before it reads any unit.
        let generated = judge.directory.appendingPathComponent("generated/multi-user.target.wants")
        try FileManager.default.createDirectory(at: generated, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: generated.path + "/cloud-init.target",
            withDestinationPath: judge.directory.path + "/copy/usr/lib/systemd/system/cloud-init.target")
        // A copy, since the checkout may lie where an unprivileged user cannot go.
        let copies = try ["/etc/systemd/system", "/usr/lib/systemd/system"].map { place in
            let copy = judge.directory.appendingPathComponent("copy" + place)
            try FileManager.default.createDirectory(
                at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: path + place, toPath: copy.path)
            return copy.path
        }
        let jobs = try judge.startJobs(unitPath: copies + [generated.deletingLastPathComponent().path])
        let ours = boot.startedNames.filter { boot.unit($0).value != nil }
        let theirs = jobs.filter { boot.unit($0).value != nil }
        let kinds: Set<Substring> = ["service", "socket", "target", "timer", "path"]
        func kept(_ names: Set<String>) -> Set<String> { names.filter { kinds.contains(UnitName($0)?.type ?? "") } }
        // Of a unit whose Requires= is missing (logind's dbus.socket) systemd adds only a part of the others, by chance.
        let explained: Set = ["modprobe@drm.service"]
        #expect(kept(ours).subtracting(kept(theirs)).subtracting(explained) == [], "started here alone")
        #expect(kept(theirs).subtracting(kept(ours)) == [], "started by systemd alone")
        print("compared with systemd --test on debian-bookworm: \(kept(ours).count) units")
    }
}
