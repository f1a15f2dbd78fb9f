/// docker-version: Docker daemon 1.9 or newer.

import ImageFacts
import ImageReading

extension Rule {
    static let dockerVersion = Rule(
        id: "docker-version",
        level: .required,
        title: "Docker daemon 1.9 or newer",
        group: .specification,
        clause: .docker,
        question: "Is a Docker daemon of version 1.9 or newer installed?",
        reason: """
            Batch jobs are containers that the ECS agent runs through the Docker daemon. Without a daemon the agent \
            never registers the instance; agents from 1.20.0 on stop for good on a daemon older than 1.9. Jobs stay in \
            RUNNABLE.
            """,
        consequence: "the agent ends without Docker, and jobs stay in RUNNABLE",
        decidedBy: """
            The package that holds the daemon (docker, docker-ce, docker.io, docker-engine, docker-ee, moby-engine, \
            docker-io and the like), the snap docker, or a dockerd that no package owns with the Go build information \
            inside it. podman-docker, a Docker client by itself, a removed package and Debian's applet called docker \
            do not count.
            """,
        remedy: """
            install a current Docker daemon: `dnf install docker` on Amazon Linux 2023, `yum install docker` on Amazon \
            Linux 2, `apt-get install docker.io` on Debian and Ubuntu, `zypper install docker` on SUSE
            """,
        reference: "https://docs.aws.amazon.com/batch/latest/userguide/batch-ami-spec.html"
    ) { facts, _ in
        let oldest = ReleaseVersion(1, 9)
        let removed = facts.removed { $0 != "cloud-init" && !$0.hasSuffix("ecs-init") }
        let absent = Verdict.fail(
            removed.isEmpty
                ? "there is no Docker daemon: none found; looked at \(facts.docker.searchedPlaces)"
                : "there is no Docker daemon: \(removed.said)",
            removed, remedy: facts.installingDocker)
        return facts.docker.verdict(absent: absent) { docker, evidence in
            guard let version = docker.version else {
                return docker.unknownVersion(evidence)
            }
            guard version >= oldest else {
                return .fail(
                    "\(docker.label) is older than \(oldest), the oldest Docker that will do", evidence,
                    remedy: facts.updatingDocker)
            }
            return .pass("\(docker.label) is installed", evidence)
        }
    }
}

extension Facts {
    /// Where packages are recorded as removed whose names `isAskedFor`, their configuration left.
    func removed(_ isAskedFor: (Substring) -> Bool) -> [Evidence] {
        installedPackages.removed.filter { isAskedFor($0.text.prefix { $0 != " " }) }
    }

    /// How Docker comes onto the image, and starts with it.
    var installingDocker: [RemedyStep] {
        installing(
            .docker,
            or: "install Docker as its documentation says for this distribution (docs.docker.com/engine/install)"
        ) + [.command("systemctl", "enable", "docker.service")]
    }

    /// How the Docker that is there becomes a current one.
    var updatingDocker: [RemedyStep] {
        guard let name = docker.value?.package, docker.value?.installation == .package,
            let installer = PackageInstaller(self)
        else { return [.sentence("install a current Docker daemon in the place of this one")] }
        return [installer.upgrade("\(name)")]
    }
}

extension [Evidence] {
    /// `docker.io 20.10.24 was removed, its configuration left`, for packages that are recorded so.
    var said: String {
        map(\.text).joined(separator: ", ") + (count == 1 ? " was" : " were") + " removed, "
            + (count == 1 ? "its" : "their") + " configuration left"
    }
}

extension Docker {
    /// The verdict where what is asked depends on a version that is not known: why, and how to have it read.
    func unknownVersion(_ evidence: [Evidence] = []) -> Verdict {
        let read = versionProblem?.remedy ?? []
        let ask = RemedyStep.sentence("run `dockerd --version` on the image, or install Docker from a package")
        return .undetermined(
            "\(label) is installed, its version cannot be read" + (versionProblem.map { ": \($0)" } ?? ""), evidence,
            remedy: read.isEmpty ? [ask] : read)
    }
}
