/// Release data from a file, in place of the tables that are built in.

public import BatchRules
import FoundationEssentials
import ImageFacts

/// What a file of release data holds: agent and Docker releases, ends of support, or both.
///
/// The form is that of testdata/data/ecs-ami-releases.json and testdata/data/end-of-life.json.
public struct ReleaseDataFile: Sendable {
    /// Agent and Docker versions released together; nil where the file has no `releases`.
    public let releases: ReleaseTable?
    /// Ends of support; nil where the file has no `distributions`.
    public let lifecycle: LifecycleTable?

    /// Where it stood, and its digest; nil for data that was not read from a file.
    public private(set) var source: PolicySources.File?

    /// Reads the file at `path` of this machine, of at most 16 MB.
    public init(file path: String) throws(SettingsError) {
        let bytes = try settingsFile(at: path)
        try self.init(bytes)
        source = PolicySources.File(path: path, sha256: sha256(of: bytes))
    }

    /// Reads JSON. Throws where it is not of that form, and where it holds neither table.
    public init(_ bytes: [UInt8]) throws(SettingsError) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch {
            throw SettingsError("release data expected, JSON with \"as_of\" and \"releases\" or \"distributions\"")
        }
        guard let date = CalendarDay(document.asOf) else {
            throw SettingsError("a day as YYYY-MM-DD expected in \"as_of\", '\(document.asOf)' found")
        }
        guard document.releases != nil || document.distributions != nil else {
            throw SettingsError("\"releases\" or \"distributions\" expected, neither found")
        }
        releases = try document.releases.map { rows throws(SettingsError) in
            try Self.table(rows, latestAgent: document.latestAgent, date: date)
        }
        lifecycle = try document.distributions.map { rows throws(SettingsError) in
            LifecycleTable(date: date, rows: try rows.map { row throws(SettingsError) in try row.row() })
        }
    }

    private static func table(
        _ rows: [Release], latestAgent: String?, date: CalendarDay
    ) throws(SettingsError) -> ReleaseTable {
        guard let latestAgent, let latest = ReleaseVersion(latestAgent) else {
            throw SettingsError("a version expected in \"latest_agent\", '\(latestAgent ?? "")' found")
        }
        var seen: Set<ReleaseTable.Pair> = []
        var pairs: [ReleaseTable.Pair] = []
        for row in rows {
            // A release that did not state its Docker version says nothing of a pair.
            guard let docker = row.docker else { continue }
            guard let agent = ReleaseVersion(row.agent), let docker = ReleaseVersion(docker) else {
                throw SettingsError("versions expected in release \(row.release), '\(row.agent)', '\(docker)' found")
            }
            let pair = ReleaseTable.Pair(family: row.family, agent: agent, docker: docker)
            if seen.insert(pair).inserted { pairs.append(pair) }
        }
        return ReleaseTable(date: date, latestAgent: latest, pairs: pairs)
    }
}

private struct Document: Decodable {
    let asOf: String
    let latestAgent: String?
    let releases: [Release]?
    let distributions: [Distribution]?

    private enum CodingKeys: String, CodingKey {
        case asOf = "as_of"
        case latestAgent = "latest_agent"
        case releases, distributions
    }
}

private struct Release: Decodable {
    let release: String
    let family: String
    let agent: String
    let docker: String?

    private enum CodingKeys: String, CodingKey {
        case release, family, docker
        case agent = "ecs_agent"
    }
}

private struct Distribution: Decodable {
    let id: String
    let version: String
    let endOfSupport: String
    let batchEnd: String?

    private enum CodingKeys: String, CodingKey {
        case id, version
        case endOfSupport = "end_of_support"
        case batchEnd = "aws_batch_end"
    }

    func row() throws(SettingsError) -> LifecycleTable.Row {
        func day(_ text: String) throws(SettingsError) -> CalendarDay {
            guard let day = CalendarDay(text) else {
                throw SettingsError("a day as YYYY-MM-DD expected for \(id) \(version), '\(text)' found")
            }
            return day
        }
        return LifecycleTable.Row(
            id: id, version: version, endOfSupport: try day(endOfSupport),
            batchEnd: try batchEnd.map { text throws(SettingsError) in try day(text) })
    }
}
