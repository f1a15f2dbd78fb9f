/// Files that the command line names for settings: metadata, policies, former reports, release data.

import ByteParsing
import Glibc

/// Why a file of settings is not what it must be.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what was found, lower case, without the file's name.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The bytes of a file of this machine, of at most `limit` bytes.
func settingsFile(at path: String, upTo limit: Int = 16 << 20) throws(SettingsError) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SettingsError(systemText(errno)) }
    defer { close(file) }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
        let count = unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            let count = unsafe read(file, buffer.baseAddress, buffer.count)
            if count > 0 { unsafe bytes += buffer[..<count] }
            return count
        }
        if count == 0 { return bytes }
        if count < 0, errno != EINTR { throw SettingsError(systemText(errno)) }
    }
    throw SettingsError("at most \(limit) bytes expected, more found")
}

/// The digest that reports name a file of settings by, in lower-case hexadecimal digits.
func sha256(of bytes: [UInt8]) -> String {
    var digest = SHA256()
    digest.add(bytes.span)
    return digest.digest().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
