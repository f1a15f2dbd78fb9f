/// Reading former audits from files.

public import Reporting

extension FormerAudit {
    /// Reads the file of the format jsonl at `path` of this machine. Throws where it cannot be read or holds something
    /// else.
    public init(file path: String) throws(MergeError) {
        let merged = try MergedAudit(files: [path])
        do {
            try self.init(merged.lines, missing: merged.scope.missing)
        } catch {
            throw MergeError(description: "\(path): lines of 'amilint audit -o jsonl' expected, something else found")
        }
    }
}
