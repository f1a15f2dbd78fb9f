/// What of the image's files the agent sees from inside of its container.

import ImageReading

/// The directories of the host that ecs-init binds into the agent's container (getHostConfig and createHostConfig in
/// ecs-init/docker). A link that leaves them leads nowhere there.
///
/// A container that a job runs by hand is taken to have the same ones.
struct AgentContainerFiles {
    /// What stands at a path inside of the container.
    enum Place {
        /// Nothing of the image's.
        case nothing
        case directory
        /// A file, by its path on the host.
        case file(ImagePath)
        /// What stands there, or whether anything does, cannot be told.
        case unreadable([Evidence], Problem)
    }

    let root: RootFilesystem
    let agent: Agent?

    /// A directory inside, and the one outside that is bound there, by the first ecs-init that does.
    private static let binds: [(inside: ImagePath, outside: ImagePath, since: ReleaseVersion)] = [
        ("/etc/ecs", "/etc/ecs", ReleaseVersion(1)),
        ("/var/cache/ecs", "/var/cache/ecs", ReleaseVersion(1)),
        ("/log", "/var/log/ecs", ReleaseVersion(1)),
        ("/data", "/var/lib/ecs/data", ReleaseVersion(1)),
        ("/etc/pki", "/etc/pki", ReleaseVersion(1, 21)),
        ("/var/lib/ecs", "/var/lib/ecs", ReleaseVersion(1, 25)),
        ("/etc/alternatives", "/etc/alternatives", ReleaseVersion(1, 52)),
        ("/lib", "/lib", ReleaseVersion(1, 52)),
        ("/lib64", "/lib64", ReleaseVersion(1, 52)),
        ("/usr/lib", "/usr/lib", ReleaseVersion(1, 52)),
        ("/usr/lib64", "/usr/lib64", ReleaseVersion(1, 52)),
        ("/usr/sbin", "/usr/sbin", ReleaseVersion(1, 52)),
        ("/host/sbin", "/sbin", ReleaseVersion(1, 52)),
    ]

    /// What a path leads to in the container, whose programs run in its root directory.
    func place(of spelling: String) -> Place {
        let binds = Self.binds.filter { agent.isAtLeast($0.since) }
        var path = ImagePath.root
        // Not as an array: the compiler optimizes that function differently from build to build.
        var pending = Array(ImagePath(spelling).components.lazy.reversed())
        var linkLimit = 40
        while let name = pending.popLast() {
            let next = path.appending(name)
            guard let outside = outside(next, binds) else {
                guard binds.contains(where: { $0.inside.isWithin(next) }) else { return .nothing }
                path = next
                continue
            }
            switch root.linkTarget(of: outside) {
            case .absent: path = next
            // An archive knows every link, also where it does not know yet whether a file is there.
            case .unreadable(_, let problem) where problem.isOfUnread: path = next
            case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
            case .present(let target, _):
                linkLimit -= 1
                guard linkLimit > 0 else { return .nothing }
                let destination = target.hasPrefix("/") ? ImagePath(target) : path.appending(target)
                pending += destination.components.lazy.reversed()
                path = .root
            }
        }
        guard let outside = outside(path, binds) else { return .directory }
        switch root.resolve(outside) {
        case .absent: return .nothing
        case .unreadable(_, let problem) where problem.isOfUnread: return .file(outside)
        case .unreadable(let evidence, let problem): return .unreadable(evidence, problem)
        case .present(let entry, _):
            if entry.kind == .directory { return .directory }
            return spelling.hasSuffix("/") ? .nothing : .file(outside)
        }
    }

    /// Where a path below a bound directory stands on the host; nil for any other path.
    private func outside(
        _ path: ImagePath, _ binds: [(inside: ImagePath, outside: ImagePath, since: ReleaseVersion)]
    ) -> ImagePath? {
        guard let bind = binds.first(where: { path != $0.inside && path.isWithin($0.inside) }), !path.hasPattern else {
            return nil
        }
        return bind.outside.appending(path.text.dropFirst(bind.inside.text.count))
    }
}

extension Problem {
    /// Whether an archive did not keep it, since nobody had asked for it.
    fileprivate var isOfUnread: Bool { code == .notRequested || code == .notReadAgain }
}
