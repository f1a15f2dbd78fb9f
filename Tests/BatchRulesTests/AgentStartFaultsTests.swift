import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

/// agent-at-boot of agents whose start job comes and which do not run all the same, and of those that other units start.
@Suite struct AgentStartFaultsTests {
    typealias Case = StartupImage.Case

    private static let dropIn = "/etc/systemd/system/ecs.service.d/10.conf"
    private static let wants = "/etc/systemd/system/multi-user.target.wants/"
    private static let socket: [String: LiteralEntry?] = [
        "/etc/systemd/system/sockets.target.wants/docker.socket": .link("../docker.socket")
    ]

    /// The agent's unit with these lines.
    private static func unit(_ unit: String, _ service: String = "") -> [String: LiteralEntry?] {
        let text = "[Unit]\n\(unit)\n[Service]\n\(service)\nExecStart=/usr/libexec/amazon-ecs-init start\n"
        return [StartupImage.unit: .text(text)]
    }

    /// A boot entry with these words, and a root whose next boot is a first boot.
    private static func firstBoot(_ words: String) -> [String: LiteralEntry?] {
        let menu = "menuentry 'Linux' {\n linux /boot/vmlinuz-6.1.0 root=/dev/sda1 \(words)\n}\n"
        return [
            "/boot/grub/grub.cfg": .text(menu), "/boot/vmlinuz-6.1.0": "x", "/etc/machine-id": nil,
            StartupImage.link: nil,
        ]
    }

    /// The agent's unit without a link, and another unit that is enabled.
    private static func started(by name: String, _ text: String, systemd: Int = 252) -> [String: LiteralEntry?] {
        [
            StartupImage.link: nil, "/etc/systemd/system/\(name)": .text(text), wants + name: .link("../\(name)"),
            "/var/lib/dpkg/status": .text("Package: systemd\nStatus: install ok installed\nVersion: \(systemd).1-1\n"),
        ]
    }

    private static let asks =
        "ExecStartPre=/bin/bash -c 'if [ $(/usr/bin/systemctl is-active docker) != \"active\" ]; then exit 1; fi'"

    @Test(arguments: [
        Case(
            changes: [dropIn: "[Service]\nExecStart=/usr/libexec/amazon-ecs-init start\n"], verdict: .fail,
            says: "more than one ExecStart=, which only Type=oneshot may have, so that systemd refuses ecs.service",
            path: ImagePath(dropIn), at: 2),
        Case(
            changes: [dropIn: "[Service]\nExecStart=\nExecStart=/usr/libexec/amazon-ecs-init start\n"], verdict: .pass,
            says: "starts at boot"),
        Case(
            changes: unit("", "User=ecs\n"), verdict: .fail,
            says: "ecs.service:4: User=ecs: there is no user ecs, so that ecs.service cannot start"),
        Case(changes: ["/usr/libexec/amazon-ecs-init": "x"], verdict: .fail, says: "is no executable file"),
        Case(
            changes: [dropIn: "[Service]\nEnvironmentFile=/etc/ecs/x.env\n"], verdict: .undetermined,
            says: "user data may still bring it"),
        Case(
            changes: [dropIn: "[Service]\nEnvironmentFile=/etc/x.env\n"], verdict: .fail,
            says: "/etc/x.env is not in the image"),
        Case(changes: [dropIn: "[Service]\nType=notify\n"], verdict: .fail, says: "say that it has started"),
        Case(changes: [dropIn: "[Service]\nType=forking\n"], verdict: .fail, says: "go on in the background"),
        Case(
            changes: StartupImage.byHand("Type=forking\nExecStart=/usr/bin/docker run -d amazon/amazon-ecs-agent"),
            verdict: .pass, says: "starts at boot"),
        Case(
            changes: [
                StartupImage.unit:
                    "[Unit]\nWants=docker.service\n[Service\nExecStart=/usr/libexec/amazon-ecs-init start\n"
            ],
            verdict: .fail, says: "the section header has no ]"),
        Case(
            changes: unit("Wants=docker.service", "ExecStart=/usr/libexec/amazon-ecs-init \"start\n"), verdict: .fail,
            says: "a quote is not closed"),
        Case(changes: [dropIn: "[Service\nNice=5\n"], verdict: .pass, says: "starts at boot"),
        Case(
            changes: StartupImage.byHand("ExecStart=/opt/run.sh").merging([
                "/opt/run.sh": .executable("exec docker run amazon/amazon-ecs-agent:latest\n")
            ]) { $1 }, verdict: .fail, says: "/opt/run.sh is text without a first line #!"),
        Case(
            changes: StartupImage.byHand("ExecStart=/bin/bash /opt/run.sh").merging([
                "/opt/run.sh": "exec docker run amazon/amazon-ecs-agent:latest\n"
            ]) { $1 }, verdict: .pass, says: "starts at boot"),
        Case(
            changes: [dropIn: "[Service]\nExecStart=\nExecStart=amazon-ecs-init start\n"], verdict: .fail,
            says: "no program amazon-ecs-init is in /usr/local/sbin"),
        Case(
            changes: ["/etc/systemd/system/ecs.service": .link("/opt/gone/ecs.service")], verdict: .fail,
            says: "its unit file leads nowhere"),
        Case(
            changes: StartupImage.withoutAgent.merging([
                "/usr/lib/systemd/system/x.service": .link("../../gone/x.service")
            ]) { $1 },
            verdict: .notApplicable, says: "see ecs-agent"),
        Case(
            changes: ["/etc/systemd/system/docker.service.d/x.conf": "[Service]\nEnvironmentFile=/etc/gone\n"],
            verdict: .fail, says: "/etc/gone is not in the image, and systemd does not start docker.service without it"),
        Case(
            changes: ["/etc/systemd/system/docker.service.d/x.conf": "[Service]\nEnvironmentFile=-/etc/gone\n"],
            verdict: .pass, says: "and Docker with it"),
    ])
    func aStartJobIsNoRunningAgent(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    @Test(arguments: [
        Case(
            changes: unit("After=docker.service", asks).merging(socket) { $1 }, verdict: .fail,
            says: "asks before anybody calls", path: ImagePath(StartupImage.unit), at: 4),
        Case(
            changes: unit("Wants=docker.service", asks).merging(socket) { $1 }, verdict: .pass, says: "starts at boot"),
        Case(changes: unit("After=docker.service").merging(socket) { $1 }, verdict: .pass, says: "starts at boot"),
    ])
    func dockersSocketAlone(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    @Test(arguments: [
        Case(changes: firstBoot("rw"), verdict: .pass, says: "by a preset on first boot"),
        Case(changes: firstBoot("ro rootflags=rw"), verdict: .pass, says: "by a preset on first boot"),
        Case(
            changes: firstBoot("rw ro"), verdict: .fail, says: "nothing that boots wants it",
            path: "/boot/grub/grub.cfg"),
        Case(changes: firstBoot("quiet"), verdict: .fail, says: "nothing that boots wants it"),
    ])
    func presetsActWhereTheRootIsWritable(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    private static let generator = "/etc/systemd/system-generators/policy"
    @Test(arguments: [
        Case(
            changes: [generator: .executable("#!/bin/sh\nln -sf /dev/null \"$2/ecs.service\"\n")],
            verdict: .undetermined, says: "generator", path: ImagePath(generator)),
        Case(
            changes: [generator: .executable("#!/bin/sh\nfor unit in x docker; do :; done\n")], verdict: .undetermined,
            says: "docker"),
        Case(
            changes: [generator: .text("#!/bin/sh\nln -sf /dev/null \"$2/ecs.service\"\n")], verdict: .pass,
            says: "starts"),
        Case(changes: [generator: .executable("#!/bin/sh\necho specs.service\n")], verdict: .pass, says: "starts"),
    ])
    func aGeneratorOfTheOwnersOwn(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    private static func path(_ line: String, _ more: [String: LiteralEntry?] = [:]) -> [String: LiteralEntry?] {
        started(by: "ecs.path", "[Path]\n\(line)\n").merging(more) { $1 }
    }

    @Test(arguments: [
        Case(
            changes: started(by: "ecs.timer", "[Timer]\nOnBootSec=20\n"), verdict: .pass, says: "starts",
            path: "/etc/systemd/system/ecs.timer", at: 2),
        Case(
            changes: started(by: "x.timer", "[Timer]\nOnCalendar=*:0/5\nUnit=ecs.service\n"), verdict: .pass,
            says: "starts"),
        Case(
            changes: started(by: "ecs.timer", "[Timer]\nOnCalendar=daily\n"), verdict: .undetermined, says: "calendar"),
        Case(
            changes: started(by: "ecs.timer", "[Timer]\nOnUnitActiveSec=60\n"), verdict: .fail,
            says: "nothing that boots"),
        Case(
            changes: path("PathExists=/etc/ecs/ecs.config", ["/etc/ecs/ecs.config": ""]), verdict: .pass, says: "starts"
        ),
        Case(changes: path("PathChanged=/etc/ecs/ecs.config"), verdict: .pass, says: "starts"),
        Case(changes: path("PathExists=/etc/ecs/never"), verdict: .undetermined, says: "once /etc/ecs/never is there"),
        Case(changes: path("PathExists=/srv/never"), verdict: .fail, says: "nothing that boots wants it"),
        Case(
            changes: started(by: "ecs.socket", "[Socket]\nListenStream=/run/x\n"), verdict: .fail,
            says: "nothing that boots wants it"),
        Case(
            changes: started(by: "x.service", "[Service]\nExecStart=/bin/systemctl start --no-block ecs\n"),
            verdict: .pass, says: "starts", path: "/etc/systemd/system/x.service"),
        Case(
            changes: started(by: "x.service", "[Service]\nExecStart=/opt/boot.sh\n").merging([
                "/opt/boot.sh": .executable("#!/bin/bash\nmkdir -p /x\nsystemctl restart ecs.service\n")
            ]) { $1 }, verdict: .pass, says: "starts", path: "/opt/boot.sh", at: 3),
        Case(
            changes: started(
                by: "x.service", "[Unit]\nOnSuccess=ecs.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n"),
            verdict: .pass, says: "starts"),
        Case(
            changes: started(
                by: "x.service", "[Unit]\nOnSuccess=ecs.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n",
                systemd: 248), verdict: .fail, says: "nothing that boots"),
        Case(
            changes: started(
                by: "x.service",
                "[Unit]\nOnSuccess=ecs.service\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"),
            verdict: .fail, says: "nothing that boots"),
        Case(
            changes: [
                StartupImage.link: nil, "/etc/systemd/system/multi-user.target.upholds/ecs.service": .link("../x"),
                "/var/lib/dpkg/status": "Package: systemd\nStatus: install ok installed\nVersion: 253.1-1\n",
            ], verdict: .fail, says: "nothing that boots"),
        Case(
            changes: [
                StartupImage.link: nil, "/etc/systemd/system/multi-user.target.upholds/ecs.service": .link("../x"),
                "/var/lib/dpkg/status": "Package: systemd\nStatus: install ok installed\nVersion: 254.1-1\n",
            ], verdict: .pass, says: "starts"),
    ])
    func unitsThatOtherUnitsStart(row: Case) throws {
        try StartupImage.check(.agentAtBoot, row)
    }

    private static let debianStage: [String: LiteralEntry?] = [
        "/usr/lib/systemd/system/cloud-final.service":
            "[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/usr/bin/cloud-init\n[Install]\nWantedBy=cloud-init.target\n"
    ]

    @Test(arguments: [
        Case(
            changes: unit("Wants=docker.service", "Type=oneshot").merging(debianStage) { $1 }, verdict: .fail,
            says: "waits until ecs.service has started"),
        Case(changes: unit("Wants=docker.service").merging(debianStage) { $1 }, verdict: .pass, says: "runs at boot"),
        Case(changes: unit("Wants=docker.service", "Type=oneshot"), verdict: .pass, says: "runs at boot"),
    ])
    func aOneshotThatNeverEndsHoldsUserData(row: Case) throws {
        try StartupImage.check(.cloudInit, row)
    }

    private static func script(_ header: String) -> [String: LiteralEntry?] {
        StartupImage.withoutAgent.merging(debianStage) { $1 }.merging([
            "/etc/init.d/ecs-agent": .executable(
                "#!/bin/sh\n\(header)\ndocker run -d amazon/amazon-ecs-agent:v1.105.0\n"),
            "/etc/rc3.d/S20ecs-agent": .link("../init.d/ecs-agent"), "/etc/rc3.d/S01cloud-final": .link("../init.d/x"),
            "/usr/lib/systemd/system-generators/systemd-sysv-generator": WholeImage.program,
        ]) { $1 }
    }

    @Test(arguments: [
        Case(changes: script("# chkconfig: 2345 20 99"), verdict: .fail, says: "nothing orders it after"),
        Case(
            changes: script("### BEGIN INIT INFO\n# Required-Start: $network cloud-final\n### END INIT INFO").merging([
                "/usr/lib/systemd/system/cloud-final.service": StartupImage.amazonLinux[
                    "/usr/lib/systemd/system/cloud-final.service"]
            ]) { $1 }, verdict: .pass, says: "starts after user data"),
    ])
    func anInitScriptAsSystemdsGeneratorOrdersIt(row: Case) throws {
        try StartupImage.check(.agentAfterUserData, row)
    }
}
