/// Bills of materials: what tools make of a package URL, and that a list which is not known is never a short one.

import BatchRules
import Foundation
import ImageFacts
import ImageReading
import PackageDatabases
import TestSupport
import Testing

@testable import Reporting

@Suite struct CycloneDXReportTests {
    private static let debian: LiteralEntry = """
        Package: docker-ce
        Status: install ok installed
        Architecture: amd64
        Version: 5:27.3.1-1~debian.12~bookworm

        Package: libstdc++6
        Status: install ok installed
        Architecture: amd64
        Source: gcc-12 (12.2.0-14+deb12u1)
        Version: 12.2.0-14

        """
    private static let release: LiteralEntry = "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n"

    private static func document(
        _ entries: [String: LiteralEntry], on day: String = "2026-11-24"
    ) throws -> [String: Any] {
        let today = try #require(CalendarDay(day))
        let text = try cycloneDX(ObservedImage(in: RootFilesystem(entries)), today: today)
        return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private static func strings(_ key: String, of list: Any?) -> [String] {
        ((list as? [[String: Any]]) ?? []).compactMap { $0[key] as? String }
    }

    /// What the package URL specification's own examples and its types `deb` and `rpm` say.
    @Test(arguments: [
        (
            Package(manager: .rpm, name: "curl", epoch: 1, version: "7.50.3", release: "1.fc25", architecture: "i386"),
            "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25&epoch=1"
        ),
        (
            Package(
                manager: .rpm, name: "Curl++", version: "1^2", release: "1", source: "curl++-1^2-1.src.rpm"),
            "pkg:rpm/fedora/Curl%2B%2B@1%5E2-1?distro=fedora-25&upstream=curl%2B%2B-1%5E2-1.src.rpm"
        ),
        (
            Package(manager: .dpkg, name: "a b/c", epoch: 2, version: "1+é", architecture: "all", source: "a (1:3-1)"),
            "pkg:deb/fedora/a%20b%2Fc@2:1%2B%C3%A9?arch=all&distro=fedora-25&upstream=a%401:3-1"
        ),
    ])
    func `a package is named as its specification says`(package: Package, url: String) throws {
        let root = RootFilesystem(["/etc/os-release": "ID=fedora\nVERSION_ID=25\n"])
        #expect(PackageURL(package, of: Distribution.observe(in: root).value).text == url)
    }

    @Test func `every package is there once, with the image and its system`() throws {
        let document = try Self.document(["/etc/os-release": Self.release, "/var/lib/dpkg/status": Self.debian])
        #expect(document["bomFormat"] as? String == "CycloneDX" && document["specVersion"] as? String == "1.6")
        let purls = Self.strings("purl", of: document["components"])
        #expect(
            purls == [
                "pkg:deb/debian/docker-ce@5:27.3.1-1~debian.12~bookworm?arch=amd64&distro=debian-12",
                "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14%2Bdeb12u1",
            ])
        let references = Self.strings("bom-ref", of: document["components"])
        #expect(references == ["operating-system"] + purls)
        #expect(Self.strings("aggregate", of: document["compositions"]) == ["unknown"])
    }

    @Test func `the serial number is that of the content, and the time that of the day`() throws {
        let entries: [String: LiteralEntry] = ["/etc/os-release": Self.release, "/var/lib/dpkg/status": Self.debian]
        let one = try Self.document(entries)
        let other = try Self.document(entries, on: "2026-12-01")
        let serial = try #require(one["serialNumber"] as? String)
        let uuid = /urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(serial.wholeMatch(of: uuid) != nil)
        #expect(other["serialNumber"] as? String == serial)
        #expect((other["metadata"] as? [String: Any])?["timestamp"] as? String == "2026-12-01T00:00:00Z")
        let changed = try Self.document(["/var/lib/dpkg/status": Self.debian])
        #expect(changed["serialNumber"] as? String != serial)
    }

    @Test func `a database that cannot be read is named, and the list is incomplete`() throws {
        let document = try Self.document([
            "/etc/os-release": Self.release, "/var/lib/dpkg/status": Self.debian,
            "/var/lib/rpm/rpmdb.sqlite": "SQLite format 3",
        ])
        #expect(Self.strings("purl", of: document["components"]).count == 2)
        #expect(Self.strings("aggregate", of: document["compositions"]) == ["incomplete"])
        let properties = (document["metadata"] as? [String: Any])?["properties"]
        #expect(Self.strings("name", of: properties).contains("amilint:unreadable"))
        #expect(
            Self.strings("value", of: properties).contains {
                $0.hasPrefix("/var/lib/rpm/rpmdb.sqlite: ") && $0.contains("100 bytes expected")
            })
    }

    @Test func `without a database that is said`() throws {
        let document = try Self.document(["/etc/os-release": Self.release])
        let said = Self.strings("value", of: (document["metadata"] as? [String: Any])?["properties"])
        #expect(said.count == 1 && said[0].hasPrefix("none found, searched /"))
    }
}
