/// What dockerd objects to once it has read its configuration: settings that exclude one another, and what is not there.

import ImageFacts
import ImageReading

extension DaemonObjections {
    /// What a start looks at once the configuration is read: it opens files, and chooses drivers.
    mutating func judgeStart(_ settings: DaemonSettings, _ facts: Facts, isPackaged: Bool) {
        judgeTogether(settings, facts)
        judgeStorage(settings, facts)
        judgeLog(settings)
        judgeFiles(settings, facts.daemonFiles, isPackaged: isPackaged)
    }

    /// The settings together.
    ///
    /// moby's daemon/daemon_unix.go (verifyDaemonSettings), daemon/runtime_unix.go (setupRuntimes), daemon/config
    /// (findConfigurationConflicts, GetConflictFreeLabels) of 20.10 to 29.7.
    private mutating func judgeTogether(_ settings: DaemonSettings, _ facts: Facts) {
        judgeNetworks(settings)
        judgeLabels(settings)
        judgeResources(settings)
        judgeHostGateways(settings)
        judgePools(settings)
        judgeControlGroups(settings, facts.controlGroups)
        judgeBridge(settings, facts.daemonFiles)
        judgeRuntimes(settings, facts.daemonFiles)
        judgeDataRoot(settings)
        if isFrom(29, 7) == true,
            settings.member("features")?.value.member("embedded-containerd")?.value == .boolean(true),
            let cri = settings.isOn("cri-containerd"), cri.isOn
        {
            add(
                true, "cri-containerd and the feature embedded-containerd exclude one another", [cri.evidence],
                remedy: .sentence("take one of the two away"))
        }
    }

    private mutating func exclude(_ first: Evidence, _ second: Evidence, _ message: String, _ remedy: RemedyStep) {
        add(true, "\(line(first))\(message) (\(place(second)))", [first, second], remedy: remedy)
    }

    private mutating func judgeNetworks(_ settings: DaemonSettings) {
        let isFiltering = settings.isOn("iptables") ?? (true, Evidence("/"))
        if let talks = settings.isOn("icc"), !talks.isOn, !isFiltering.isOn {
            exclude(
                talks.evidence, isFiltering.evidence, "dockerd refuses icc off together with iptables off",
                .sentence("leave iptables on, or icc"))
        }
        if let talks = settings.isOn("icc"), !talks.isOn, settings.isOn("ipv6")?.isOn == true,
            let filters = settings.isOn("ip6tables"), !filters.isOn, isFrom(27) == true
        {
            exclude(
                talks.evidence, filters.evidence, "dockerd refuses icc off together with ip6tables off under IPv6",
                .sentence("leave ip6tables on, or icc"))
        }
        if let bridge = settings.text("bridge") {
            for key in ["bip", "bip6"] {
                guard let address = settings.text(key) else { continue }
                exclude(
                    bridge.evidence, address.evidence, "dockerd refuses bridge together with \(key)",
                    .sentence("take one of the two away"))
            }
        }
        if let filters = settings.isOn("ip6tables"), filters.isOn, settings.isOn("experimental")?.isOn != true {
            add(
                isBefore(27), "\(line(filters.evidence))ip6tables needs \"experimental\": true before Docker 27.0",
                [filters.evidence], remedy: .sentence("take ip6tables away, or switch experimental on"))
        }
        let containers = settings.text("containerd-namespace")
        let plugins = settings.text("containerd-plugins-namespace")
        if let named = plugins ?? containers, (containers?.text ?? "moby") == (plugins?.text ?? "plugins.moby") {
            add(
                true, "\(line(named.evidence))containers and plugins cannot have one namespace of containerd",
                [named.evidence], remedy: .sentence("take the setting away"))
        }
    }

    private mutating func judgeLabels(_ settings: DaemonSettings) {
        var values: [Substring: (value: Substring, evidence: Evidence)] = [:]
        for label in settings.texts("labels", flag: "label") {
            let parts = label.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            // Values of the file and of flags are numbered apart; dockerd refuses both at once in any case.
            if let former = values[parts[0]], former.value != parts[1], former.evidence.path == label.evidence.path {
                add(
                    true, "\(line(label.evidence))the label \(parts[0]) has two values", [label.evidence],
                    remedy: .sentence("give it one value"))
            }
            values[parts[0]] = (parts[1], label.evidence)
        }
    }

    private mutating func judgeResources(_ settings: DaemonSettings) {
        var named: [String: [(text: String, evidence: Evidence)]] = [:]
        for resource in settings.texts("node-generic-resources", flag: "node-generic-resource") {
            let parts = resource.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.filter { !$0.isWhitespace } }
            guard parts.count == 2 else { continue }
            named[parts[0], default: []].append((parts[1], resource.evidence))
        }
        for (name, values) in named.sorted(by: { $0.key < $1.key }) {
            let numbers = values.compactMap { Int64($0.text) }
            let isMixed = values.count == 1 ? numbers.contains(where: { $0 < 0 }) : !numbers.isEmpty
            guard isMixed, let last = values.last else { continue }
            add(
                true,
                "\(line(last.evidence))the resource \(name) has other values than names alone, or one number that is not negative",
                [last.evidence], remedy: .sentence("give it names alone, or one number"))
        }
    }

    private mutating func judgeHostGateways(_ settings: DaemonSettings) {
        if let old = settings.member("host-gateway-ip"), let new = settings.member("host-gateway-ips"),
            isFrom(28) != false
        {
            exclude(
                settings.evidence(of: old), settings.evidence(of: new),
                "dockerd refuses host-gateway-ip together with host-gateway-ips",
                .sentence("take host-gateway-ip away"))
        }
        guard isFrom(28) != false else { return }
        let addresses = settings.texts("host-gateway-ips", flag: "host-gateway-ip")
        for isLong in [false, true] {
            let kind = addresses.filter { $0.text.contains(":") == isLong }
            guard kind.count > 1, let last = kind.last else { continue }
            add(
                isFrom(28),
                "\(line(last.evidence))\(kind.count) \(isLong ? "IPv6" : "IPv4") addresses of the host, of which dockerd takes one",
                [last.evidence], remedy: .sentence("give one IPv4 and one IPv6 address at most"))
        }
    }

    private mutating func judgePools(_ settings: DaemonSettings) {
        guard let member = settings.member("default-address-pools") else { return }
        for pool in member.value.elements ?? [] {
            guard let base = pool.member("base")?.value.text else { continue }
            let length = base.split(separator: "/").last.flatMap { Int($0) } ?? 0
            var size = 0
            if case .number(let text)? = pool.member("size")?.value { size = Int(text) ?? 0 }
            let isPrefix = isIPPrefix(base)
            guard !isPrefix || size < length || size <= 0 else { continue }
            let expected = isPrefix ? "a size of \(length) or more" : "an address with its prefix length as base"
            let evidence = settings.evidence(of: member)
            add(
                true,
                "\(line(evidence))\"default-address-pools\": \(isPrefix ? "\(size)" : base) (expected: \(expected))",
                [evidence], remedy: .sentence("give each pool a base like 10.0.0.0/8 and a size like 24"))
        }
    }

    /// systemd's driver, which Docker from 20.10 on takes by itself on cgroup v2, has slices alone as parents.
    private mutating func judgeControlGroups(_ settings: DaemonSettings, _ groups: ControlGroups) {
        guard let parent = settings.text("cgroup-parent"),
            parent.text.utf8.count <= 6 || !parent.text.hasSuffix(".slice")
        else { return }
        let found = "cgroup-parent is \(parent.text), not the name of a slice like docker.slice"
        let remedy = RemedyStep.sentence("name a slice as cgroup-parent, or take it away")
        guard let driver = settings.controlGroupDriver else {
            guard groups.hierarchy == .unified else { return }
            return add(
                isFrom(20, 10),
                "\(line(parent.evidence))\(found): the host boots with cgroup v2, where systemd makes the groups",
                [parent.evidence] + groups.evidence, remedy: remedy)
        }
        if driver.text.hasSuffix("systemd") { exclude(parent.evidence, driver.evidence, found, remedy) }
    }

    /// A bridge of another name than Docker's own has to be there when dockerd starts.
    private mutating func judgeBridge(_ settings: DaemonSettings, _ files: DaemonFiles) {
        guard files.bridge == .absent, let bridge = settings.text("bridge") else { return }
        add(
            nil,
            "\(line(bridge.evidence))nothing of the image makes the bridge \(bridge.text); where it is not there when Docker "
                + "starts, dockerd ends",
            [bridge.evidence],
            remedy: .sentence("have the image make it, by a .netdev file of systemd-networkd or the like"),
            .sentence("or take the setting away, so that dockerd makes docker0"))
    }

    private mutating func judgeDataRoot(_ settings: DaemonSettings) {
        guard isBefore(23) != false, let old = settings.text("graph"), let new = settings.text("data-root") else {
            return
        }
        exclude(
            old.evidence, new.evidence, "dockerd refuses graph together with data-root",
            .sentence("take graph away"))
    }

    /// The runtimes of containers: what is defined, and how.
    private mutating func judgeRuntimes(_ settings: DaemonSettings, _ files: DaemonFiles) {
        let member = settings.member("runtimes")
        var defined: [String] = settings.texts("runtimes", flag: "add-runtime").filter { $0.text.contains("=") }
            .map { String($0.text.prefix { $0 != "=" }).lowercased() }
        for runtime in member?.value.members ?? [] {
            defined.append(runtime.name)
            let evidence = settings.evidence(of: member ?? runtime)
            if runtime.name == "runc" {
                add(
                    true, "\(line(evidence))\"runtimes\" defines runc, a name that dockerd keeps for its own",
                    [evidence], remedy: .sentence("take \"runc\" out of \"runtimes\""))
            } else if isFrom(23) != false, let flaw = runtime.value.flawOfRuntime {
                add(
                    isFrom(23), "\(line(evidence))\"runtimes\", \"\(runtime.name)\": \(flaw)", [evidence],
                    remedy: .sentence("give the runtime \"\(runtime.name)\" the path of its program and no runtimeType")
                )
            }
        }
        guard let chosen = settings.text("default-runtime"), !(defined + (files.runtimes ?? [])).contains(chosen.text)
        else { return }
        let isBuiltIn = chosen.text == "runc" || isRuntimeOfContainerd(chosen.text)
        guard !isBuiltIn else { return }
        // A directory of runtimes that cannot be listed may define it.
        add(
            files.runtimes == nil ? nil : true,
            "\(line(chosen.evidence))the default runtime \(chosen.text) is none that is defined; dockerd ends at its start",
            [chosen.evidence],
            remedy: .sentence(
                "define \(chosen.text) under \"runtimes\" in /etc/docker/daemon.json, or take default-runtime away"))
    }

    /// Whether a name is one that dockerd hands on to containerd as it is.
    private func isRuntimeOfContainerd(_ name: String) -> Bool {
        guard isFrom(23) != false else {
            return name == "io.containerd.runc.v2" || name == "io.containerd.runtime.v1.linux"
        }
        return !name.contains("/") && !name.hasPrefix(".") && name.contains(".")
    }
}

extension DaemonValue {
    /// The last member that Go stores in the field of this name.
    func member(_ field: String) -> Member? { members?.last { $0.isStored(inField: field) } }

    /// What dockerd misses in a runtime's definition, or does not take together, from 23.0 on; nil where it is whole.
    fileprivate var flawOfRuntime: String? {
        func isGiven(_ field: String) -> Bool {
            switch member(field)?.value {
            case .string(let text)?: !text.isEmpty
            case .hiddenString?: true
            case .array(let elements)?: !elements.isEmpty
            case .object(let members)?: !members.isEmpty
            default: false
            }
        }
        switch (isGiven("path"), isGiven("runtimeType")) {
        case (false, false): return "it has neither a path nor a runtimeType"
        case (true, true): return "it has a path and a runtimeType, which exclude each other"
        case (true, false): return isGiven("options") ? "it has options beside a path, which has none" : nil
        case (false, true):
            return isGiven("runtimeArgs") ? "it has runtimeArgs beside a runtimeType, which has none" : nil
        }
    }
}
