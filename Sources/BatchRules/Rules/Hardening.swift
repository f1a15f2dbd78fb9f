/// hardening: a hardened system on which containers still run.

import Booting
import ImageFacts
import ImageReading

extension Rule {
    static let hardening = Rule(
        id: "hardening",
        level: .recommended,
        title: "a hardened system on which containers still run",
        group: .host,
        question: "Does what hardening has changed leave user data, Docker and jobs what they need?",
        reason: """
            Hardening guides mount with noexec, forbid modules, close directories and have auditd halt the host when \
            its disk is full. Some of that keeps cloud-init from running the user data of AWS Batch, Docker from \
            loading what its network needs, or ends a host in the middle of a job.
            """,
        decidedBy: """
            noexec on the file system that holds /var/lib/cloud (on /tmp, and on /var/lib/docker with overlay2, it harms \
            nothing; with vfs or btrfs containers cannot be executed there); kernel.modules_disabled=1 in sysctl.d \
            against the modules that Docker needs and nothing loads before; directories above Docker's data that only \
            root may pass, with userns-remap; actions of auditd.conf that halt, where auditd starts. fips=1 and \
            lockdown harm neither Docker nor the agent.
            """,
        remedy: "leave out of the hardening what a container host needs",
        reference: "https://docs.docker.com/engine/security/"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { docker, evidence in
            let settings = DaemonSettings(
                file: facts.daemonConfiguration.value, service: facts.dockerService.value, version: docker.version)
            let findings = [
                facts.hardening.userDataFinding, facts.moduleFinding(settings), facts.storageFinding(settings),
                facts.closedDirectoryFinding(settings), facts.hardening.auditFinding,
            ].compactMap(\.self)
            guard !findings.isEmpty else {
                if let problem = facts.hardening.problem {
                    return .notApplicable("\(problem), so that this is not known")
                }
                return .pass("nothing found that keeps containers from running", evidence)
            }
            return .fail(
                findings.map(\.message).joined(separator: "; "), findings.flatMap(\.evidence),
                remedy: findings.map(\.remedy))
        }
    }
}

/// One thing that hardening has taken too far.
private struct HardeningFinding {
    let message: String
    let evidence: [Evidence]
    let remedy: RemedyStep
}

extension Hardening {
    fileprivate var userDataFinding: HardeningFinding? {
        unexecutableUserData.map { mount in
            HardeningFinding(
                message: """
                    \(mount.prefix)noexec on the file system of /var/lib/cloud: cloud-init executes none of the scripts \
                    of user data there, by which AWS Batch names the cluster
                    """,
                evidence: [mount],
                remedy: .sentence("take noexec off that line, or mount /var/lib/cloud apart without it"))
        }
    }

    fileprivate var auditFinding: HardeningFinding? {
        haltingAudit.map { line in
            HardeningFinding(
                message: """
                    \(line.prefix)auditd ends the host when its disk is full or fails, in the middle of jobs: images and \
                    data of jobs fill the same disk
                    """,
                evidence: [line],
                remedy: .sentence("set the actions in /etc/audit/auditd.conf to SUSPEND, or mount /var/log/audit apart")
            )
        }
    }
}

extension Facts {
    /// Modules that nothing can load any more when Docker starts.
    fileprivate func moduleFinding(_ settings: DaemonSettings) -> HardeningFinding? {
        guard let line = hardening.noMoreModules, let configuration = kernelConfiguration.value,
            let version = ReleaseVersion(configuration.kernel)
        else { return nil }
        let needs = KernelModuleNeeds(configuration, version, settings, runtimePrograms)
        let lacking = needs.needed.map(\.rawValue).filter { !hardening.modulesLoadedEarly.contains($0) }
        guard !lacking.isEmpty else { return nil }
        return HardeningFinding(
            message: """
                \(line.prefix)\(line.text): no module is loaded from then on, and Docker needs \
                \(lacking.joined(separator: ", ")), which no file of modules-load.d names
                """,
            evidence: [line],
            remedy: .sentence("take that line away, or name these modules in a file of /etc/modules-load.d"))
    }

    /// Containers that are plain directories below Docker's data, and not mounts of their own.
    fileprivate func storageFinding(_ settings: DaemonSettings) -> HardeningFinding? {
        guard let driver = settings.text("storage-driver"), ["vfs", "btrfs"].contains(driver.text),
            let fileSystem = dockerStorage.fileSystem, fileSystem.options.contains("noexec")
        else { return nil }
        return HardeningFinding(
            message: """
                \(fileSystem.evidence.prefix)noexec on the file system of \(dockerStorage.root), where the storage driver \
                \(driver.text) has containers run their programs from: none is executed
                """,
            evidence: [fileSystem.evidence, driver.evidence],
            remedy: .sentence("take noexec off that line, or use overlay2"))
    }

    /// moby's daemon/daemon_unix.go, setupDaemonRoot: users of containers have to pass every directory on the way.
    fileprivate func closedDirectoryFinding(_ settings: DaemonSettings) -> HardeningFinding? {
        guard let remap = settings.text("userns-remap"), let closed = hardening.closedDirectories.first else {
            return nil
        }
        return HardeningFinding(
            message: """
                \(closed.path): \(closed.text): with userns-remap dockerd ends where a directory above its data lets only \
                root pass
                """,
            evidence: [closed, remap.evidence], remedy: .command("chmod", "o+x", "\(closed.path)"))
    }
}
