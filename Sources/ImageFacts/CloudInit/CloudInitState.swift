/// What keeps cloud-init from working again on a new instance: its data sources, its modules, what is left of a former
/// run.

public import ImageReading
import YAMLReading

/// cloud-init's settings and left-overs that decide whether user data is read and run on the next instance.
public struct CloudInitState: Fact {
    /// A setting and where it stands.
    public struct Setting: Codable, Hashable, Sendable {
        /// A list, or one word.
        public let values: [String]
        /// The file and line.
        public let evidence: Evidence

        /// A setting as it was read.
        public init(values: [String], evidence: Evidence) {
            self.values = values
            self.evidence = evidence
        }
    }

    /// datasource_list of the configuration; nil where it is not set, which leaves every data source on.
    public let dataSources: Setting?
    /// The data sources that ds-identify settles on on EC2, which count before those of the configuration; nil where
    /// it leaves them to it.
    public let identified: Setting?
    /// What keeps EC2's user data from being read, of the data sources that count; nil where it is read.
    public let withoutEC2: WithoutEC2?
    /// allow_userdata where it is false; nil where user data is allowed.
    public let userDataRefused: Evidence?
    /// cloud_final_modules, dashes for underscores; nil where it is not set.
    public let finalModules: Setting?
    /// manual_cache_clean where it is true, or the marker that it leaves; nil where neither is there.
    public let manualCacheClean: Evidence?
    /// /var/lib/cloud/instance and what is below /var/lib/cloud/instances: a former instance.
    public let instances: [Evidence]
    /// Files that cloud-init passes over with a warning, because they hold no mapping in YAML.
    public let passedOver: [Problem]
    /// A file that is no UTF-8, at which every stage of cloud-init ends.
    public let undecodable: Evidence?
    /// A configuration file that cannot be read: settings in it are not known.
    public let problem: Problem?
    /// disable_ec2_metadata where it is true and its module runs; nil where the metadata service is left alone.
    public private(set) var metadataDisabled: Evidence?

    /// Why EC2's user data is not read.
    public enum WithoutEC2: Codable, Hashable, Sendable {
        /// The data sources that count do not hold EC2's.
        case notListed(Setting)
        /// Another one comes before it and is found on every instance.
        case preceded(by: Evidence)
    }

    private static let current: ImagePath = "/var/lib/cloud/instance"
    private static let marker: ImagePath = "/var/lib/cloud/instance/manual-clean"
    private static let former: ImagePath = "/var/lib/cloud/instances/*"

    /// The configuration, and the names of what a former run left.
    public static let wants: [Want] =
        CloudInitConfiguration.wants + [.names(current), .names(marker), .names(former)]

    /// Reads it; absent where there is neither configuration nor left-overs.
    static func observe(
        in root: RootFilesystem, configuration observed: Observation<CloudInitConfiguration>,
        identification: DataSourceIdentification, version: ReleaseVersion?
    ) -> Observation<CloudInitState> {
        let configuration = observed.value
        let modules = configuration?.setting("cloud_final_modules").map { modules in
            Setting(
                values: modules.values.map { String($0.map { $0 == "_" ? "-" : $0 }) }, evidence: modules.evidence)
        }
        let manual = configuration?.value("manual_cache_clean").flatMap { value, file in
            value.bool == true ? file.evidence(line: value.line, "manual_cache_clean: true") : nil
        }
        var instances: [Evidence] = []
        var problem = configuration?.unknown?.problem
        for path in [current, former] {
            switch root.names(.names(path)) {
            case .present(let entries, let evidence):
                instances += zip(entries, evidence).map { entry, evidence in
                    Evidence(
                        entry.path, realPath: entry.realPath,
                        root.linkTarget(of: entry.path).value.map { "-> \($0)" } ?? "")
                }
            case .absent: continue
            case .unreadable(_, let found): problem = problem ?? found
            }
        }
        let left = root.names(.names(marker)).value.map { _ in Evidence(marker) }
        guard configuration != nil || !instances.isEmpty else {
            if let problem { return .unreadable([], problem) }
            return .absent(searched: CloudInitConfiguration.wants.map(\.path))
        }
        let listed = configuration?.setting("datasource_list")
        let identified = identification.setting
        var state = CloudInitState(
            dataSources: listed, identified: identified,
            withoutEC2: WithoutEC2(identified ?? listed, preceding: identification.noCloud, version),
            userDataRefused: configuration?.refusal(version), finalModules: modules,
            manualCacheClean: manual ?? left, instances: instances,
            passedOver: configuration?.passedOver ?? [], undecodable: configuration?.undecodable, problem: problem)
        state.metadataDisabled = configuration?.metadataDisabled
        return .present(state, observed.evidence + instances)
    }
}

/// Whether cloud-init takes a name in its list for EC2's data source: `Ec2` alone before 23.2, in any case from then on,
/// with its module's prefix or without (`list_sources` in cloudinit/sources, cloudinit/importer.py).
func isEC2(_ name: String, _ version: ReleaseVersion?) -> Bool {
    let name = name.hasPrefix("DataSource") ? String(name.dropFirst("DataSource".count)) : name
    let isAnyCase = version ?? .newest >= DataSourceIdentification.commandLineOnly
    return name == "Ec2" || isAnyCase && name.lowercased() == "ec2"
}

extension ReleaseVersion {
    /// For a program of which no version is known.
    static let newest = ReleaseVersion(.max)
}

extension CloudInitState.WithoutEC2 {
    /// Nil where the list, or every data source where there is none, leads to EC2's user data.
    fileprivate init?(_ list: CloudInitState.Setting?, preceding other: Evidence?, _ version: ReleaseVersion?) {
        let place = list.map { list in list.values.firstIndex { isEC2($0, version) } }
        if let list, place == .some(nil) {
            self = .notListed(list)
        } else if let other, list.map({ $0.values.prefix { !isEC2($0, version) }.contains("NoCloud") }) ?? true {
            // cloud-init's own list has NoCloud before Ec2.
            self = .preceded(by: other)
        } else {
            return nil
        }
    }
}

extension DataSourceIdentification {
    /// The list that it writes; nil where it writes none.
    fileprivate var setting: CloudInitState.Setting? {
        switch answer {
        case .none, .off: nil
        case .list(let names, let evidence), .nothingFound(let names, let evidence):
            CloudInitState.Setting(values: names, evidence: evidence)
        case .told(let name, let evidence): CloudInitState.Setting(values: [name], evidence: evidence)
        }
    }
}

extension CloudInitConfiguration {
    /// A list of words; an item may stand with its frequency: `[scripts-user, always]`, `{name: scripts-user}`.
    fileprivate func setting(_ key: String) -> CloudInitState.Setting? {
        guard let (value, file) = value(key) else { return nil }
        let values =
            value.items.map { $0.compactMap { $0.text ?? $0.items?.first?.text ?? $0["name"]?.text } }
            ?? (value.isNull ? [] : [value.text ?? ""])
        let evidence = file.evidence(line: value.line, "\(key): [\(values.joined(separator: ", "))]")
        return CloudInitState.Setting(values: values, evidence: evidence)
    }

    /// disable_ec2_metadata where it is true, with which the module of that name, one of the config stage, makes the
    /// address of the metadata service unreachable (config/cc_disable_ec2_metadata.py).
    fileprivate var metadataDisabled: Evidence? {
        guard let (value, file) = value("disable_ec2_metadata"),
            value.bool ?? ["true", "1", "on", "yes"].contains((value.text ?? "").lowercased())
        else { return nil }
        let modules = setting("cloud_config_modules")?.values.map { $0.replacing("_", with: "-") }
        guard modules?.contains("disable-ec2-metadata") ?? true else { return nil }
        return file.evidence(line: value.line, "disable_ec2_metadata: true")
    }

    /// allow_userdata where cloud-init takes it for false (`translate_bool` in util.py), which it knows from 19.4 on.
    fileprivate func refusal(_ version: ReleaseVersion?) -> Evidence? {
        guard version ?? .newest >= ReleaseVersion(19, 4), let (value, file) = value("allow_userdata") else {
            return nil
        }
        let text = value.text ?? ""
        let isAllowed = value.bool ?? ["true", "1", "on", "yes"].contains(text.lowercased())
        return isAllowed ? nil : file.evidence(line: value.line, "allow_userdata: \(text)")
    }
}
