/// A former JSON report, to hold a new one against.

public import BatchRules
import FoundationEssentials
import ImageFacts
import Reporting

/// The findings and facts of a report that was written before.
public struct FormerReport: Sendable {
    private let imageName: String
    private let findings: [Finding]
    private let facts: Facts

    /// Reads the JSON report in the file at `path` of this machine, of at most 256 MB.
    public init(file path: String) throws(SettingsError) {
        try self.init(try settingsFile(at: path, upTo: 256 << 20))
    }

    /// Reads a JSON report. Throws where it is none, where it was written by a version with another format, and where
    /// it holds facts alone.
    public init(_ bytes: [UInt8]) throws(SettingsError) {
        struct Form: Decodable { let formatVersion: Int }
        struct Image: Decodable { let name: String }
        struct Content: Decodable {
            let image: Image
            let findings: [Finding]
            let facts: Facts
        }
        let data = Data(bytes)
        do {
            let form = try JSONDecoder().decode(Form.self, from: data)
            guard form.formatVersion == Version.format else {
                throw SettingsError(
                    "a report of format \(Version.format) expected, format \(form.formatVersion) found"
                        + "; write it again with this version")
            }
            let content = try JSONDecoder().decode(Content.self, from: data)
            imageName = content.image.name
            findings = content.findings
            facts = content.facts
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError("a report of 'amilint check -o json' expected, something else found")
        }
    }

    /// `report` with how it differs from this one.
    func compared(with report: Report) -> Report {
        let values: [(String, (Facts) -> String?)] = [
            ("distribution", { $0.distribution.value?.prettyName }),
            ("kernel", { $0.bootingKernel.value?.version }),
            ("agent", { $0.agent.value.map { $0.versionText ?? "of unknown version" } }),
            ("Docker", { $0.docker.value?.label }),
        ]
        let changed = values.compactMap { name, value -> ChangedFact? in
            let (before, after) = (value(facts), value(report.facts))
            return before == after ? nil : ChangedFact(name: name, before: before, after: after)
        }
        return report.compared(
            Comparison(of: report.findings.map(\.printed), since: findings, changedFacts: changed))
    }

    /// Whether this report has a broken rule that the waiver speaks of, whatever its date.
    public func uses(_ waiver: Waiver) -> Bool {
        let outcome = waiver.outcome(among: findings, of: imageName, today: waiver.expires)
        return outcome.kind == .inForce
    }
}
