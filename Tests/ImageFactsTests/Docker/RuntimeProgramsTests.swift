import ImageFacts
import ImageReading
import TestSupport
import Testing

struct RuntimeProgramsTests {
    private func observe(_ entries: [String: LiteralEntry]) throws -> RuntimePrograms {
        let root = try LiteralSource(entries).root(PackageDatabaseSummary.wants + RuntimePrograms.wants)
        return RuntimePrograms.observe(in: root, packages: InstalledPackages.observe(in: root))
    }

    @Test func `alternatives are followed to the program behind them without a second reading`() throws {
        let entries: [String: LiteralEntry] = [
            "/usr/sbin/iptables": .link("/etc/alternatives/iptables"),
            "/etc/alternatives/iptables": .link("/usr/sbin/iptables-nft"),
            "/usr/sbin/iptables-nft": .link("xtables-nft-multi"),
            "/usr/sbin/xtables-nft-multi": .executable("ELF"),
            "/var/lib/dpkg/status": "Package: iptables\nStatus: install ok installed\nVersion: 1.8.9-2\n",
        ]
        let root = try LiteralSource(entries).root(PackageDatabaseSummary.wants + RuntimePrograms.wants)
        let programs = RuntimePrograms.observe(in: root, packages: InstalledPackages.observe(in: root))
        let iptables = try #require(programs.iptables.value)
        #expect(iptables.path == "/usr/sbin/iptables")
        #expect(iptables.isInSystemDirectory)
        #expect(iptables.version == ReleaseVersion(1, 8, 9))
        #expect(programs.iptables.evidence.first?.realPath == "/usr/sbin/xtables-nft-multi")
        #expect(programs.iptablesVariants == ["/usr/sbin/iptables-nft"])
    }

    @Test(arguments: [
        (LiteralEntry.link("/etc/alternatives/iptables"), Problem.Code.danglingLink), (.other, .notRegularFile),
        (.directory, .notRegularFile), (.text("ELF"), .malformed), (.executable(""), .malformed),
        (.link("iptables"), .linkLoop),
    ])
    func `what stands in a program's place and cannot be run is unreadable, not absent`(
        entry: LiteralEntry, code: Problem.Code
    ) throws {
        #expect(try observe(["/usr/sbin/iptables": entry]).iptables.problem?.code == code)
        let another = try observe(["/usr/sbin/iptables": entry, "/bin/iptables": .executable("ELF")])
        #expect(another.iptables.value?.path == "/bin/iptables")
    }

    @Test func `directories that are links are searched once by each name`() throws {
        let programs = try observe([
            "/sbin": .link("usr/bin"), "/bin": .link("usr/bin"), "/usr/sbin": .link("bin"),
            "/usr/bin/sysctl": .link("busybox"), "/usr/bin/busybox": .executable("ELF"),
            "/usr/local/bin/xz": .executable("ELF"),
        ])
        #expect(programs.sysctl.value?.path == "/usr/sbin/sysctl")
        #expect(programs.sysctl.evidence.first?.realPath == "/usr/bin/busybox")
        #expect(programs.xz.value?.isInSystemDirectory == false)
        #expect(programs.git.isAbsent)
    }

    @Test func `Docker's own containerd and runc of older versions count`() throws {
        let programs = try observe([
            "/usr/bin/docker-containerd": .executable("ELF"),
            "/usr/libexec/docker/docker-runc-current": .executable("ELF"),
        ])
        #expect(programs.containerd.value?.path == "/usr/bin/docker-containerd")
        #expect(programs.runc.value?.path == "/usr/libexec/docker/docker-runc-current")
    }

    @Test(
        arguments: [
            (["/usr/lib/systemd/systemd": .executable("ELF")], RuntimePrograms.CgroupMount.systemd),
            (["/lib": .link("usr/lib"), "/usr/lib/systemd/systemd": .executable("ELF")], .systemd),
            (["/etc/init/cgroup-lite.conf": "start on mounted\n"], .service),
            (["/etc/fstab": "# x\nnone\t/sys/fs/cgroup\tcgroup defaults 0 0\n"], .fstab),
            (["/etc/fstab": "/dev/xvda1 / ext4 defaults 0 0\n"], nil),
        ] as [([String: LiteralEntry], RuntimePrograms.CgroupMount?)])
    func `the cgroup hierarchy is mounted by systemd, a service or fstab`(
        entries: [String: LiteralEntry], mount: RuntimePrograms.CgroupMount?
    ) throws {
        let programs = try observe(entries)
        #expect(programs.cgroupMount.value == mount)
        #expect(programs.cgroupMount.isAbsent == (mount == nil))
    }
}
