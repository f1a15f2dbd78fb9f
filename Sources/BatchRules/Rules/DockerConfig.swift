/// docker-config: a configuration that dockerd accepts.

import ImageFacts
import ImageReading

extension Rule {
    static let dockerConfig = Rule(
        id: "docker-config",
        level: .required,
        title: "a configuration that dockerd accepts",
        group: .host,
        question: "Does the installed version of dockerd start on its configuration?",
        reason: """
            dockerd reads its configuration before anything else and ends on the first thing it does not accept. \
            Without Docker the ECS agent never starts: the instance never registers, jobs stay in RUNNABLE.
            """,
        consequence: "Docker does not start, and jobs stay in RUNNABLE",
        decidedBy: """
            /etc/docker/daemon.json (or the file that --config-file names), as the installed version of Docker reads \
            it: JSON that Go accepts, UTF-8, not empty before Docker 23.0, no byte order mark before 23.0, no text \
            behind the object from 23.0 on, only keys that this version knows with values of their type that it takes, \
            no key that is also a flag in ExecStart= of docker.service, its drop-ins or $OPTIONS of its environment \
            files, no flag or word there that this version does not know, no settings that exclude one another, a \
            default runtime that is defined, no storage driver that was removed (aufs and overlay in 24.0, \
            devicemapper in 25.0), only options of the storage and log driver in force, and the files that dockerd \
            opens: docker-proxy from 25.0 on, certificates, a seccomp profile.
            """,
        remedy:
            "mend /etc/docker/daemon.json; `dockerd --validate` (Docker 23.0 and newer) checks it on a running host",
        reference: "https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file"
    ) { facts, _ in
        facts.docker.verdict(absent: .noDocker) { docker, evidence in
            var objections = DaemonObjections(version: docker.version)
            let service = facts.dockerService.value
            var read: String
            var place = evidence
            var file: DaemonConfiguration?
            switch facts.daemonConfiguration {
            case .absent(let searched):
                if let flag = service?.flags(named: "config-file").last, objections.readsFile != false {
                    return .fail(
                        "\(flag.evidence.prefix)the configuration file \(flag.value ?? "") is not in the image: dockerd ends",
                        [flag.evidence],
                        remedy: [.sentence("write the file that --config-file names, or remove the flag")])
                }
                read = "no \(searched.first?.text ?? "daemon.json"), which dockerd starts without"
            case .unreadable(let evidence, let problem):
                guard objections.readsFile == false else { return .undetermined(problem, evidence) }
                read = "\(docker.label) reads no configuration file"
            case .present(let found, _) where objections.readsFile == false:
                read = "\(docker.label) does not read \(found.path)"
                place = [found.contentEvidence]
            case .present(let found, let evidence):
                file = found
                objections.judgeText(of: found)
                objections.judgeKeys(of: found)
                switch facts.dockerService {
                case .present(let service, _): objections.judgeConflicts(of: found, with: service)
                case .absent: break
                case .unreadable(let evidence, let problem):
                    objections.leaveConflictsOpen(in: found, problem, evidence)
                }
                read = "\(found.path) is accepted by \(docker.label)"
                place = evidence
            }
            if let service { objections.judgeCommandLine(of: service) }
            objections.judgeStart(
                DaemonSettings(file: file, service: service, version: docker.version), facts,
                isPackaged: docker.installation != .binary)
            return objections.verdict(read, place, version: docker.versionProblem)
        }
    }
}

extension DaemonObjections {
    /// Fail for what is refused, undetermined for what is open, else a pass that says what was read.
    fileprivate func verdict(_ read: String, _ evidence: [Evidence], version problem: Problem?) -> Verdict {
        let chosen = refused.isEmpty ? open : refused
        guard let first = chosen.first else { return .pass(read, evidence) }
        // Each message begins with its line: the file is named once for those that follow one another.
        var message = ""
        var path: ImagePath?
        for objection in chosen {
            let place = objection.evidence.first?.path
            message += message.isEmpty ? "" : "; "
            if place != path { message += "\(place?.text ?? "dockerd"): " }
            message += objection.message
            path = place
        }
        let places = chosen.flatMap(\.evidence)
        guard refused.isEmpty else { return .fail(message, places, remedy: first.remedy) }
        guard version == nil, let problem else { return .undetermined(message, places, remedy: first.remedy) }
        // What decides is known as soon as the version is.
        return .undetermined(
            "Docker's version is not known (\(problem)), and not every version takes this: \(message)",
            places,
            remedy: problem.remedy.isEmpty ? first.remedy : problem.remedy)
    }
}
