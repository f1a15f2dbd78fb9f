/// The file systems that the image mounts at boot (fstab(5)).

import ByteParsing
package import ImageReading

/// The lines of /etc/fstab.
package struct Fstab {
    /// One file system and where it is mounted.
    package struct Line: Hashable, Sendable {
        /// A device's path, `UUID=`, `LABEL=` or the like, as it is written.
        package let device: String
        /// Where it is mounted; `none` and the like as the path of that name.
        package let mountPoint: ImagePath
        /// `ext4`, `xfs`, `vfat`.
        package let type: String
        /// `defaults`, `nofail`, `noexec`: the fourth field, split at commas; none where it is left out.
        package let options: [String]
        /// The line, and what it says.
        package let evidence: Evidence
    }

    /// The file.
    package static let want = Want.contents("/etc/fstab")

    /// In the order of the file; comments, and lines of fewer than three fields, are none.
    package let lines: [Line]

    /// Reads it; unreadable where it is there and no text.
    package static func observe(in root: RootFilesystem) -> Observation<Fstab> {
        root[want].parsed { file throws(FormatError) in
            Fstab(
                lines: try file.lines().compactMap { line in
                    let fields = line.text.split { $0 == " " || $0 == "\t" }
                    guard fields.count >= 3, !fields[0].hasPrefix("#") else { return nil }
                    return Line(
                        device: String(fields[0]), mountPoint: ImagePath(fields[1]), type: String(fields[2]),
                        options: fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : [],
                        evidence: file.evidence(line: line.number, line.text))
                })
        }
    }
}
