/// Which distribution an image is: os-release in both places and in every state, the files before it, and Windows.

import ImageFacts
import ImageReading
import TestSupport
import Testing

@Suite struct DistributionTests {
    private func observe(_ entries: [String: LiteralEntry]) throws -> Observation<Distribution> {
        Distribution.observe(in: try LiteralSource(entries).root(Distribution.wants))
    }

    static let al2023 = """
        NAME="Amazon Linux"
        VERSION="2023"
        ID="amzn"
        ID_LIKE="fedora"
        VERSION_ID="2023"
        PLATFORM_ID="platform:al2023"
        PRETTY_NAME="Amazon Linux 2023.12.20260930"
        SUPPORT_END="2029-06-30"

        """

    @Test(
        arguments: [
            ["/etc/os-release": .link("../usr/lib/os-release"), "/usr/lib/os-release": .text(al2023)],
            ["/etc/os-release": .link("/usr/lib/os-release"), "/usr/lib/os-release": .text(al2023)],
            ["/etc/os-release": .text(al2023), "/usr/lib/os-release": "ID=other\n"],
            ["/usr/lib/os-release": .text(al2023)],
            ["/etc/os-release": .link("nowhere"), "/usr/lib/os-release": .text(al2023)],
            ["/etc/os-release": .text(al2023.split(separator: "\n").joined(separator: "\r\n"))],
            ["/etc/os-release": .text("\u{FEFF}# a comment\n" + al2023)],
        ] as [[String: LiteralEntry]])
    func readsOSRelease(entries: [String: LiteralEntry]) throws {
        let found = try observe(entries)
        let distribution = try #require(found.value)
        #expect(distribution.id == "amzn")
        #expect(distribution.like == ["fedora"])
        #expect(distribution.version == "2023")
        #expect(distribution.prettyName == "Amazon Linux 2023.12.20260930")
        #expect(distribution.supportEnd == "2029-06-30")
        #expect(found.evidence.first?.text == "ID=amzn")
    }

    @Test(arguments: [
        ("ID=debian", "debian", "debian"),
        ("ID='debian' # no comment here", "debian # no comment here", "debian # no comment here"),
        ("ID=\"de\\\"b\\$\\x\"", "de\"b$\\x", "de\"b$\\x"),
        ("ID=deb\\ ian  ", "deb ian", "deb ian"),
        ("ID=\"debian", "debian", "debian"),
        ("ID=first\nID=second", "second", "second"),
        ("NAME=Nameless\nVERSION=1", "linux", "Nameless 1"),
        (" ID = debian", "debian", "debian"),
        ("ID=Debian\nthis is no assignment\n= nor this\n9X=1", "debian", "debian"),
        ("ID=\nPRETTY_NAME=", "linux", "linux"),
    ])
    func takesQuotesOffAsSystemdDoes(text: String, id: String, prettyName: String) throws {
        let distribution = try #require(try observe(["/etc/os-release": .text(text)]).value)
        #expect(distribution.id == id)
        #expect(distribution.prettyName == prettyName)
    }

    @Test(arguments: [
        ("/etc/system-release", "Amazon Linux AMI release 2014.09", "amzn", "2014.09"),
        ("/etc/redhat-release", "CentOS release 6.10 (Final)", "centos", "6.10"),
        ("/etc/redhat-release", "Red Hat Enterprise Linux Server release 6.9 (Santiago)", "rhel", "6.9"),
        (
            "/etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_DESCRIPTION=\"Ubuntu 12.04\"",
            "ubuntu", "12.04"
        ),
        ("/etc/debian_version", "7.11\n", "debian", "7"),
        ("/etc/debian_version", "wheezy/sid\n", "debian", nil),
    ])
    func fallsBackToWhatWasThereBeforeOSRelease(path: String, text: String, id: String, version: String?) throws {
        let found = try observe([path: .text(text)])
        #expect(found.value?.id == id)
        #expect(found.value?.version == version)
        #expect(found.evidence.first?.path == ImagePath(path))
    }

    @Test func ubuntuIsNotDebianForItsDebianVersion() throws {
        let found = try observe(["/etc/lsb-release": "DISTRIB_ID=Ubuntu\n", "/etc/debian_version": "wheezy/sid\n"])
        #expect(found.value?.id == "ubuntu")
        let modules = try observe(["/etc/lsb-release": "LSB_VERSION=base-4.0\n", "/etc/debian_version": "7.1\n"])
        #expect(modules.value?.id == "debian")
    }

    @Test(arguments: [
        LiteralEntry.bytes([0x7F, 0x45, 0, 1, 2, 3]), .text("no assignment\n"), .text(""), .directory, .other,
        .unreadable(.permissionDenied), .sized(1 << 30), .bytes((0...255).map { UInt8($0) }),
        .bytes([UInt8](repeating: 0xFE, count: 4096)),
    ])
    func isUnreadableWhereItIsThereAndNoOSRelease(entry: LiteralEntry) throws {
        #expect(try observe(["/etc/os-release": entry, "/usr/lib/os-release": "ID=other\n"]).problem != nil)
    }

    @Test func isAbsentWithThePlacesSearched() throws {
        guard case .absent(let searched) = try observe(["/etc/passwd": ""]) else {
            Issue.record("absent expected")
            return
        }
        #expect(searched.contains("/etc/os-release") && searched.contains("/etc/debian_version"))
    }

    @Test(
        arguments: [
            (["/Windows/System32/ntdll.dll": "x"], true), (["/bootmgr": "x"], true),
            (["/WINDOWS/system32": .directory], true),
            (["/Files/Windows/System32/ntdll.dll": "x"], true),
            (["/Windows/System32/ntdll.dll": "x", "/etc/os-release": "ID=debian\n"], false),
            (["/windows": .directory, "/etc/passwd": "x"], false),
        ] as [([String: LiteralEntry], Bool)])
    func knowsWindows(entries: [String: LiteralEntry], isWindows: Bool) throws {
        let root = try LiteralSource(entries).root(Windows.wants)
        #expect((Windows.observe(in: root).value != nil) == isWindows)
    }
}
