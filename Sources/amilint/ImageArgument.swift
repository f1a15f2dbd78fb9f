/// Opening what the command line names.

import BatchRules
import Glibc
import ImageReading
import Inspection
import Reporting

/// Opens the image that `source` names.
func opened(_ source: String, _ choice: DiskChoice) throws(Stop) -> ImageFiles {
    if source == "-", isatty(STDIN_FILENO) == 1 {
        throw Stop(.usage, "an archive on standard input expected, a terminal found")
    }
    do throws(ImageError) {
        return try ImageFiles(at: source, choice: choice)
    } catch {
        throw Stop(.unreadableImage, error.description)
    }
}

extension ReportOptions {
    /// Reads the image that `source` names, of which `files` are open; shows progress on a terminal.
    func reading<T>(
        _ source: String,
        _ files: ImageFiles,
        _ read: (any ImageSource) throws(ImageError) -> T
    ) throws(Stop) -> T {
        let progress =
            !quiet && isTerminal(STDERR_FILENO) ? ProgressLine(source == "-" ? "standard input" : inert(source)) : nil
        defer { progress?.end() }
        var report: Progress?
        if let progress { report = { progress.update($0) } }
        do throws(ImageError) {
            return try read(files.image(progress: report))
        } catch {
            progress?.end()
            throw Stop(.unreadableImage, error.description)
        }
    }
}
