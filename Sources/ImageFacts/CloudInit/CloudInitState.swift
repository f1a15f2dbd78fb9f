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
    }

    /// datasource_list; nil where it is not set, which leaves every data source on.
    public let dataSources: Setting?
    /// cloud_final_modules, dashes for underscores; nil where it is not set.
    public let finalModules: Setting?
    /// manual_cache_clean where it is true, or the marker that it leaves; nil where neither is there.
    public let manualCacheClean: Evidence?
    /// /var/lib/cloud/instance and what is below /var/lib/cloud/instances: a former instance.
    public let instances: [Evidence]
    /// A configuration file that cannot be read: cloud-init passes over it, settings in it are not known.
    public let problem: Problem?

    private static let current: ImagePath = "/var/lib/cloud/instance"
    private static let marker: ImagePath = "/var/lib/cloud/instance/manual-clean"
    private static let former: ImagePath = "/var/lib/cloud/instances/*"

    /// The configuration, and the names of what a former run left.
    public static let wants: [Want] =
        CloudInitConfiguration.wants + [.names(current), .names(marker), .names(former)]

    /// Reads it; absent where there is neither configuration nor left-overs.
    static func observe(
        in root: RootFilesystem, configuration observed: Observation<CloudInitConfiguration>
    ) -> Observation<CloudInitState> {
        let configuration = observed.value
        func setting(_ key: String) -> Setting? {
            guard let (value, file) = configuration?.value(key) else { return nil }
            // A module may stand with its frequency: [scripts-user, always], {name: scripts-user}.
            let values =
                value.items.map { $0.compactMap { $0.text ?? $0.items?.first?.text ?? $0["name"]?.text } }
                ?? [value.text ?? ""]
            let evidence = file.evidence(line: value.line, "\(key): [\(values.joined(separator: ", "))]")
            return Setting(values: values, evidence: evidence)
        }
        let modules = setting("cloud_final_modules").map { modules in
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
        let state = CloudInitState(
            dataSources: setting("datasource_list"), finalModules: modules, manualCacheClean: manual ?? left,
            instances: instances, problem: problem)
        return .present(state, observed.evidence + instances)
    }
}
