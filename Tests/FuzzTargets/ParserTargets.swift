/// Parsers by themselves, thousands of inputs a second: what stands around them is attacked as whole images.

import BatchRules
import Booting
import ByteParsing
import GoJSON
import ImageFacts
import ImageReading
import PackageDatabases
import Startup
import TestSupport
import YAMLReading

extension FuzzTarget {
    /// A file of an image of which nothing else is there but `others`.
    private static func lone(
        _ name: String, _ path: String, beside others: [String: String] = [:], like files: [String],
        and texts: [String] = [], _ observe: @escaping @Sendable (RootFilesystem) -> Void
    ) -> FuzzTarget {
        FuzzTarget(name, seeds: parser(name, like: files, and: texts) { _ in }.seeds) { input in
            var entries: [String: LiteralEntry] = [path: .bytes(input)]
            for (path, file) in others { entries[path] = .bytes(try TestData.bytes(TestData.url(file))) }
            observe(RootFilesystem(entries))
        }
    }

    private static let rpm = "/var/lib/rpm"
    private static let packages: @Sendable (RootFilesystem) -> Void = { _ = InstalledPackages.observe(in: $0).summary }
    private static let boot: @Sendable (RootFilesystem) -> Void = { root in
        let kernels = InstalledKernels.observe(in: root)
        _ = BootingKernel.observe(in: root, kernels: kernels, partitions: BootPartitions.observe(in: root))
    }
    private static let word =
        "docker run -d --env-file=/etc/ecs/ecs.config -e 'A=$B' \"x y\" \\\n  image:latest >/dev/null 2>&1 &"

    static let parsers = [
        lone("rpm-sqlite", rpm + "/rpmdb.sqlite", like: ["rpm/sample/rpmdb.sqlite"], packages),
        lone(
            "rpm-sqlite-log", rpm + "/rpmdb.sqlite-wal", beside: [rpm + "/rpmdb.sqlite": "rpm/state/rpmdb.sqlite"],
            like: ["rpm/state/rpmdb.sqlite-wal"], packages),
        lone("rpm-berkeley", rpm + "/Packages", like: ["rpm/sample/Packages"], packages),
        lone("rpm-ndb", rpm + "/Packages.db", like: ["rpm/sample/Packages.db"], packages),
        lone(
            "dpkg", "/var/lib/dpkg/status", like: [],
            and: [WholeImage.status(docker: "5:25.0.5-1~debian.12~bookworm", kernel: "6.1.0-56-cloud-amd64")], packages),
        lone(
            "grub-cfg", "/boot/grub/grub.cfg",
            like: ["grub/custom-script/grub.cfg", "grub/flat-by-title/grub.cfg", "grub/submenu-by-number/grub.cfg"],
            boot),
        lone(
            "grub-environment", "/boot/grub/grubenv", beside: ["/boot/grub/grub.cfg": "grub/saved-by-id/grub.cfg"],
            like: ["grub/nothing-saved/grubenv", "grub/saved-by-id/grubenv", "grub/damaged-environment/grubenv"], boot),
        lone(
            "grub-legacy", "/boot/grub/menu.lst", like: [],
            and: [
                "default=0\ntitle a (1)\nroot (hd0,0)\nkernel /boot/vmlinuz-1 root=LABEL=/ ro\ninitrd /boot/initrd\n"
            ], boot),
        lone("os-release", "/etc/os-release", like: [], and: ["ID=\"amzn\"\nVERSION_ID='2023'\nNAME=a\\ b\n"]) {
            _ = Distribution.observe(in: $0)
        },
        lone(
            "fstab", "/etc/fstab", like: [],
            and: ["UUID=1 / ext4 defaults 0 1\n/dev/vg/lv /a\\040b xfs subvol=x,nofail 0 0\n"]
        ) { _ = Fstab.observe(in: $0) },
        lone("unit", "/a.service", like: [], and: ["[Service]\nExecStart=/bin/a \\\n b\nEnvironment=\"A=b c\" D=%n\n"])
        { root in
            if let file = root[.contents("/a.service")].value { _ = Result { try UnitFile.read(file) } }
        },
        parser("initramfs") { bytes in
            var names = 0
            try Initramfs.names(in: bytes) { _ in
                names += 1
                return false
            }
        },
        parser("kernel") { _ = try KernelImage(head: $0) },
        parser("elf") { _ = try Architecture(elf: $0) },
        parser(
            "go-program",
            like: ["go-build-information/dockerd-20.10.24", "go-build-information/dockerd-26.1.5-trimpath"]
        ) { _ = try GoBuildInformation(program: $0) },
        parser("go-json", and: [#"{"a":[1,2.5e3,"\u00e9"],"b":{"c":null,"C":true}} {"#]) { bytes in
            _ = try GoValue.unmarshal(bytes)
            _ = try GoValue.decodeFirst(bytes)
        },
        parser("yaml", and: ["a: &x [1, 'b']\nc: {d: *x}\ne: |\n  text\n---\nf: !!binary aGk=\n"]) {
            _ = try parseYAML($0)
        },
        parser("shell", and: [word, "if [ -x /a ]; then cat <<E >/b\nx\nE\nfi; A=$(b) c\n"]) {
            for command in shellCommands(String(decoding: $0, as: UTF8.self)) {
                _ = command.texts
            }
        },
        parser("systemd-words", and: [word]) { _ = systemdWords(String(decoding: $0, as: UTF8.self)) },
        FuzzTarget(
            "versions",
            seeds: { ["2.3~rc1-4.el9\u{0}2.3^git-4.el9", "25.0.5-1~debian.12\u{0}25.0"].map { Array($0.utf8) } }
        ) { bytes in
            let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
            let (first, second) = (String(parts[0]), String(parts.count > 1 ? parts[1] : ""))
            for order in [rpmOrder, dpkgOrder] {
                let opposite: VersionOrder =
                    switch order(second, first) {
                    case .older: .newer
                    case .same: .same
                    case .newer: .older
                    }
                guard order(first, first) == .same, order(first, second) == opposite else {
                    throw BrokenPromise(what: "an order of versions")
                }
            }
        },
    ]
}
