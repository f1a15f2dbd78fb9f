/// Whether the user and the group that a socket is given to are there when it is made: without them it fails with
/// 216/GROUP (socket_chown in systemd's core/socket.c).

package import ImageReading

/// What decides which users and groups there are.
package enum SocketAccounts {
    /// The files of accounts, and those that make more of them at boot.
    package static let wants: [Want] =
        ["/etc/group", "/etc/passwd", "/etc/nsswitch.conf"].map { .contents($0) }
        + AccountDatabase.sysusers.map { .contents(ImagePath("\($0)/*.conf")) }
}

extension ImageStartup {
    /// SocketUser= and SocketGroup= of a socket that nothing in the image knows.
    package func accounts(of unit: Unit) -> [StartHindrance] {
        guard unit.name.hasSuffix(".socket") else { return [] }
        return [AccountDatabase.users, .groups].compactMap { database in
            guard let setting = unit.value("Socket", database.setting), !setting.value.contains("%") else { return nil }
            let name = setting.value
            guard name != "root", !name.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
            switch database.knows(name, in: root) {
            case .yes: return nil
            case .no(let places):
                let found = "no \(database.noun) \(name) was found; looked at \(places.joined(separator: ", "))"
                return StartHindrance(of: unit.name, .account, .never, setting.evidence, found)
            case .unknown(let why):
                return StartHindrance(of: unit.name, .account, .depends, setting.evidence, why)
            }
        }
    }
}

/// Users or groups as glibc and systemd find them (nsswitch.conf(5), sysusers.d(5), userdbctl(1)).
private struct AccountDatabase {
    enum Answer {
        case yes
        case no(places: [String])
        case unknown(String)
    }

    let setting: String
    let noun: String
    /// `group`, in nsswitch.conf too.
    let file: String
    /// The types of lines of sysusers.d that make one.
    let types: Set<Substring>

    static let users = AccountDatabase(setting: "SocketUser", noun: "user", file: "passwd", types: ["u", "u!"])
    /// A line for a user makes a group of the same name, and `m` the group that it names.
    static let groups = AccountDatabase(setting: "SocketGroup", noun: "group", file: "group", types: ["u", "u!", "g"])

    fileprivate static let sysusers = ["/etc/sysusers.d", "/usr/local/lib/sysusers.d", "/usr/lib/sysusers.d"]

    func knows(_ name: String, in root: RootFilesystem) -> Answer {
        var places = ["/etc/\(file)"]
        var other: String?
        for source in sources(in: root) {
            switch source {
            case "files", "compat", "db", "systemd": continue
            // nss-altfiles and Flatcar's glibc read a second file below /usr/lib.
            case "altfiles", "usrfiles": places.append("/usr/lib/\(file)")
            case "extrausers": places.append("/var/lib/extrausers/\(file)")
            default: other = String(source)
            }
        }
        for place in places {
            switch root[.contents(ImagePath(place))] {
            case .present(let file, _):
                if String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").contains(where: {
                    $0.hasPrefix("\(name):")
                }) {
                    return .yes
                }
            case .absent: continue
            case .unreadable(_, let problem): return .unknown("\(problem)")
            }
        }
        for directory in Self.sysusers {
            for file in root.files(.contents(ImagePath("\(directory)/*.conf"))) {
                if let text = file.value.map({ String(decoding: $0.bytes, as: UTF8.self) }), isMade(name, by: text) {
                    return .yes
                }
            }
            places.append(directory)
        }
        for directory in ["/etc/userdb", "/usr/lib/userdb", "/usr/local/lib/userdb"] {
            let path = ImagePath("\(directory)/\(name).\(noun)")
            if !root.names(.names(path)).isAbsent { return .yes }
            places.append(directory)
        }
        return other.map {
            .unknown("/etc/nsswitch.conf has `\($0)` look for a \(noun) too, which is asked on a running host")
        } ?? .no(places: places)
    }

    /// What nsswitch.conf names for it, `[NOTFOUND=return]` and the like left out.
    private func sources(in root: RootFilesystem) -> [Substring] {
        guard let table = root[.contents("/etc/nsswitch.conf")].value else { return ["files"] }
        for line in String(decoding: table.bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            if fields.first == "\(file):" { return fields.dropFirst().filter { !$0.hasPrefix("[") } }
        }
        return ["files"]
    }

    private func isMade(_ name: String, by text: String) -> Bool {
        text.split(separator: "\n").contains { line in
            let fields = line.split { $0 == " " || $0 == "\t" }
            guard fields.count >= 2 else { return false }
            if types.contains(fields[0]) { return fields[1] == name }
            return fields[0] == "m" && fields.count >= 3 && fields[noun == "group" ? 2 : 1] == name
        }
    }
}
