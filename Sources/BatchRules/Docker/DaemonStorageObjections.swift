/// What dockerd objects to in the options of its storage driver and of its log driver.

import ImageFacts
import ImageReading

extension DaemonObjections {
    /// The storage driver, and the options that are given to it.
    ///
    /// moby's daemon/graphdriver (New, and parseOptions of each driver) of 18.09 to 29.7. From 29.0 on a driver that is
    /// none of these is one of containerd's, and without one containerd's own is used, which has no such options.
    mutating func judgeStorage(_ settings: DaemonSettings, _ facts: Facts) {
        let usesContainerd =
            settings.member("features")?.value.member("containerd-snapshotter")?.value == .boolean(true)
        let driver = settings.text("storage-driver")
        if let driver { judgeStorageDriver(driver, facts, usesContainerd: usesContainerd) }
        guard !usesContainerd, driver != nil || isFrom(29) != true else { return }
        let name = driver?.text ?? "overlay2"
        guard let known = options(of: name) else { return }
        // Where no driver is named, one that has left its directory is taken again.
        let isCertain =
            driver != nil || facts.dockerStorage.drivers?.allSatisfy { $0 == name } == true
        for option in settings.texts("storage-opts", flag: "storage-opt") where option.text.contains("=") {
            let key = option.text.prefix { $0 != "=" }.filter { !$0.isWhitespace }.lowercased()
            guard !known.contains(key) else {
                if key == "overlay2.size" { judgeQuota(option, facts.dockerStorage) }
                continue
            }
            let chosen = driver == nil ? "overlay2, which dockerd chooses," : "the storage driver \(name)"
            add(
                isCertain ? isFrom(17, 6).flatMap { $0 ? true : nil } : nil,
                "\(line(option.evidence))\(chosen) has no option \(key)\(gone(key)); dockerd ends on it",
                [option.evidence], remedy: .sentence("take the storage option \(key) away in \(option.evidence.path)"))
        }
    }

    /// overlay2.size wants XFS with project quotas, which are switched on when it is mounted
    /// (daemon/graphdriver/overlay2). What is mounted later may have them.
    private mutating func judgeQuota(_ option: DaemonSettings.Setting, _ storage: DockerStorage) {
        let value = option.text.drop { $0 != "=" }.dropFirst()
        guard !value.isEmpty, !value.allSatisfy({ $0 == "0" }) else { return }
        let fileSystem = storage.fileSystem
        let options = (fileSystem?.options ?? []) + (fileSystem?.mountPoint == .root ? storage.rootFlags : [])
        guard fileSystem?.type != "xfs" || !options.contains(where: ["pquota", "prjquota"].contains) else { return }
        let found = fileSystem.map { "\($0.type) (\(place($0.evidence)))" } ?? "no mount of it"
        add(
            nil,
            "\(line(option.evidence))overlay2.size needs \(storage.root) on XFS mounted with pquota, \(found) found; "
                + "without it dockerd ends",
            [option.evidence] + [fileSystem?.evidence].compactMap(\.self),
            remedy: .sentence("mount \(storage.root) by /etc/fstab as xfs with the option pquota"),
            .sentence("or take the storage option overlay2.size away"))
    }

    /// btrfs demands that the directory lies on it (daemon/graphdriver/btrfs, Init).
    private mutating func judgeBtrfs(_ driver: DaemonSettings.Setting, _ storage: DockerStorage) {
        guard storage.fileSystem?.type != "btrfs" else { return }
        let found = storage.fileSystem.map { "\($0.type) (\(place($0.evidence)))" } ?? "no mount of it"
        add(
            nil,
            "\(line(driver.evidence))the storage driver btrfs needs \(storage.root) on a btrfs file system, \(found) "
                + "found; without it dockerd ends",
            [driver.evidence] + [storage.fileSystem?.evidence].compactMap(\.self),
            remedy: .sentence("mount a btrfs file system there by /etc/fstab, or use overlay2"))
    }

    /// aufs is in no kernel of Linux itself.
    private mutating func judgeAufs(_ driver: DaemonSettings.Setting, _ facts: Facts) {
        guard facts.hasAufs != true, isFrom(24) == false else { return }
        let unknown = facts.hasAufs == nil ? "whether the kernel that boots has it cannot be told" : "it has none"
        add(
            facts.hasAufs.map { !$0 },
            "\(line(driver.evidence))the storage driver aufs needs a kernel with aufs, and \(unknown); without it dockerd "
                + "ends",
            [driver.evidence] + facts.kernelConfiguration.evidence,
            remedy: .sentence("use overlay2; images and containers of aufs are not taken over"))
    }

    private func gone(_ key: String) -> String {
        key == "overlay2.override_kernel_check" ? ", which Docker 24.0 removed" : ""
    }

    /// The names that a driver's options may have; nil for a driver whose options are not looked at.
    private func options(of driver: String) -> Set<String>? {
        switch driver {
        case "overlay2":
            isFrom(24) == true ? ["overlay2.size"] : ["overlay2.size", "overlay2.override_kernel_check"]
        case "btrfs": ["btrfs.min_space"]
        case "zfs": ["zfs.fsname"]
        case "vfs": isFrom(19, 3) == true ? ["size"] : nil
        default: nil
        }
    }

    private mutating func judgeStorageDriver(
        _ driver: DaemonSettings.Setting, _ facts: Facts, usesContainerd: Bool
    ) {
        let files = facts.daemonFiles
        let evidence = driver.evidence
        let overlay = RemedyStep.sentence("use overlay2; images and containers of \(driver.text) are not taken over")
        func removed(_ numbers: Int, _ name: String) {
            add(
                isFrom(numbers), "\(line(evidence))the storage driver \(driver.text), which Docker \(name) removed",
                [evidence], remedy: overlay)
        }
        switch driver.text {
        case "aufs", "overlay":
            removed(24, "24.0")
            if driver.text == "aufs" { judgeAufs(driver, facts) }
        case "devicemapper": removed(25, "25.0")
        case "zfs" where files.named["zfs"] == .absent && !usesContainerd:
            add(
                true,
                "\(line(evidence))the storage driver zfs needs the program zfs, none found; dockerd ends without it",
                [evidence], remedy: overlay)
        case "btrfs" where !usesContainerd: judgeBtrfs(driver, facts.dockerStorage)
        case "overlay2", "vfs", "btrfs", "zfs": break
        case "fuse-overlayfs" where isBefore(20, 10) != true: break
        default:
            guard !usesContainerd, isFrom(29) != true else { return }
            add(
                isBefore(29),
                "\(line(evidence))the storage driver \(driver.text) (expected: overlay2, btrfs, zfs or vfs)",
                [evidence], remedy: .sentence("take storage-driver away, so that dockerd chooses overlay2"))
        }
    }

    /// The options that are given to the default log driver (moby's daemon/logger, ValidateLogOpts of each driver).
    mutating func judgeLog(_ settings: DaemonSettings) {
        let driver = settings.text("log-driver")?.text ?? "json-file"
        guard driver != "none", let known = Self.logOptions[driver] else { return }
        var given = (settings.service?.flags(named: "log-opt") ?? []).compactMap { flag in
            flag.value.map { DaemonSettings.Setting(text: $0, evidence: flag.evidence) }
        }
        if let member = settings.member("log-opts"), let members = member.value.members {
            let evidence = settings.evidence(of: member)
            given += members.map { member in
                DaemonSettings.Setting(
                    text: member.name,
                    evidence: Evidence(evidence.path, realPath: evidence.realPath, line: member.line, evidence.text))
            }
        }
        let always = ["mode", "max-buffer-size", "tag", "labels", "labels-regex", "env", "env-regex", "cache-disabled"]
        let allowed = known.union(driver == "local" ? Array(always.prefix(2)) : always)
        for option in given where !allowed.contains(option.text) && !option.text.hasPrefix("cache-") {
            add(
                true,
                "\(line(option.evidence))the log driver \(driver) has no option \"\(option.text)\"; dockerd ends on it",
                [option.evidence], remedy: .sentence("take the log option \(option.text) away"))
        }
        if driver == "awslogs", let first = given.first, !given.contains(where: { $0.text == "awslogs-group" }) {
            add(
                true, "\(line(first.evidence))the log driver awslogs needs the option awslogs-group beside others",
                [first.evidence], remedy: .sentence("add \"awslogs-group\" to the log options, or take them all away"))
        }
    }

    /// The options of log drivers beside those that all take; of every version.
    private static let logOptions: [String: Set<String>] = [
        "json-file": ["max-file", "max-size", "compress"],
        "local": ["max-file", "max-size", "compress"],
        "journald": [],
        "awslogs": [
            "awslogs-region", "awslogs-endpoint", "awslogs-group", "awslogs-stream", "awslogs-create-group",
            "awslogs-create-stream", "awslogs-datetime-format", "awslogs-multiline-pattern",
            "awslogs-credentials-endpoint", "awslogs-force-flush-interval-seconds", "awslogs-max-buffered-events",
            "awslogs-format",
        ],
        "splunk": [
            "splunk-url", "splunk-token", "splunk-source", "splunk-sourcetype", "splunk-index", "splunk-capath",
            "splunk-caname", "splunk-insecureskipverify", "splunk-format", "splunk-verify-connection", "splunk-gzip",
            "splunk-gzip-level", "splunk-index-acknowledgment",
        ],
        "syslog": [
            "syslog-address", "syslog-facility", "syslog-tls-ca-cert", "syslog-tls-cert", "syslog-tls-key",
            "syslog-tls-skip-verify", "syslog-format", "syslog-tag",
        ],
        "fluentd": [
            "fluentd-address", "fluentd-async", "fluentd-async-connect", "fluentd-async-reconnect-interval",
            "fluentd-buffer-limit", "fluentd-max-retries", "fluentd-request-ack", "fluentd-retry-wait",
            "fluentd-sub-second-precision", "fluentd-write-timeout", "fluentd-tag",
        ],
        "gcplogs": ["gcp-project", "gcp-log-cmd", "gcp-meta-zone", "gcp-meta-name", "gcp-meta-id"],
    ]
}
