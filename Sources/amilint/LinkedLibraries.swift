/// Which C libraries read what an image holds, and their versions: what to look for when one of them has a hole.

import CArchive
import CISAL
import CNettle
import CSQLite
import CYAML

/// A C library that this program was linked with.
struct LinkedLibrary {
    let name: String
    /// As the library says it itself; ISA-L, which does not, as its headers do.
    let version: String

    /// All that bytes of an image come to. zlib, zstd and liblzma are those that libarchive has, too.
    static var all: [LinkedLibrary] {
        var parts: (yaml: (Int32, Int32, Int32), isal: [Int32]) = ((0, 0, 0), [])
        unsafe yaml_get_version(&parts.yaml.0, &parts.yaml.1, &parts.yaml.2)
        parts.isal = [ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION]
        return unsafe [
            LinkedLibrary("libarchive", archive_version_string()),
            LinkedLibrary("zlib", archive_zlib_version()),
            LinkedLibrary(name: "ISA-L", version: parts.isal.map { "\($0)" }.joined(separator: ".")),
            LinkedLibrary("zstd", archive_libzstd_version()),
            LinkedLibrary("liblzma", archive_liblzma_version()),
            LinkedLibrary("bzip2", archive_bzlib_version()),
            LinkedLibrary("lz4", archive_liblz4_version()),
            LinkedLibrary("SQLite", sqlite3_libversion()),
            LinkedLibrary(name: "libyaml", version: "\(parts.yaml.0).\(parts.yaml.1).\(parts.yaml.2)"),
            LinkedLibrary(name: "nettle", version: "\(nettle_version_major()).\(nettle_version_minor())"),
        ]
    }
}

extension LinkedLibrary {
    /// What a library says of itself: `1.2.13`, or with words around it, of which the first that begins with a digit counts.
    private init(_ name: String, _ text: UnsafePointer<CChar>?) {
        let said = unsafe text.map { unsafe String(cString: $0) } ?? "not there"
        let number = said.split { $0 == " " || $0 == "," }.first { $0.first?.isNumber ?? false }
        self.init(name: name, version: number.map { String($0) } ?? said)
    }
}
