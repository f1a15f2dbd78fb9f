/// Which distribution the image is.

import ByteParsing
public import ImageReading

/// What os-release, or an older file in its place, says.
public struct Distribution: Fact {
    /// `amzn`, `debian`, `ubuntu`, `rhel`, ... (os-release ID in lower case; `linux` where it has none).
    public let id: String
    /// os-release ID_LIKE, split at blanks.
    public let like: [String]
    /// os-release VERSION_ID; nil where there is none.
    public let version: String?
    /// os-release PRETTY_NAME, else NAME and VERSION.
    public let prettyName: String
    /// os-release SUPPORT_END as written, YYYY-MM-DD; nil where there is none.
    public let supportEnd: String?

    private static let osRelease: [Want] = [.contents("/etc/os-release"), .contents("/usr/lib/os-release")]
    private static let systemRelease = Want.contents("/etc/system-release")
    private static let redHatRelease = Want.contents("/etc/redhat-release")
    private static let lsbRelease = Want.contents("/etc/lsb-release")
    private static let debianVersion = Want.contents("/etc/debian_version")

    /// os-release in both its places, and what there was before it.
    public static let wants = osRelease + [systemRelease, redHatRelease, lsbRelease, debianVersion]

    /// Reads os-release (os-release(5)), /etc before /usr/lib; where neither is there, the files that distributions had
    /// before it: system-release, redhat-release, lsb-release, debian_version.
    ///
    /// A link /etc/os-release that leads nowhere counts as not there, as it does for systemd; unreadable where the file
    /// is there and no assignments are in it.
    public static func observe(in root: RootFilesystem) -> Observation<Distribution> {
        var answer: Observation<Distribution> = .absent(searched: [])
        var dangling: Observation<Distribution>?
        for want in osRelease {
            let found = osRelease(root[want])
            if found.problem?.code == .danglingLink {
                dangling = dangling ?? found
            } else {
                answer = answer.orElse(found)
            }
        }
        answer = answer.orElse(releaseText(root[systemRelease])).orElse(releaseText(root[redHatRelease]))
            .orElse(lsbRelease(root[lsbRelease])).orElse(debianVersion(root[debianVersion]))
        // A positive answer from any other file stands; only without one does the link count.
        return answer.isAbsent ? dangling ?? answer : answer
    }

    private static func osRelease(_ file: Observation<File>) -> Observation<Distribution> {
        read(file) { file throws(FormatError) in
            let fields = ShellAssignments(try file.lines())
            guard !fields.values.isEmpty else {
                throw FormatError(.malformed, "assignments such as ID=debian expected, none found")
            }
            let name = [fields["NAME"], fields["VERSION"]].compactMap(\.self).joined(separator: " ")
            let id = fields["ID"].flatMap { $0.isEmpty ? nil : $0.lowercased() } ?? "linux"
            let distribution = Distribution(
                id: id,
                like: (fields["ID_LIKE"] ?? "").lowercased().split(separator: " ").map(String.init),
                version: fields["VERSION_ID"].flatMap { $0.isEmpty ? nil : $0 },
                prettyName: fields["PRETTY_NAME"].flatMap { $0.isEmpty ? nil : $0 } ?? (name.isEmpty ? id : name),
                supportEnd: fields["SUPPORT_END"].flatMap { $0.isEmpty ? nil : $0 })
            let evidence = ["ID", "VERSION_ID", "PRETTY_NAME", "SUPPORT_END"].compactMap { key in
                fields.values[key].map { file.evidence(line: $0.line, "\(key)=\($0.text)") }
            }
            return (distribution, evidence.isEmpty ? [file.evidence()] : evidence)
        }
    }

    /// `Amazon Linux AMI release 2014.09`, `CentOS release 6.10 (Final)`: a name, `release`, a version.
    private static func releaseText(_ file: Observation<File>) -> Observation<Distribution> {
        read(file) { file throws(FormatError) in
            let text = try firstLine(file)
            let words = text.split(separator: " ")
            guard let release = words.firstIndex(of: "release"), release > 0, release + 1 < words.count else {
                throw FormatError(.malformed, "NAME release VERSION expected, \"\(text)\" found")
            }
            let name = words[..<release].joined(separator: " ")
            let (id, like) = identifier(name)
            let distribution = Distribution(
                id: id, like: like, version: String(words[release + 1]), prettyName: text, supportEnd: nil)
            return (distribution, [file.evidence(line: 1, text)])
        }
    }

    /// The os-release ID that the distribution had later, or has under that name.
    private static func identifier(_ name: String) -> (id: String, like: [String]) {
        let known: [(prefix: String, id: String, like: [String])] = [
            ("Amazon Linux", "amzn", ["rhel", "fedora"]), ("CentOS", "centos", ["rhel", "fedora"]),
            ("Red Hat", "rhel", ["fedora"]), ("Oracle Linux", "ol", ["fedora"]),
            ("Scientific Linux", "scientific", ["rhel"]),
            ("Fedora", "fedora", []),
        ]
        let match = known.first { name.hasPrefix($0.prefix) }
        let first = name.prefix { $0 != " " }.lowercased()
        return match.map { ($0.id, $0.like) } ?? (first, [])
    }

    private static func lsbRelease(_ file: Observation<File>) -> Observation<Distribution> {
        file.parsed { file throws(FormatError) in ShellAssignments(try file.lines()) }.flatMap { fields, evidence in
            // Some images have one that only names LSB modules: it is no answer, and no damage either.
            guard let id = fields.values["DISTRIB_ID"] else { return .absent(searched: [lsbRelease.path]) }
            let distribution = Distribution(
                id: id.text.lowercased(), like: [], version: fields["DISTRIB_RELEASE"],
                prettyName: fields["DISTRIB_DESCRIPTION"] ?? id.text, supportEnd: nil)
            return .present(
                distribution,
                [Evidence(lsbRelease.path, realPath: evidence.first?.realPath, line: id.line, "DISTRIB_ID=\(id.text)")])
        }
    }

    /// `7.11`, or `wheezy/sid` on testing.
    private static func debianVersion(_ file: Observation<File>) -> Observation<Distribution> {
        read(file) { file throws(FormatError) in
            let text = try firstLine(file)
            let isNumber = text.first?.isASCIIDigit == true
            let version = isNumber ? String(text.prefix { $0 != "." }) : nil
            let distribution = Distribution(
                id: "debian", like: [], version: version, prettyName: "Debian \(text)", supportEnd: nil)
            return (distribution, [file.evidence(line: 1, text)])
        }
    }

    private static func firstLine(_ file: File) throws(FormatError) -> String {
        let text = try file.lines().first?.text.split(separator: " ").joined(separator: " ") ?? ""
        guard !text.isEmpty, text.utf8.count < 256 else {
            throw FormatError(.malformed, "a line of text expected, none found")
        }
        return text
    }

    private static func read(
        _ file: Observation<File>, _ parse: (File) throws(FormatError) -> (Distribution, [Evidence])
    ) -> Observation<Distribution> {
        file.parsed(parse).flatMap { read, _ in .present(read.0, read.1) }
    }
}
