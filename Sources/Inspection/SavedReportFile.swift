/// Reading reports that were saved in files.

import Glibc
public import Reporting

extension SavedReport {
    /// Reads the JSON report in the file at `path` of this machine, of at most 256 MB.
    public init(file path: String) throws(SettingsError) {
        try self.init(report: try settingsFile(at: path, upTo: 256 << 20))
    }

    /// The report at `path`; nil where something else stands there: a directory, an archive, nothing.
    ///
    /// A regular file that begins as a JSON object does and has no NUL in its first 512 bytes, as every archive has, is
    /// meant as a report; what is wrong with it is said.
    public static func ifSaved(at path: String) throws(SettingsError) -> SavedReport? {
        isText(at: path) ? try SavedReport(file: path) : nil
    }

    private static func isText(at path: String) -> Bool {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        let head = unsafe withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            unsafe Array(buffer[..<max(0, read(file, buffer.baseAddress, buffer.count))])
        }
        let blanks = " \t\r\n".utf8
        return head.first { !blanks.contains($0) } == UInt8(ascii: "{") && !head.contains(0)
    }

    fileprivate init(report bytes: [UInt8]) throws(SettingsError) {
        do {
            try self.init(bytes)
        } catch SavedReportError.format(let format) {
            throw SettingsError(
                "a report of format \(Version.format) expected, format \(format) found; write it again with this version"
            )
        } catch {
            throw SettingsError("a report of 'amilint check -o json' expected, something else found")
        }
    }
}

extension FormerReport {
    /// Reads the JSON report in the file at `path` of this machine, of at most 256 MB.
    public init(file path: String) throws(SettingsError) {
        try self.init(try settingsFile(at: path, upTo: 256 << 20))
    }

    /// Reads a JSON report. Throws where it is none, where it was written by a version with another format, and where
    /// it holds facts alone.
    public init(_ bytes: [UInt8]) throws(SettingsError) {
        guard let report = try SavedReport(report: bytes).report else {
            throw SettingsError("a report of 'amilint check -o json' expected, facts without findings found")
        }
        self.init(report)
    }
}
