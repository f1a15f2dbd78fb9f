import ImageFacts
import TestSupport
import Testing

@testable import BatchRules

@Suite struct BakedIdentityTests {
    static func file(_ path: String, _ entry: LiteralEntry = "x\n") -> AgentImage { AgentImage(entries: [path: entry]) }

    @Test(arguments: [
        RuleCase(
            "a machine id", file("/etc/machine-id", "ec2e3be6e3b14a3ea3c2f4ed2a9b1f55\n"), .fail,
            "a machine id (/etc/machine-id)"),
        RuleCase("an empty one", file("/etc/machine-id", ""), .pass, "nothing"),
        RuleCase("one of the first boot", file("/etc/machine-id", "uninitialized\n"), .pass, ""),
        RuleCase(
            "host keys",
            AgentImage(entries: [
                "/etc/ssh/ssh_host_rsa_key": "x", "/etc/ssh/ssh_host_ed25519_key": "x",
                "/etc/ssh/ssh_host_rsa_key.pub": "x",
            ]), .fail, "ssh host keys (/etc/ssh/ssh_host_ed25519_key and 1 more)"),
        RuleCase("authorized_keys", file("/home/ec2-user/.ssh/authorized_keys"), .fail, "authorized_keys"),
        RuleCase("empty authorized_keys", file("/root/.ssh/authorized_keys", ""), .pass, ""),
        RuleCase("a lease", file("/var/lib/dhclient/dhclient--eth0.lease"), .fail, "DHCP leases"),
        RuleCase("a host name", file("/etc/hostname", "ip-10-0-0-17.ec2.internal\n"), .fail, "a host name"),
        RuleCase("localhost", file("/etc/hostname", "localhost\n"), .pass, ""),
        RuleCase("localhost.localdomain", file("/etc/hostname", "localhost.localdomain\n"), .pass, ""),
        RuleCase("the distribution's", file("/etc/hostname", "ubuntu\n"), .pass, ""),
        RuleCase("a random seed", file("/var/lib/systemd/random-seed"), .fail, "a random seed"),
        RuleCase(
            "a hybrid registration",
            file("/var/lib/amazon/ssm/registration", #"{"ManagedInstanceID":"mi-0123","Region":"eu-west-1"}"#), .fail,
            "hybrid registration"),
        RuleCase(
            "a registration of EC2",
            file("/var/lib/amazon/ssm/registration", #"{"ManagedInstanceID":"","Region":"eu-west-1"}"#), .pass, ""),
        RuleCase("a history", file("/root/.bash_history"), .fail, "shell histories (/root/.bash_history)"),
        RuleCase("a log", file("/var/log/cloud-init-output.log"), .fail, "logs"),
        RuleCase("a package manager's log", file("/var/log/dpkg.log"), .pass, ""),
        RuleCase("a temporary file", file("/tmp/script.sh"), .fail, "temporary files (/tmp/script.sh)"),
        RuleCase("an empty directory", file("/tmp/x", .directory), .pass, ""),
        RuleCase(
            "a former instance", file("/var/lib/cloud/instances/i-0123/obj.pkl"), .fail,
            "cloud-init's data of a former instance"),
        RuleCase("nothing", .none, .pass, "nothing"),
    ])
    func nothingOfAFormerMachineIsLeft(row: RuleCase) throws {
        try row.check(.bakedIdentity)
    }

    @Test func wholeImagesPass() throws {
        for entries in [try WholeImage.amazonLinux(), try WholeImage.debian()] {
            let finding = try AgentImage(entries: entries).finding(.bakedIdentity)
            #expect(finding.verdict == .pass, "\(finding.message)")
        }
    }
}
