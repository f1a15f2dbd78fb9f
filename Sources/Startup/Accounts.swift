/// Which users and groups are there when services start: a service of another one fails (217/USER, 216/GROUP).

import ImageReading

/// The users and groups of an image.
struct Accounts {
    /// Which of the two is asked for.
    enum Kind {
        case user, group

        fileprivate var file: Substring { self == .user ? "passwd" : "group" }
    }

    /// The user and group databases.
    static let wants: [Want] = ["/etc/passwd", "/etc/group"].map { .contents($0) }

    private static let sysusers: [Want] = [
        "/etc/sysusers.d/*.conf", "/usr/local/lib/sysusers.d/*.conf", "/lib/sysusers.d/*.conf",
        "/usr/lib/sysusers.d/*.conf",
    ].map { .contents($0) }
    private static let userdb = ["/etc/userdb", "/usr/local/lib/userdb", "/usr/lib/userdb"]
    private static let nameServices = Want.contents("/etc/nsswitch.conf")
    /// Databases below /usr, of the name services altfiles and usrfiles (Fedora CoreOS, SUSE, Flatcar).
    private static let further = ["/usr/lib/", "/usr/etc/", "/usr/share/baselayout/"]
    private static let cloudConfiguration: [Want] = ["/etc/cloud/cloud.cfg", "/etc/cloud/cloud.cfg.d/*.cfg"].map {
        .contents($0)
    }

    let root: RootFilesystem

    /// Whether a user or group is missing when services start, and what may bring it; nil where it is there, or is
    /// meant to be by sysusers.d.
    func absence(of name: String, _ kind: Kind) -> Absence? {
        // systemd knows root and nobody by itself; a number needs no entry.
        if ["root", "nobody", "nogroup"].contains(name) || name.allSatisfy(\.isNumber) { return nil }
        let database = root[.contents(ImagePath("/etc/\(kind.file)"))]
        if holds(database, name) { return nil }
        // All further questions together: an archive is read once more for them.
        let made = Self.sysusers.flatMap(root.files)
        let others = Self.further.map { root[.contents(ImagePath("\($0)\(kind.file)"))] }
        let records = Self.userdb.map {
            root[.contents(ImagePath("\($0)/\(name).\(kind == .user ? "user" : "group")"))]
        }
        let services = root[Self.nameServices]
        let cloud = Self.cloudConfiguration.flatMap(root.files)
        if made.contains(where: { makes($0, name, kind) }) || others.contains(where: { holds($0, name) })
            || records.contains(where: { $0.value != nil })
        {
            return nil
        }
        let asked = [database, services] + made + others + records + cloud
        if let problem = asked.lazy.compactMap(\.problem).first {
            return problem.code == .notRequested ? nil : Absence(doubt: .otherAccounts(source: problem.description))
        }
        if let service = otherService(kind) {
            return Absence(doubt: .otherAccounts(source: "\(service) in /etc/nsswitch.conf"))
        }
        // cloud-init makes users in its first stages.
        if let file = cloud.compactMap(\.value).first(where: { words(of: $0).contains(name[...]) }) {
            return Absence(doubt: .madeBy(place: file.path.text))
        }
        return Absence(doubt: nil)
    }

    private func lines(of file: Observation<File>) -> [Substring] {
        String(decoding: file.value?.bytes ?? [], as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    private func holds(_ database: Observation<File>, _ name: String) -> Bool {
        lines(of: database).contains { $0.hasPrefix(name + ":") }
    }

    /// Whether a file of sysusers.d makes it (sysusers.d(5)): a user comes with a group of its name.
    private func makes(_ file: Observation<File>, _ name: String, _ kind: Kind) -> Bool {
        lines(of: file).contains { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 1 else { return false }
            let type = fields[0].prefix { $0.isLetter }
            switch type {
            case "u": return fields[1] == name
            case "g": return kind == .group && fields[1] == name
            case "m": return fields[1] == name && kind == .user || fields.count > 2 && fields[2] == name
            default: return false
            }
        }
    }

    /// A name service beside those whose files are read here.
    func otherService(_ kind: Kind) -> Substring? {
        let line = lines(of: root[Self.nameServices]).last { $0.drop(while: \.isWhitespace).hasPrefix("\(kind.file):") }
        let services = line?.drop { $0 != ":" }.dropFirst().split(whereSeparator: \.isWhitespace) ?? []
        let read: Set<Substring> = ["files", "systemd", "altfiles", "usrfiles", "compat"]
        return services.first { !read.contains($0) && !$0.hasPrefix("[") && !$0.hasSuffix("]") }
    }

    private func words(of file: File) -> Set<Substring> {
        let text = String(decoding: file.bytes, as: UTF8.self)
        return Set(text.split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".") })
    }
}

/// That something is not there when a service starts.
struct Absence: Hashable {
    /// What may bring it all the same; nil where nothing does.
    let doubt: StartFault.Doubt?
}
