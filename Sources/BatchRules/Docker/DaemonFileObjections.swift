/// What dockerd misses of what its configuration names: its proxy, certificates, a profile.

import ImageFacts
import ImageReading

extension DaemonObjections {
    /// The files that a start opens.
    mutating func judgeFiles(_ settings: DaemonSettings, _ files: DaemonFiles, isPackaged: Bool) {
        judgeProxy(settings, files, isPackaged: isPackaged)
        judgeCertificates(settings, files)
        if let user = settings.text("userns-remap"), files.remappedUser != .file {
            add(
                files.remappedUser == .absent ? true : nil,
                "\(line(user.evidence))the user \(user.text) is not in /etc/passwd; without it dockerd ends",
                [user.evidence], remedy: .sentence("make the user in the image, or set userns-remap to \"default\""))
        }
        guard let profile = settings.text("seccomp-profile"),
            !["builtin", "unconfined", "default"].contains(profile.text),
            let state = files.named[profile.text], [.absent, .mayBeMade].contains(state)
        else { return }
        add(
            state == .absent ? true : nil,
            "\(line(profile.evidence))the seccomp profile \(profile.text) is not in the image; without it dockerd ends",
            [profile.evidence], remedy: .sentence("put the profile into the image, or take seccomp-profile away"))
    }

    /// docker-proxy, without which Docker from 25.0 on does not start (daemon/config, ValidatePlatformConfig).
    private mutating func judgeProxy(_ settings: DaemonSettings, _ files: DaemonFiles, isPackaged: Bool) {
        guard isFrom(25) != false, settings.isOn("userland-proxy")?.isOn != false else { return }
        let switchOff = RemedyStep.sentence("or set \"userland-proxy\": false in /etc/docker/daemon.json")
        if let path = settings.text("userland-proxy-path"), path.text.hasPrefix("/") {
            guard files.named[path.text] == .absent || files.named[path.text] == .file else { return }
            return add(
                isFrom(25), "\(line(path.evidence))\(path.text) is no program of the image; without it dockerd ends",
                [path.evidence],
                remedy: .sentence("put docker-proxy there, or take userland-proxy-path away"), switchOff)
        }
        // A package brings its proxy along; one that lists its files alone shows neither.
        guard !isPackaged || files.hasDaemon else { return }
        let isHelper = { (path: ImagePath) in path.text.contains("/lib") }
        let found = files.proxies.filter { isFrom(27) != false || !isHelper($0) }
        guard found.isEmpty else { return }
        let elsewhere = files.proxies.first.map { " (only \($0), where \(label) does not look)" } ?? ""
        add(
            isFrom(25),
            "no docker-proxy in /usr/bin or another directory of the PATH\(elsewhere), and Docker from 25.0 on does not "
                + "start without it",
            [Evidence("/usr/bin/docker-proxy")], remedy: .sentence("install docker-proxy beside dockerd"), switchOff)
    }

    /// The certificate and key that a listener with TLS reads (go-connections' tlsconfig.Server).
    private mutating func judgeCertificates(_ settings: DaemonSettings, _ files: DaemonFiles) {
        guard let place = settings.transportSecurity else { return }
        for (key, name) in [("tlscert", "cert"), ("tlskey", "key")] {
            let named = settings.text(key)
            let path = named?.text ?? "/root/.docker/\(name).pem"
            guard let state = files.named[path], [.absent, .mayBeMade].contains(state) else { continue }
            let evidence = named?.evidence ?? place
            // What a configuration names, user data may bring; nobody brings what none names.
            return add(
                named == nil ? true : nil,
                "\(line(evidence))TLS needs the file \(path), none found; without it dockerd ends", [evidence],
                remedy: .sentence("put certificate and key into the image and name them by tlscert and tlskey"),
                .sentence("or take tls and tlsverify away"))
        }
    }
}

extension DaemonSettings {
    /// What switches TLS on: tls, or tlsverify with any value, even below a name that is no option.
    fileprivate var transportSecurity: Evidence? {
        if let flag = service?.flags(named: "tlsverify").last { return flag.evidence }
        if let file, let verify = file.namedOptions(in: version).last(where: { $0.member.name == "tlsverify" }) {
            return file.evidence(of: verify.member)
        }
        return isOn("tls").flatMap { $0.isOn ? $0.evidence : nil }
    }
}
