/// Which data sources ds-identify settles on on EC2, before cloud-init itself reads its configuration.

import Booting
import ByteParsing
import ImageReading
import Startup

/// ds-identify's answer on an instance of EC2 (cloud-init, tools/ds-identify).
///
/// cloud-init's generator runs it at every boot. The list of data sources that it writes into
/// /run/cloud-init/cloud.cfg counts before all of /etc/cloud.
struct DataSourceIdentification: Sendable {
    /// What it comes to.
    enum Answer: Sendable {
        /// It writes no list, or there is no ds-identify: cloud-init's own configuration counts.
        case none
        /// It writes this list; it read it there, or found it by looking at the machine.
        case list([String], Evidence)
        /// It writes this one, which it is told to.
        case told(String, Evidence)
        /// It finds none of these and turns cloud-init off.
        case nothingFound([String], Evidence)
        /// It is told to turn cloud-init off.
        case off(Evidence)
    }

    let answer: Answer
    /// A data source that is found before EC2's in every list that holds both, and by what.
    let noCloud: Evidence?
    /// Its own configuration, where that cannot be read.
    let unknown: Unknown?

    private static let programs: [ImagePath] = [
        "/usr/lib/cloud-init/ds-identify", "/usr/libexec/cloud-init/ds-identify",
    ]
    private static let settings = Want.contents("/etc/cloud/ds-identify.cfg")
    private static let marker = Want.names("/var/lib/cloud/instance/manual-clean")
    private static let seeds = Want.names("/var/lib/cloud/seed/*/*")

    static let wants: [Want] =
        programs.map { .names($0) } + [settings, marker, seeds]

    /// `version` is cloud-init's; where none is known, the newest one's reading counts. `files` are those of /etc/cloud.
    init(
        in root: RootFilesystem, files: [Observation<File>], kernel: Observation<BootingKernel>,
        architecture: Architecture?, version: ReleaseVersion?
    ) {
        let version = version ?? .newest
        let trim: IdentificationTrim = version >= Self.searchedByGrep ? .whiteSpace : .blanks
        let file = root[Self.settings]
        let program = Self.programs.first { root.names(.names($0)).value != nil }
        let arguments = CommandLineSettings(kernel, version)
        let seed = Self.seed(in: root)
        let isNoCloudFound = seed ?? arguments.noCloud
        noCloud = isNoCloudFound
        unknown = file.problem.map { Unknown(file.evidence, $0) }
        guard program != nil || !file.isAbsent, Generators.generator("cloud-init-generator", in: root) != nil else {
            answer = .none
            return
        }
        var told: (name: String, evidence: Evidence)?
        var policy: (text: String, evidence: Evidence)?
        for line in file.value.map({ linesOfShellRead($0.bytes) }) ?? [] {
            guard let file = file.value, let (key, value) = identificationSetting(line, trim) else { continue }
            let evidence = file.evidence(line: line.number, "\(key): \(value)")
            if key == "datasource" { told = (value, evidence) }
            if key == "policy" { policy = (value, evidence) }
        }
        told = arguments.dataSource ?? told
        policy = arguments.policy ?? policy
        let isX86 = architecture == nil || architecture == .x86_64 || architecture == .i386
        let rule = Policy(policy?.text ?? "", turnsOff: isX86 || version >= ReleaseVersion(25, 1, 4))
        switch rule.mode {
        case "disabled":
            answer = .off(policy?.evidence ?? Evidence(Self.settings.path))
            return
        case "search": break
        default:
            answer = .none
            return
        }
        if let told, !told.name.isEmpty {
            answer = .told(told.name, told.evidence)
            return
        }
        guard root.names(Self.marker).value == nil else {
            answer = .none
            return
        }
        let configured = Self.configured(by: files.compactMap(\.value), version)
        let place = configured?.evidence ?? Evidence(program ?? Self.programs[0])
        let words = configured?.words ?? ["NoCloud", "Ec2"]
        if words.count == 1 || words.count == 2 && words[1] == "None" {
            answer = .list(words, place)
            return
        }
        // Of what a list may name, an instance of EC2 shows nothing but EC2's own, apart from what the image brings.
        let found = words.filter { $0 == "Ec2" || $0 == "NoCloud" && isNoCloudFound != nil }
        if !found.isEmpty {
            answer = .list(rule.isFirstAlone ? [found[0]] : found, place)
        } else {
            answer = rule.turnsOff ? .nothingFound(words, place) : .none
        }
    }

    /// The release from which on `ds=` is ds-identify's, and names of data sources are right in any case.
    static let commandLineOnly = ReleaseVersion(23, 2)

    /// The release from which on the script looks for keys by `grep`.
    private static let searchedByGrep = ReleaseVersion(24, 2)

    /// A seed of NoCloud's, which is found on every instance.
    private static func seed(in root: RootFilesystem) -> Evidence? {
        let entries = root.names(seeds).value ?? []
        for name in ["nocloud", "nocloud-net"] {
            let files = entries.filter { $0.path.parent.name == name && $0.kind == .regular }
            if let user = files.first(where: { $0.path.name == "user-data" }),
                files.contains(where: { $0.path.name == "meta-data" })
            {
                return Evidence(user.path, "a seed of the data source NoCloud")
            }
        }
        return nil
    }

    /// `check_config datasource_list`: the last line of /etc/cloud/cloud.cfg and cloud.cfg.d/*.cfg that looks like it;
    /// nil where the script takes its own list.
    private static func configured(
        by files: [File], _ version: ReleaseVersion
    ) -> (words: [String], evidence: Evidence)? {
        let isSearchedByGrep = version >= searchedByGrep
        // Two releases looked for the key by another pattern and took a comment for a line.
        let isBefore = ReleaseVersion(23, 4) <= version && version < ReleaseVersion(23, 4, 2)
        var found: (value: String, file: File, line: ShellLine)?
        for file in files where file.bytes.holds(key) {
            let isGrep = isSearchedByGrep || isBefore
            for line in isGrep ? linesOfGrep(file.bytes) : linesOfShellRead(file.bytes) {
                let text = String(line.text.prefix { $0 != "#" })
                if isGrep {
                    guard isKey(in: line.text, blanksBeforeColon: isSearchedByGrep) else { continue }
                    guard !text.isEmpty || isBefore else { continue }
                    found = (text.after(": ").map(String.init) ?? text, file, line)
                } else if text == key + ":" || text.hasPrefix(key + ": ") {
                    let value = text.dropFirst(key.count + 1)
                    found = (String(value.first == " " ? value.dropFirst() : value), file, line)
                }
            }
        }
        guard let (value, file, line) = found else { return nil }
        let words =
            isSearchedByGrep
            ? identificationWords(identificationValue(value, .whiteSpace), .whiteSpace)
            : identificationWords(value, .blanks)
        guard let words else { return nil }
        return (words, file.evidence(line: line.number, "\(key): [\(words.joined(separator: ", "))]"))
    }

    private static let key = "datasource_list"

    /// Whether a line holds the key, quotes and perhaps blanks, and a colon.
    private static func isKey(in line: String, blanksBeforeColon: Bool) -> Bool {
        var rest = line[...]
        while let after = rest.after(key) {
            var tail = after
            if blanksBeforeColon {
                tail = tail.drop { $0 == "\"" || $0 == "'" }.drop(while: \.isWhitespace)
            } else if tail.first == "\"" {
                tail = tail.dropFirst()
            }
            if tail.first == ":" { return true }
            rest = after
        }
        return false
    }
}

/// `parse_policy`: what the script is to do, and what where it finds nothing.
private struct Policy {
    var mode = "search"
    var isFirstAlone = false
    var turnsOff: Bool

    init(_ text: String, turnsOff: Bool) {
        self.turnsOff = turnsOff
        for word in text.split(separator: ",") {
            switch word {
            case "enabled", "disabled", "search", "report": mode = String(word)
            case "found=first": isFirstAlone = true
            case "found=all": isFirstAlone = false
            case "notfound=enabled": self.turnsOff = false
            case "notfound=disabled": self.turnsOff = true
            default: continue
            }
        }
    }
}

/// What the kernel's command line tells ds-identify.
private struct CommandLineSettings {
    private(set) var dataSource: (name: String, evidence: Evidence)?
    private(set) var policy: (text: String, evidence: Evidence)?
    /// `ds=nocloud`, which NoCloud itself looks for.
    private(set) var noCloud: Evidence?

    init(_ kernel: Observation<BootingKernel>, _ version: ReleaseVersion) {
        let place = kernel.evidence.first ?? Evidence("/proc/cmdline")
        let isNew = version >= DataSourceIdentification.commandLineOnly
        for word in kernel.value?.commandLine ?? [] where word.hasPrefix("ci.d") || word.hasPrefix("ds=") {
            let key = word.prefix { $0 != "=" }
            var value = word.dropFirst(key.count + 1)
            if isNew { value = value.prefix { $0 != ";" } }
            let evidence = Evidence(place.path, realPath: place.realPath, line: place.line, word)
            switch key {
            case "ci.ds", "ci.datasource": dataSource = (String(value), evidence)
            case "ds" where isNew: dataSource = (String(value), evidence)
            case "ci.di.policy": policy = (String(value), evidence)
            default: break
            }
            if key == "ds", value.hasPrefix("nocloud") { noCloud = evidence }
        }
    }
}

extension [UInt8] {
    /// Whether the text stands anywhere in it.
    fileprivate func holds(_ text: String) -> Bool {
        let text = Array(text.utf8)
        guard let first = text.first else { return true }
        var start = 0
        while let place = firstIndex(of: first, from: start) {
            if self[place...].starts(with: text) { return true }
            start = place + 1
        }
        return false
    }
}

extension StringProtocol {
    /// What stands behind the first `text`; nil where it stands nowhere.
    fileprivate func after(_ text: String) -> SubSequence? {
        var rest = self[startIndex...]
        while let first = text.first, let place = rest.firstIndex(of: first) {
            if rest[place...].hasPrefix(text) { return rest[place...].dropFirst(text.count) }
            rest = rest[rest.index(after: place)...]
        }
        return nil
    }
}
