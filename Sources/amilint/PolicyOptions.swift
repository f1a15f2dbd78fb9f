/// Options that say by what an image is judged: policy, release data, metadata, date.

public import ArgumentParser
import BatchRules
public import Inspection
import Reporting

/// By which rules and under which circumstances images are judged, from options, files and the environment.
struct PolicyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Judge by this rule alone; may be repeated.", valueName: "id"), completion: .ruleID)
    var only: [String] = []

    @Option(help: ArgumentHelp("Leave this rule out; may be repeated.", valueName: "id"), completion: .ruleID)
    var skip: [String] = []

    @Option(
        help: ArgumentHelp(
            "Judge by this group of rules alone: \(Group.names); may be repeated.", valueName: "group"),
        completion: .list(Group.allCases.map(\.rawValue)), transform: Group.init(option:))
    var group: [Group] = []

    @Option(
        help: ArgumentHelp("A policy instead of $AMILINT_POLICY or .amilint.yml.", valueName: "file"),
        completion: .file())
    var policy: String?

    @Flag(help: "Read no policy file, whatever is set or stands here.")
    var noPolicy = false

    @Option(
        help: ArgumentHelp("Newer releases or ends of support; may be repeated.", valueName: "file"),
        completion: .file())
    var releaseData: [String] = []

    @Option(
        help: ArgumentHelp("What 'aws ec2 describe-images' prints of the image.", valueName: "file"),
        completion: .file())
    var amiMetadata: String?

    @Flag(help: "Multi-node parallel jobs are to run on it.")
    var multiNode = false

    @Flag(help: "GPU jobs are to run on it.")
    var gpu = false

    @Flag(help: "All its instances are of the Nitro system.")
    var nitro = false

    @OptionGroup var date: DateOption

    func validate() throws {
        for id in only + skip where RuleCatalog.batch.rule(id) == nil { throw ValidationError(unknownRule(id)) }
        if noPolicy, policy != nil {
            throw ValidationError("one of --policy and --no-policy expected, both found")
        }
        if !catalog.rules.contains(where: { group.isEmpty || group.contains($0.group) }) {
            throw ValidationError("a rule to judge by expected, none is left by --only, --skip and --group")
        }
    }

    /// The rules that are left by --only and --skip.
    var catalog: RuleCatalog {
        RuleCatalog.batch.restricted(to: only, without: skip)
    }

    /// The policy file in use: the one that was named, or the one of the working directory if there is one.
    func policyFile() throws(Stop) -> PolicyFile {
        if noPolicy { return PolicyFile() }
        if let path = policy ?? environment("AMILINT_POLICY").flatMap({ $0.isEmpty ? nil : $0 }) {
            return try readPolicy(path)
        }
        return exists(Self.usualFile) ? try readPolicy(Self.usualFile) : PolicyFile()
    }

    private static let usualFile = ".amilint.yml"

    /// What the metadata file says of the one image that is judged; nil where none was given.
    func metadataOfOne() throws(Stop) -> AMIMetadata? {
        try amiMetadata.map { path throws(Stop) in
            try settings(path) { path throws(SettingsError) in try AMIMetadata(file: path) }
        }
    }

    /// What the metadata file says of all its images.
    func metadataOfMany() throws(Stop) -> [AMIMetadata] {
        guard let amiMetadata else { return [] }
        return try settings(amiMetadata) { path throws(SettingsError) in try AMIMetadata.images(file: path) }
    }

    /// What images are judged by at `today`, but for their metadata.
    func judging(by file: PolicyFile, today: CalendarDay) throws(Stop) -> Policy {
        var releases = ReleaseTable.builtIn
        var lifecycle = LifecycleTable.builtIn
        var files: [PolicySources.File] = []
        for path in releaseData {
            let data = try settings(path) { path throws(SettingsError) in try ReleaseDataFile(file: path) }
            releases = data.releases ?? releases
            lifecycle = data.lifecycle ?? lifecycle
            files += data.source.map { [$0] } ?? []
        }
        return Policy(
            today: today,
            needsMultiNode: multiNode,
            needsGPU: gpu,
            isForNitro: nitro,
            groups: group.isEmpty ? file.groups ?? Set(Group.allCases) : Set(group),
            releases: releases,
            lifecycle: lifecycle,
            levels: file.levels,
            parameters: file.parameters,
            waivers: file.waivers,
            sources: PolicySources(
                file: file.source, releaseData: files, isDateGiven: date.today != nil,
                leftOut: RuleCatalog.batch.rules.map(\.id).filter { catalog.rule($0) == nil })
        )
    }
}

/// What `read` makes of the settings file at `path`; whatever is wrong with it is a usage error that names it.
func settings<T>(_ path: String, _ read: (String) throws(SettingsError) -> T) throws(Stop) -> T {
    do throws(SettingsError) {
        return try read(path)
    } catch {
        throw Stop(.usage, "\(path): \(error)")
    }
}

/// The policy in the file at `path`.
func readPolicy(_ path: String) throws(Stop) -> PolicyFile {
    try settings(path) { path throws(SettingsError) in try PolicyFile(file: path, catalog: .batch) }
}

extension FailOn: ExpressibleByArgument {}

extension Group {
    fileprivate static let names = allCases.map(\.rawValue).joined(separator: ", ")

    /// The group that one `--group` names.
    fileprivate init(option name: String) throws(ValidationError) {
        if let group = Group(rawValue: name) {
            self = group
            return
        }
        if name.contains(",") {
            throw ValidationError("one group expected, '\(name)' found; give each by a --group of its own")
        }
        let hint = nearest(name, among: Self.allCases.map(\.rawValue)).map { "; did you mean \($0)?" } ?? ""
        throw ValidationError("a group expected (\(Self.names)), '\(name)' found\(hint)")
    }
}

extension CompletionKind {
    /// The ids of the catalog.
    static let ruleID = CompletionKind.list(RuleCatalog.batch.rules.map(\.id))
}
