/// Reading former reports from files.

import BatchRules
import FoundationEssentials
import ImageFacts
public import Reporting

extension FormerReport {
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
            self.init(
                imageName: content.image.name, findings: content.findings, keyFacts: KeyFacts(content.facts))
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError("a report of 'amilint check -o json' expected, something else found")
        }
    }
}
