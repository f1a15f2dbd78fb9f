/// How a distribution installs what hosts need, and what its packages are called.

import Booting
import ImageFacts
import ImageReading

/// The program that installs packages on a distribution, and the names that it knows them by.
struct PackageInstaller {
    /// What a host may lack.
    enum Need: CaseIterable {
        case docker, containerd, runc, iptables, sysctl, cloudInit, kernel
    }

    private enum Program {
        case dnf, yum, apt, zypper
    }

    private let program: Program
    private let distribution: Distribution
    private let architecture: Architecture?
    /// Whether Docker is Docker's own package, whose containerd.io holds containerd and runc and excludes others.
    private let isDockersOwn: Bool

    /// Nil where the distribution is not known, or not by which program it installs packages.
    init?(_ facts: Facts) {
        guard let distribution = facts.distribution.value else { return nil }
        let names = [distribution.id] + distribution.like
        let release = distribution.version.flatMap { ReleaseVersion($0) }
        if names.contains(where: { ["debian", "ubuntu"].contains($0) }) {
            program = .apt
        } else if names.contains(where: { ["suse", "sles", "opensuse"].contains($0) || $0.hasPrefix("opensuse-") }) {
            program = .zypper
        } else if distribution.id == "amzn" {
            // Amazon Linux 2 and the Amazon Linux AMI (2018.03 and before) have no dnf.
            program = release.map { $0 >= ReleaseVersion(2022) } == false ? .yum : .dnf
        } else if names.contains(where: { ["fedora", "rhel", "centos"].contains($0) }) {
            program = release.map { $0 < ReleaseVersion(8) } == true ? .yum : .dnf
        } else {
            return nil
        }
        self.distribution = distribution
        architecture = facts.architecture.value
        isDockersOwn = ["docker-ce", "docker-ee"].contains(facts.docker.value?.package)
    }

    private var isAmazonLinux: Bool { distribution.id == "amzn" }

    /// The package that brings it; nil where the distribution has none of its own.
    private func package(of need: Need) -> String? {
        switch need {
        case .docker:
            switch program {
            case .apt: "docker.io"
            case .zypper: "docker"
            case .dnf, .yum: isAmazonLinux ? "docker" : distribution.id == "fedora" ? "moby-engine" : nil
            }
        case .containerd:
            isDockersOwn ? "containerd.io" : program == .apt || isAmazonLinux || program == .zypper ? "containerd" : nil
        case .runc: isDockersOwn ? "containerd.io" : "runc"
        case .iptables: program == .dnf ? "iptables-nft" : "iptables"
        case .sysctl:
            switch program {
            case .apt, .zypper: "procps"
            case .dnf: "procps-ng"
            case .yum: isAmazonLinux && distribution.version != "2" ? "procps" : "procps-ng"
            }
        case .cloudInit: "cloud-init"
        case .kernel:
            switch program {
            case .dnf, .yum: "kernel"
            case .zypper: "kernel-default"
            case .apt: debianKernel
            }
        }
    }

    /// The package that follows the newest kernel of Debian or Ubuntu.
    private var debianKernel: String? {
        if distribution.id == "ubuntu" { return "linux-aws" }
        switch architecture {
        case .x86_64?: return "linux-image-cloud-amd64"
        case .aarch64?: return "linux-image-cloud-arm64"
        default: return nil
        }
    }

    /// The command that installs these packages.
    func install(_ packages: [RemedyText]) -> RemedyStep {
        switch program {
        case .dnf: .command(["dnf", "install", "-y"] + packages)
        case .yum: .command(["yum", "install", "-y"] + packages)
        case .apt: .command(["apt-get", "install", "-y"] + packages)
        case .zypper: .command(["zypper", "--non-interactive", "install"] + packages)
        }
    }

    /// The command that brings back the file by which the kernel starts the init system.
    var reinstallInit: RemedyStep {
        switch program {
        case .dnf: .command("dnf", "reinstall", "-y", "systemd")
        case .yum: .command("yum", "reinstall", "-y", "systemd")
        case .apt: .command("apt-get", "install", "-y", "--reinstall", "systemd-sysv")
        case .zypper: .command("zypper", "--non-interactive", "install", "--force", "systemd-sysvinit")
        }
    }

    /// The command that brings an installed package to the newest version.
    func upgrade(_ package: RemedyText) -> RemedyStep {
        switch program {
        case .dnf: .command("dnf", "upgrade", "-y", package)
        case .yum: .command("yum", "update", "-y", package)
        case .apt: .command("apt-get", "install", "-y", "--only-upgrade", package)
        case .zypper: .command("zypper", "--non-interactive", "update", package)
        }
    }

    /// The command that brings what is lacking; nil where the distribution has no package for a part of it.
    func install(_ needs: [Need]) -> RemedyStep? {
        var names: [String] = []
        for need in needs {
            guard let name = package(of: need) else { return nil }
            if !names.contains(name) { names.append(name) }
        }
        return names.isEmpty ? nil : install(names.map { "\($0)" })
    }
}

extension PackageInstaller {
    /// How ecs-init comes onto the distribution, or to its newest version: from the repositories of Amazon Linux, else by
    /// the file that AWS publishes (Amazon ECS Developer Guide, "Installing the Amazon ECS container agent").
    func ecsInit(isInstalled: Bool) -> [RemedyStep] {
        if isAmazonLinux {
            if isInstalled { return [upgrade("ecs-init")] }
            return [
                distribution.version == "2"
                    ? .command("amazon-linux-extras", "install", "-y", "ecs") : install(["ecs-init"])
            ]
        }
        let isARM = architecture == .aarch64
        let file =
            switch program {
            case .apt: "amazon-ecs-init-latest.\(isARM ? "arm64" : "amd64").deb"
            case .dnf, .yum, .zypper: "amazon-ecs-init-latest.\(isARM ? "aarch64" : "x86_64").rpm"
            }
        return [
            .command(
                "curl", "-fO", "https://s3.us-west-2.amazonaws.com/amazon-ecs-agent-us-west-2/\(file)"),
            install(["./\(file)"]),
        ]
    }
}

extension Facts {
    /// The steps that install what is lacking; where the distribution, or its package, is not known, `words` alone.
    func installing(_ needs: PackageInstaller.Need..., or words: RemedyText) -> [RemedyStep] {
        installing(needs, or: words)
    }

    /// The steps that install what is lacking; where the distribution, or its package, is not known, `words` alone.
    func installing(_ needs: [PackageInstaller.Need], or words: RemedyText) -> [RemedyStep] {
        (PackageInstaller(self)?.install(needs)).map { [$0] } ?? [.sentence(words)]
    }

    /// The steps that bring ecs-init, or the agent that is run by hand, to the newest version, which is at least
    /// `version`.
    func updatingAgent(to version: ReleaseVersion) -> [RemedyStep] {
        guard let agent = agent.value, agent.installation == .ecsInit else {
            return [
                .sentence("run the agent by the tag v\(version) or a newer one in place of the one that the job names")
            ]
        }
        let commands = PackageInstaller(self)?.ecsInit(isInstalled: agent.package != nil) ?? []
        return [
            .sentence("update \("\(agent.package ?? "ecs-init")") to \(version) or newer\(commands.isEmpty ? "" : ":")")
        ] + commands
    }
}
