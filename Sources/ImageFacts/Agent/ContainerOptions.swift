/// What an agent's container that is run by hand shares with its host.

import GoJSON

/// The options of a container that decide what the agent in it can reach, whatever makes the container.
public struct ContainerOptions: Codable, Hashable, Sendable {
    /// A directory or file of the host's in the container.
    public struct Mount: Codable, Hashable, Sendable {
        /// On the host; the name of a volume where it does not begin with `/`.
        public let source: String
        /// In the container.
        public let target: String
    }

    /// `host`, `bridge`; nil where nothing says it, which is a bridge.
    public internal(set) var network: String?
    /// `host`; nil where nothing says it, which is the one that dockerd maps users into.
    public internal(set) var userNamespace: String?
    /// In their order.
    public internal(set) var mounts: [Mount] = []
    /// Whether there may be options that are not known: a variable among them, the volumes of another container.
    public internal(set) var isOpen = false
}

extension ContainerOptions {
    /// Where a path of the container stands on the host; nil where no mount brings it there.
    public func source(of path: String) -> String? {
        let covering = mounts.filter { path == $0.target || path.hasPrefix($0.target == "/" ? "/" : $0.target + "/") }
        return covering.max { $0.target.utf8.count < $1.target.utf8.count }.map { mount in
            mount.source + path.dropFirst(mount.target == "/" ? 0 : mount.target.utf8.count)
        }
    }

    /// `SOURCE:TARGET[:MODE]`, as `--volume` and a compose file's short form have it; a target alone is an anonymous
    /// volume.
    mutating func addVolume(_ text: String, isKnown: Bool = true) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard isKnown, let target = parts.count > 1 ? parts[1] : parts.first else {
            isOpen = true
            return
        }
        add(source: parts.count > 1 ? String(parts[0]) : "", target: String(target))
    }

    /// `type=bind,source=/a,target=/b`, as `--mount` has it.
    mutating func addMount(_ text: String, isKnown: Bool = true) {
        var fields: [String: String] = [:]
        for field in text.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { fields[parts[0].lowercased()] = parts[1] }
        }
        guard isKnown, let target = fields["target"] ?? fields["destination"] ?? fields["dst"] else {
            isOpen = true
            return
        }
        add(source: fields["source"] ?? fields["src"] ?? "", target: target)
    }

    /// A mount, the slashes at the end of both paths left out.
    mutating func add(source: String, target: String) {
        func trimmed(_ path: String) -> String {
            var path = path[...]
            while path.utf8.count > 1, path.hasSuffix("/") { path = path.dropLast() }
            return String(path)
        }
        mounts.append(Mount(source: trimmed(source), target: trimmed(target)))
    }

    /// What a container's hostconfig.json says (moby: api/types/container/hostconfig.go).
    init(_ host: GoValue) {
        self.init()
        func text(_ name: String) -> String? {
            host.members(ofField: name).last?.value.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        network = text("NetworkMode")
        userNamespace = text("UsernsMode")
        for bind in host.members(ofField: "Binds").last?.value.elements ?? [] { bind.string.map { addVolume($0) } }
        for mount in host.members(ofField: "Mounts").last?.value.elements ?? [] {
            let source = mount.members(ofField: "Source").last?.value.string ?? ""
            if let target = mount.members(ofField: "Target").last?.value.string { add(source: source, target: target) }
        }
        isOpen = host.kind == .null || host.members(ofField: "VolumesFrom").last?.value.elements?.isEmpty == false
    }
}
