/// How lines that decide a boot are written anew: of fstab, and of modprobe.d.

import Booting
import ImageReading

extension FileSystemTable.Mount {
    /// The line with other options, all else as it is; nil where not all of it is shown.
    func writing(_ change: ([String]) -> [String]) -> RemedyStep? {
        let text = evidence.text
        guard let number = evidence.line, !text.contains("…") else { return nil }
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count >= 3 else { return nil }
        let options = change(fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : [])
        let written = options.isEmpty ? "defaults" : options.joined(separator: ",")
        let line =
            fields.count > 3
            ? text[..<fields[3].startIndex] + written + text[fields[3].endIndex...]
            : text[..<fields[2].endIndex] + " " + written + text[fields[2].endIndex...]
        // Names of devices and options assign nothing that is secret: passwords are left out of the text before.
        return .edit(evidence.path, .setLine(number: number, text: "\(fileSystem: String(line))"))
    }
}

extension Evidence {
    /// The step that takes a line of modprobe.d away, by which a module is not loaded.
    var loadingAgain: RemedyStep {
        guard let line else { return .sentence("take \(text) off the kernel command line (\(shortPlace))") }
        return .edit(path, .removeLine(number: line))
    }
}

extension RemedyStep {
    /// Whether both write the same line: the second would undo the first.
    func isOfSameLine(as other: RemedyStep) -> Bool {
        guard case .edit(let edit)? = action, case .edit(let second)? = other.action,
            case .setLine(let number, _) = edit.change, case .setLine(let another, _) = second.change
        else { return self == other }
        return edit.path == second.path && number == another
    }
}
