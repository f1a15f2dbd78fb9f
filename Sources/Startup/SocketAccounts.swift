/// Whether the user and the group that a socket is given to are there when it is made: without them it fails with
/// 216/GROUP (socket_chown in systemd's core/socket.c).

import ImageReading

extension ImageStartup {
    /// SocketUser= and SocketGroup= of a socket that nothing in the image knows.
    package func accounts(of unit: Unit) -> [StartHindrance] {
        guard unit.name.hasSuffix(".socket") else { return [] }
        let accounts = Accounts(root: root)
        return [("SocketUser", "user", Accounts.Kind.user), ("SocketGroup", "group", .group)].compactMap {
            key, noun, kind in
            guard let setting = unit.value("Socket", key), !setting.value.contains("%"),
                let absence = accounts.absence(of: setting.value, kind)
            else { return nil }
            let found: String
            switch absence.doubt {
            case nil:
                found = "no \(noun) \(setting.value) was found; looked at the files of accounts, sysusers.d and userdb"
            case .otherAccounts(let source):
                found =
                    accounts.otherService(kind).map {
                        "/etc/nsswitch.conf has `\($0)` look for a \(noun) too, which is asked on a running host"
                    } ?? source
            case .madeBy(let place): found = "no \(noun) \(setting.value) was found, and \(place) may still make it"
            case .userData, .version, .notLookedFor:
                found = "no \(noun) \(setting.value) was found, and something else may still make it"
            }
            return StartHindrance(
                of: unit.name, .account, absence.doubt == nil ? .never : .depends, setting.evidence, found)
        }
    }
}
