import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct CloudInitStateTests {
    typealias Case = StartupImage.Case
    private static let left: LiteralEntry = .link("/var/lib/cloud/instances/i-0123")

    @Test(arguments: [
        Case(verdict: .pass, says: "reads EC2's user data and runs its scripts", path: "/etc/cloud/cloud.cfg", at: 1),
        Case(
            changes: ["/etc/cloud/cloud.cfg.d/90_dpkg.cfg": "datasource_list: [ NoCloud, None ]\n"], verdict: .fail,
            says: "datasource_list is [NoCloud, None]", path: "/etc/cloud/cloud.cfg.d/90_dpkg.cfg",
            at: 1),
        // The last name wins, over cloud.cfg and over earlier files.
        Case(
            changes: [
                "/etc/cloud/cloud.cfg.d/10.cfg": "datasource_list: [ NoCloud ]\n",
                "/etc/cloud/cloud.cfg.d/90.cfg": "# x\ndatasource_list: [ Ec2 ]\n",
            ], verdict: .pass, says: "EC2", path: "/etc/cloud/cloud.cfg.d/90.cfg", at: 2),
        Case(changes: ["/etc/cloud/cloud.cfg.d/10.txt": "datasource_list: [ NoCloud ]\n"], verdict: .pass, says: "EC2"),
        Case(
            changes: ["/var/lib/cloud/instance": left, "/var/lib/cloud/instances/i-0123/x": ""], verdict: .pass,
            says: "does no harm", path: "/var/lib/cloud/instance"),
        Case(
            changes: ["/var/lib/cloud/instance": left, "/etc/cloud/cloud.cfg.d/1.cfg": "manual_cache_clean: True\n"],
            verdict: .fail, says: "manual_cache_clean", path: "/etc/cloud/cloud.cfg.d/1.cfg", at: 1),
        Case(changes: ["/etc/cloud/cloud.cfg.d/1.cfg": "manual_cache_clean: true\n"], verdict: .pass, says: "EC2"),
        Case(changes: ["/etc/cloud/cloud.cfg": "cloud_final_modules: [scripts_user]\n"], verdict: .pass, says: "EC2"),
        Case(
            changes: ["/etc/cloud/cloud.cfg": "cloud_final_modules:\n - [scripts-user, always]\n"], verdict: .pass,
            says: "EC2"),
        Case(
            changes: [
                "/etc/cloud/cloud.cfg": "cloud_final_modules:\n - name: scripts-user\n   frequency: always\n"
            ], verdict: .pass, says: "EC2"),
        Case(
            changes: ["/etc/cloud/cloud.cfg": "cloud_final_modules: [final-message]\n"], verdict: .fail,
            says: "cloud_final_modules is [final-message]", path: "/etc/cloud/cloud.cfg",
            at: 1),
        Case(
            changes: ["/etc/cloud/cloud.cfg": "users: [default]\n"], verdict: .fail,
            says: "nothing sets cloud_final_modules"),
        Case(changes: ["/etc/cloud/cloud.cfg": nil], verdict: .fail, says: "/etc/cloud/cloud.cfg"),
        // What is no mapping in YAML, cloud-init passes over; what is no UTF-8 ends it.
        Case(
            changes: ["/etc/cloud/cloud.cfg.d/2.cfg": "a: [\n"], verdict: .pass,
            says: "it passes over /etc/cloud/cloud.cfg.d/2.cfg, which is no mapping in YAML"),
        Case(
            changes: ["/etc/cloud/cloud.cfg.d/2.cfg": "- a list\n"], verdict: .pass,
            says: "it passes over /etc/cloud/cloud.cfg.d/2.cfg"),
        Case(
            changes: ["/etc/cloud/cloud.cfg.d/2.cfg": "a: b\n---\nallow_userdata: false\n"], verdict: .pass,
            says: "it passes over /etc/cloud/cloud.cfg.d/2.cfg"),
        Case(
            changes: ["/etc/cloud/cloud.cfg.d/2.cfg": .bytes(Array("a: ".utf8) + [0xE9, 0x0A])], verdict: .fail,
            says: "is no UTF-8", path: "/etc/cloud/cloud.cfg.d/2.cfg"),
        Case(
            changes: [
                "/etc/cloud/cloud.cfg.d/2.cfg":
                    "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f]\n"
            ], verdict: .undetermined, says: "2.cfg"),
        Case(changes: ["/usr/bin/cloud-init": nil], verdict: .notApplicable, says: "see cloud-init"),
    ])
    func userDataIsReadAndRunOnANewInstance(row: Case) throws {
        try StartupImage.check(.cloudInitState, row)
    }

    private static let allow = "/etc/cloud/cloud.cfg.d/99-x.cfg"

    @Test(arguments: [
        Case(
            changes: [allow: "allow_userdata: false\n"], verdict: .fail,
            says: "discards user data: allow_userdata: false",
            path: "/etc/cloud/cloud.cfg.d/99-x.cfg", at: 1),
        Case(changes: [allow: "allow_userdata: \"off\"\n"], verdict: .fail, says: "cloud-init discards user data"),
        Case(changes: [allow: "allow_userdata:\n"], verdict: .fail, says: "cloud-init discards user data"),
        Case(changes: [allow: "allow_userdata: yes\n"], verdict: .pass, says: "runs its scripts"),
        Case(changes: [allow: "allow_userdata: \"1\"\n"], verdict: .pass, says: "runs its scripts"),
        Case(changes: [allow: "x: {allow_userdata: false}\n"], verdict: .pass, says: "runs its scripts"),
        // A later file takes it back; a release before 19.4 does not know it.
        Case(
            changes: [allow: "allow_userdata: false\n", "/etc/cloud/cloud.cfg.d/99-y.cfg": "allow_userdata: true\n"],
            verdict: .pass, says: "runs its scripts"),
        Case(
            changes: [
                allow: "allow_userdata: false\n",
                "/var/lib/dpkg/status": "Package: cloud-init\nStatus: install ok installed\nVersion: 19.3-46\n",
            ], verdict: .pass, says: "runs its scripts"),
    ])
    func userDataIsAllowed(row: Case) throws {
        try StartupImage.check(.cloudInitState, row)
    }

    private static func withOther(_ main: String, _ file: String, _ text: LiteralEntry) -> [String: LiteralEntry?] {
        ["/etc/cloud/cloud.cfg": .text(main + "cloud_final_modules: [scripts-user]\n"), file: text]
    }

    @Test(arguments: [
        Case(
            changes: withOther("conf_d: /srv/cloud\n", "/srv/cloud/1.cfg", "allow_userdata: false\n"), verdict: .fail,
            says: "allow_userdata: false", path: "/srv/cloud/1.cfg", at: 1),
        // The usual directory then counts no more, and none does where the key is empty.
        Case(
            changes: withOther("conf_d: /srv/cloud\n", allow, "allow_userdata: false\n"), verdict: .pass,
            says: "runs its scripts"),
        Case(
            changes: withOther("conf_d:\n", allow, "allow_userdata: false\n"), verdict: .pass, says: "runs its scripts"),
        // Only cloud.cfg itself can name another one.
        Case(
            changes: withOther("", allow, "conf_d: /srv\nallow_userdata: false\n"), verdict: .fail,
            says: "allow_userdata: false"),
    ])
    func theDirectoryOfConfDCounts(row: Case) throws {
        try StartupImage.check(.cloudInitState, row)
    }

    /// The image with the program that looks at the machine, and the release that it is of.
    private static func identified(
        _ changes: [String: LiteralEntry?], version: String = "22.4.2-1+deb12u2"
    ) -> [String: LiteralEntry?] {
        let status = "Package: cloud-init\nStatus: install ok installed\nVersion: \(version)\n"
        return changes.merging([
            "/usr/lib/cloud-init/ds-identify": .executable("#!/bin/sh\n"),
            "/var/lib/dpkg/status": .text(status),
            "/usr/lib/systemd/system-generators/cloud-init-generator": .executable("#!/bin/sh\n"),
        ]) { $1 }
    }

    private static let finalModules: LiteralEntry = "cloud_final_modules: [scripts-user]\n"

    private static func booting(_ arguments: String) -> [String: LiteralEntry?] {
        let menu = "menuentry 'Linux' {\n linux /boot/vmlinuz-6.1.0 root=/dev/sda1 \(arguments)\n}\n"
        return ["/boot/grub/grub.cfg": .text(menu), "/boot/vmlinuz-6.1.0": "x"]
    }

    @Test(arguments: [
        Case(
            changes: identified([allow: "datasource_list:\n  - NoCloud\n  - None\n"]), verdict: .pass,
            says: "settles on Ec2"),
        Case(changes: identified([allow: "datasource_list:\n"]), verdict: .pass, says: "settles on Ec2"),
        Case(changes: identified([allow: "datasource_list: \"[ Ec2 ]\"\n"]), verdict: .pass, says: "reads EC2's"),
        Case(
            changes: identified([allow: "datasource_list: [ NoCloud, None ]"]), verdict: .pass,
            says: "settles on Ec2"),
        Case(
            changes: identified([allow: "datasource_list: [ NoCloud, None ]"], version: "24.4.1"), verdict: .fail,
            says: "datasource_list is [NoCloud, None]"),
        Case(
            changes: identified([allow: "datasource_list: [ NoCloud,\n  Ec2 ]\n"]), verdict: .fail,
            says: "[NoCloud], as ds-identify reads it: a list on one line alone",
            path: "/etc/cloud/cloud.cfg.d/99-x.cfg", at: 1),
        Case(
            changes: identified([
                allow: "datasource_list:\n  - NoCloud\n  - None\n", "/etc/cloud/ds-identify.cfg": "policy: enabled\n",
            ]), verdict: .fail, says: "datasource_list is [NoCloud, None]"),
        Case(
            changes: identified([allow: "datasource_list: [ ec2 ]\n"]), verdict: .fail, says: "datasource_list is [ec2]"
        ),
        Case(
            changes: identified([allow: "datasource_list: [ ec2 ]\n"], version: "23.2"), verdict: .pass,
            says: "reads EC2's"),
        Case(
            changes: identified(booting("ci.ds=NoCloud")), verdict: .fail,
            says: "takes the data source NoCloud, and not Ec2 (ci.ds=NoCloud)", path: "/boot/grub/grub.cfg", at: 2),
        Case(
            changes: identified(booting("ds=nocloud"), version: "24.4.1"), verdict: .fail,
            says: "data source nocloud, and not Ec2 (ds=nocloud)"),
        // The same where ds-identify leaves the list to cloud-init: NoCloud stands before Ec2 in its own.
        Case(
            changes: identified(
                booting("ds=nocloud ci.di.policy=enabled").merging(["/etc/cloud/cloud.cfg": finalModules]) { $1 },
                version: "24.4.1"),
            verdict: .fail, says: "by /boot/grub/grub.cfg (ds=nocloud)"),
        Case(changes: identified(booting("ds=ec2"), version: "24.4.1"), verdict: .pass, says: "reads EC2's"),
        Case(changes: identified(booting("ci.datasource=Ec2")), verdict: .pass, says: "reads EC2's"),
        // Before 23.2 it is NoCloud's own word, and NoCloud is asked only where the list holds it.
        Case(changes: identified(booting("ds=nocloud")), verdict: .pass, says: "reads EC2's"),
        Case(
            changes: identified(
                booting("ds=nocloud").merging([allow: "datasource_list: [ NoCloud, Ec2, None ]\n"]) { $1 }),
            verdict: .fail, says: "by /boot/grub/grub.cfg (ds=nocloud)"),
        Case(
            changes: identified([
                allow: "datasource_list: [ NoCloud, Ec2 ]\n", "/var/lib/cloud/seed/nocloud/user-data": "",
                "/var/lib/cloud/seed/nocloud/meta-data": "",
            ]), verdict: .fail, says: "/var/lib/cloud/seed/nocloud/user-data"),
        Case(
            changes: identified([
                allow: "datasource_list: [ NoCloud, Ec2 ]\n", "/var/lib/cloud/seed/nocloud/user-data": "",
            ]), verdict: .pass, says: "reads EC2's"),
    ])
    func dataSourcesAreThoseThatDsIdentifySettlesOn(row: Case) throws {
        try StartupImage.check(.cloudInitState, row)
    }
}
