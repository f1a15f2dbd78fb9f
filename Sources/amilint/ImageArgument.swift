/// Opening what the command line names.

import BatchRules
import Glibc
import ImageReading
import Inspection
import Reporting

extension ReportOptions {
    /// Reads the image that `source` names; shows progress on a terminal.
    func reading<T>(
        _ source: String,
        _ choice: DiskChoice,
        _ read: (any ImageSource) throws(ImageError) -> T
    ) throws(Stop) -> T {
        if source == "-", isatty(STDIN_FILENO) == 1 {
            throw Stop(.usage, "an archive on standard input expected, a terminal found")
        }
        let progress =
            !quiet && isTerminal(STDERR_FILENO) ? ProgressLine(source == "-" ? "standard input" : inert(source)) : nil
        defer { progress?.end() }
        var report: Progress?
        if let progress { report = { progress.update($0) } }
        do throws(ImageError) {
            return try read(openImage(at: source, choice: choice, progress: report))
        } catch {
            progress?.end()
            throw Stop(.unreadableImage, error.description)
        }
    }
}
