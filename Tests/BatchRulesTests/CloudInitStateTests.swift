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
            says: "Ec2 expected in datasource_list, [NoCloud, None] found", path: "/etc/cloud/cloud.cfg.d/90_dpkg.cfg",
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
            says: "scripts-user expected in cloud_final_modules, [final-message] found", path: "/etc/cloud/cloud.cfg",
            at: 1),
        Case(changes: ["/etc/cloud/cloud.cfg": "users: [default]\n"], verdict: .fail, says: "no such key"),
        Case(changes: ["/etc/cloud/cloud.cfg": nil], verdict: .fail, says: "/etc/cloud/cloud.cfg"),
        Case(
            changes: ["/etc/cloud/cloud.cfg.d/2.cfg": "a: [\n"], verdict: .undetermined,
            says: "/etc/cloud/cloud.cfg.d/2.cfg"),
        Case(
            changes: ["/etc/cloud/cloud.cfg.d/2.cfg": "- a list\n"], verdict: .undetermined, says: "a mapping expected"),
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
}
