/// The agent among the jobs that are no units: upstart's, init scripts, and scripts that run at boot.

import ImageReading
import Startup

extension AgentJobSearch {
    mutating func searchUpstartJobs() {
        searched += UpstartJobs.searched
        for job in startup.upstartJobs.all {
            switch job {
            case .absent: continue
            case .unreadable(let evidence, let problem): cannotRead(Unknown(evidence, problem))
            case .present(let job, _):
                let found = knowingCluster { reader in
                    var reader = reader
                    reader.environment = Environment(job.environment, isOpen: true)
                    let commands = job.commands.compactMap { text, line, file in
                        reader.commands(text, from: line, in: file, of: job.name)
                    }
                    return commands.first(where: \.isClear) ?? commands.first
                }
                guard let found else { continue }
                jobs.append(
                    AgentJob(
                        name: job.name, manager: .upstart, command: found.command,
                        start: startup.upstartJobs.start(of: job), evidence: found.evidence,
                        restart: job.respawn.map { AgentJob.RestartPolicy(name: "respawn", evidence: $0) },
                        userDataOrder: Self.userDataOrder(of: job)))
            }
        }
    }

    /// cloud-init's last stage runs within the run level's own scripts on Amazon Linux, before `stopped rc`; Ubuntu has
    /// a job for it.
    private static func userDataOrder(of job: UpstartJobs.Job) -> StartOrder {
        guard let startOn = job.startOn else { return .notOrdered(evidence: [job.file.evidence("no start on")]) }
        let words = startOn.text.split { $0.isWhitespace || $0 == "(" || $0 == ")" }
        let isAfter = zip(words, words.dropFirst()).contains { event, job in
            event == "stopped" && (job == "rc" || job == "cloud-final")
        }
        return isAfter ? .after(evidence: [startOn.evidence]) : .notOrdered(evidence: [startOn.evidence])
    }

    mutating func searchInitScripts() {
        searched.append("/etc/init.d/*")
        let scripts = startup.initScripts.files
        cannotRead(scripts.unknown)
        for file in scripts.files where Mentions.agent.areIn(file.bytes) {
            let name = file.path.name
            guard let found = knowingCluster({ $0.commands(in: file, of: name) }),
                let start = startup.initScripts.start(of: name)
            else { continue }
            jobs.append(
                AgentJob(
                    name: name, manager: .sysV, command: found.command, start: start, evidence: found.evidence,
                    userDataOrder: userDataOrder(ofScript: file)))
        }
    }

    /// systemd makes a unit of an init script, which its own ordering holds; elsewhere the link's number decides, where
    /// cloud-init is a script too.
    private func userDataOrder(ofScript file: File) -> StartOrder {
        if let unit = startup.initScripts.generatedUnit(of: file) {
            return StartOrdering(of: startup).order(of: unit, after: CloudInit.lastStage)
        }
        let links = startup.initScripts.links
        guard let own = links[file.path.name] else { return .notOrdered(evidence: []) }
        guard let other = links["cloud-final"] else { return .notOrdered(evidence: [own]) }
        return own.path.name > other.path.name ? .after(evidence: [own, other]) : .notOrdered(evidence: [own, other])
    }

    /// Other ways to start the agent, and the commands that start the jobs that are found already.
    mutating func searchBootScripts() {
        searched += [
            "/etc/rc.local", "/etc/cloud/cloud.cfg.d", "/var/lib/cloud/scripts", "/etc/crontab",
        ]
        cannotRead(startup.bootScripts.unknown)
        jobs = jobs.map { job in startup.commandedStarts.chain(to: job.name).map { starting(job, $0) } ?? job }
        for script in startup.bootScripts.all {
            // Each line of cron's has a shell of its own.
            let texts = script.manager == .cron ? script.commands.map { [$0] } : [script.commands]
            for commands in texts {
                let found = knowingCluster { reader in
                    var shell = AgentShellReader(reader, of: script.name, depth: 0)
                    for command in commands { shell.read(command.command, at: command.evidence) }
                    return shell.found.best
                }
                guard let found else { continue }
                jobs.append(
                    AgentJob(
                        name: script.name, manager: script.manager, command: found.command, start: script.start,
                        evidence: found.evidence, userDataOrder: script.order,
                        deletedJobs: startup.initSystem.other == nil
                            ? DeletedJobs.observe(of: transaction, agent: nil, in: startup) : nil))
            }
        }
    }

    /// A job as it is once a command starts it; a mask stands against that too.
    private func starting(_ job: AgentJob, _ chain: [Evidence]) -> AgentJob {
        var start = job.start
        if case .notStarted = start { start = .started(evidence: chain, byPresetOnFirstBoot: false) }
        var deadlock: Evidence?
        switch job.userDataOrder {
        case .after where job.manager == .systemd, .cycle where job.manager == .systemd:
            // cloud-init waits for the command, the command for the job that it names, the job for cloud-init.
            deadlock =
                startup.commandedStarts.commands.first { command in
                    command.manager == .cloudInit && command.waits
                        && command.units.contains { startup.units.directories.follow($0).name == job.name }
                }?.evidence
        case .after, .cycle, .notOrdered, .undetermined: break
        }
        return AgentJob(
            name: job.name, manager: job.manager, command: job.command, start: start, evidence: job.evidence,
            restart: job.restart, userDataOrder: job.userDataOrder,
            faults: job.faults, dockerCheck: job.dockerCheck, heldUserData: job.heldUserData, deadlock: deadlock,
            hindrances: job.hindrances, deletedJobs: job.deletedJobs)
    }
}
