import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct CloudInitTests {
    typealias Case = StartupImage.Case
    private static let generator = "/usr/lib/systemd/system-generators/cloud-init-generator"
    private static let script: LiteralEntry = .executable("#!/bin/sh\n/usr/bin/cloud-init modules --mode=final\n")

    private static func booting(_ arguments: String) -> [String: LiteralEntry?] {
        let menu = "menuentry 'Linux' {\n linux /boot/vmlinuz-6.1.0 root=/dev/sda1 \(arguments)\n}\n"
        return ["/boot/grub/grub.cfg": .text(menu), "/boot/vmlinuz-6.1.0": "x"]
    }

    private static func identified(_ changes: [String: LiteralEntry?]) -> [String: LiteralEntry?] {
        changes.merging(["/usr/lib/cloud-init/ds-identify": .executable("#!/bin/sh\n"), generator: script]) { $1 }
    }

    @Test(arguments: [
        Case(
            changes: booting("cloud-init=disabled"), verdict: .fail, says: "(cloud-init=disabled) keeps it",
            path: "/boot/grub/grub.cfg", at: 2),
        Case(
            changes: booting("cloud-init=enabled").merging(["/etc/cloud/cloud-init.disabled": ""]) { $1 },
            verdict: .pass, says: "runs at boot"),
        Case(
            verdict: .pass, says: "cloud-init is installed and runs at boot",
            path: "/usr/lib/systemd/system-generators/cloud-init-generator"),
        Case(changes: ["/usr/bin/cloud-init": nil], verdict: .fail, says: "there is no cloud-init"),
        Case(
            changes: ["/usr/bin/cloud-init": nil, "/usr/bin/ignition": "ELF"], verdict: .fail,
            says: "Ignition reads another kind", path: "/usr/bin/ignition"),
        Case(
            changes: [
                "/usr/bin/cloud-init": nil,
                "/var/lib/dpkg/status": "Package: cloud-init\nStatus: install ok installed\nVersion: 22.4.2-1\n",
            ], verdict: .pass, says: "cloud-init 22.4.2-1 is"),
        Case(
            changes: ["/etc/cloud/cloud-init.disabled": ""], verdict: .fail,
            says: "/etc/cloud/cloud-init.disabled keeps", path: "/etc/cloud/cloud-init.disabled"),
        Case(
            changes: [
                "/etc/systemd/system.conf": "[Manager]\nDefaultEnvironment=A=b \"KERNEL_CMDLINE=cloud-init=disabled\"\n"
            ], verdict: .fail, says: "KERNEL_CMDLINE", path: "/etc/systemd/system.conf", at: 2),
        Case(
            changes: ["/etc/systemd/system/cloud-final.service": StartupImage.null], verdict: .fail,
            says: "/etc/systemd/system/cloud-final.service", path: "/etc/systemd/system/cloud-final.service"),
        Case(
            changes: ["/etc/systemd/system/cloud-init-local.service": StartupImage.null], verdict: .fail,
            says: "keeps it from running"),
        Case(changes: [generator: nil], verdict: .fail, says: "nothing that boots starts cloud-init-local.service"),
        Case(
            changes: [generator: nil, "/etc/systemd/system/multi-user.target.wants/cloud-init.target": .link("../x")],
            verdict: .pass, says: "runs at boot"),
        Case(
            changes: ["/etc/systemd/system/cloud-init.target.wants/cloud-config.service": nil], verdict: .fail,
            says: "starts cloud-config.service"),
        Case(
            changes: ["/etc/cloud/ds-identify.cfg": "policy: disabled\n"], verdict: .fail, says: "policy: disabled",
            path: "/etc/cloud/ds-identify.cfg", at: 1),
        Case(changes: ["/etc/cloud/ds-identify.cfg": "datasource: Azure\n"], verdict: .fail, says: "datasource: Azure"),
        Case(
            changes: ["/etc/cloud/ds-identify.cfg": "# policy: disabled\ndatasource: Ec2\n"], verdict: .pass,
            says: "runs at boot"),
        Case(
            changes: identified(["/etc/cloud/cloud.cfg": "datasource_list: [ Azure, GCE, None ]\n"]), verdict: .fail,
            says: "ds-identify finds none of Azure, GCE, None on EC2", path: "/etc/cloud/cloud.cfg", at: 1),
        Case(
            changes: identified(["/etc/cloud/cloud.cfg": "datasource_list: [ Azure, Ec2, None ]\n"]), verdict: .pass,
            says: "runs at boot"),
        Case(
            changes: identified(booting("ci.ds=Azure")), verdict: .fail,
            says: "(ci.ds=Azure) keeps it from reading EC2's user data", path: "/boot/grub/grub.cfg", at: 2),
        Case(
            changes: identified(booting("ci.di.policy=disabled")), verdict: .fail, says: "(ci.di.policy=disabled) keeps"
        ),
        Case(changes: identified(booting("ci.ds=Ec2")), verdict: .pass, says: "runs at boot"),
        Case(
            changes: ["/etc/systemd/system.conf": .unreadable(.permissionDenied)], verdict: .undetermined,
            says: "/etc/systemd/system.conf"),
        Case(
            changes: ["/usr/bin/cloud-init": nil, "/var/lib/rpm/Packages": .bytes([0])], verdict: .undetermined,
            says: "/var/lib/rpm/Packages"),
        Case(
            image: [
                "/sbin/init": "ELF", "/sbin/initctl": "ELF", "/usr/bin/cloud-init": "x",
                "/etc/init.d/cloud-final": script,
            ], verdict: .fail, says: "nothing that boots starts cloud-final"),
        Case(
            image: [
                "/sbin/init": "ELF", "/sbin/initctl": "ELF", "/usr/bin/cloud-init": "x",
                "/etc/init.d/cloud-final": script, "/etc/rc3.d/S53cloud-final": .link("../init.d/cloud-final"),
            ],
            verdict: .pass, says: "runs at boot", path: "/etc/rc3.d/S53cloud-final"),
    ])
    func cloudInitIsThereAndRuns(row: Case) throws {
        try StartupImage.check(.cloudInit, row)
    }

    /// The general remedy speaks of switches that are not at fault here.
    @Test(
        arguments: [
            (["/etc/cloud/cloud.cfg": "datasource_list: [ Azure, GCE, None ]\n"], "datasource_list: [ Ec2, None ]"),
            (
                ["/etc/cloud/ds-identify.cfg": "policy: disabled\n"],
                "remove policy: disabled from /etc/cloud/ds-identify.cfg"
            ),
        ] as [([String: LiteralEntry?], String)])
    func whatDsIdentifyTurnsOffIsMendedThere(changes: [String: LiteralEntry?], remedy: String) throws {
        var entries = StartupImage.amazonLinux
        for (path, entry) in Self.identified(changes) { entries[path] = entry }
        let facts = try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value
        let finding = Rule.cloudInit.evaluate(facts, Policy(today: LinuxDistributionTests.today))
        #expect(finding.verdict == .fail)
        #expect(finding.remedy?.contains(remedy) == true, "\(finding.remedy ?? "")")
    }

    private static func flatcar(_ version: String, _ reader: String = "coreos-cloudinit") -> [String: LiteralEntry] {
        [
            "/usr/lib/os-release": .text("ID=flatcar\nID_LIKE=coreos\n\(version)\n"),
            "/usr/bin/\(reader)": .executable("ELF"),
        ]
    }

    @Test(arguments: [
        Case(
            image: flatcar("VERSION_ID=4230.2.3"), verdict: .pass,
            says: "coreos-cloudinit of flatcar 4230.2.3 takes the multipart MIME user data",
            path: "/usr/bin/coreos-cloudinit"),
        Case(image: flatcar("VERSION_ID=3637.0.0"), verdict: .pass, says: "takes the multipart MIME user data"),
        Case(
            image: flatcar("VERSION_ID=3602.2.0"), verdict: .fail, says: "does not take the multipart MIME",
            path: "/usr/lib/os-release"),
        Case(image: flatcar("VERSION_ID=3510.2.8"), verdict: .fail, says: "flatcar 3510.2.8 does not take"),
        Case(image: flatcar("BUILD_ID=x"), verdict: .undetermined, says: "has no VERSION_ID"),
        Case(
            image: flatcar("VERSION_ID=4230.2.3", "ignition"), verdict: .fail, says: "Ignition reads another kind"),
        // CoreOS Container Linux ended before anybody taught it that.
        Case(
            image: ["/etc/os-release": "ID=coreos\nVERSION_ID=2512.3.0\n", "/usr/bin/coreos-cloudinit": "ELF"],
            verdict: .fail, says: "coreos-cloudinit reads another kind"),
    ])
    func flatcarTakesUserDataFromOneReleaseOn(row: Case) throws {
        try StartupImage.check(.cloudInit, row)
    }
}
