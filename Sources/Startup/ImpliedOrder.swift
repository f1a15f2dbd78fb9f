/// The order that a unit has without its file saying so (systemd.special(7); "Default Dependencies" and "Implicit
/// Dependencies" of systemd.service(5), systemd.socket(5), systemd.timer(5), systemd.path(5), systemd.mount(5)).

import ImageReading

extension Unit {
    /// Units that this one starts after and before by its kind, and the file that would have to say otherwise.
    var impliedOrder: (after: [String], before: [String], evidence: [Evidence]) {
        var after: [String] = []
        var before: [String] = []
        switch UnitName(name)?.type {
        case "service" where hasDefaultDependencies: after = ["sysinit.target", "basic.target"]
        case "socket", "timer", "path":
            if hasDefaultDependencies {
                after = ["sysinit.target"]
                before = UnitName(name).map { ["\($0.type)s.target"] } ?? []
            }
            before += triggered
        case "mount" where hasDefaultDependencies:
            let place = isOfNetwork ? "remote-fs" : "local-fs"
            (after, before) = (["\(place)-pre.target"], ["\(place).target"])
        case "automount" where hasDefaultDependencies:
            (after, before) = (["local-fs-pre.target"], ["local-fs.target"])
        case "swap" where hasDefaultDependencies: before = ["swap.target"]
        default: break
        }
        if after.isEmpty, before.isEmpty { return ([], [], []) }
        return (after, before, [Evidence(path, "its kind of unit is ordered so (DefaultDependencies=)")])
    }

    /// Whether the unit has the dependencies that its kind has by default.
    var hasDefaultDependencies: Bool { value("Unit", "DefaultDependencies").map { boolean($0.value) != false } ?? true }

    /// The unit that a socket, timer or path starts.
    private var triggered: [String] {
        for (section, key) in [("Socket", "Service"), ("Timer", "Unit"), ("Path", "Unit")] {
            if let name = value(section, key).flatMap({ unitNames($0).first }) { return [name] }
        }
        // A socket that takes a process for each connection starts instances of a template.
        if value("Socket", "Accept").map({ boolean($0.value) == true }) == true { return [] }
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return [] }
        return ["\(name[..<dot]).service"]
    }

    /// Whether a mount is one of the network's (fstype_is_network in systemd's basic/mountpoint-util.c).
    private var isOfNetwork: Bool {
        let options = value("Mount", "Options")?.value.split(separator: ",") ?? []
        let type = value("Mount", "Type")?.value ?? ""
        return options.contains("_netdev")
            || Self.networkTypes.contains(type.hasPrefix("fuse.") ? String(type.dropFirst(5)) : type)
    }

    private static let networkTypes: Set<String> = [
        "afs", "ceph", "cifs", "smb3", "smbfs", "sshfs", "ncpfs", "ncp", "nfs", "nfs4", "gfs", "gfs2", "glusterfs",
        "pvfs2", "ocfs2", "lustre", "davfs",
    ]
}

/// A boolean as systemd reads it (parse_boolean in basic/parse-util.c); nil for what is none.
func boolean(_ text: some StringProtocol) -> Bool? {
    switch text.lowercased() {
    case "1", "yes", "y", "true", "t", "on": true
    case "0", "no", "n", "false", "f", "off": false
    default: nil
    }
}
