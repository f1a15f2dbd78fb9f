/// Keys of AWS accounts that stand in the image: named by place and kind, never kept.

import ByteParsing
public import ImageReading

/// Access keys in the files where people leave them.
public struct BakedCredentials: Fact {
    /// What a key is.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The identifier of a user's key, `AKIA...`.
        case accessKey
        /// The identifier of a temporary key, `ASIA...`.
        case temporaryKey
        /// The secret of a key.
        case secretKey
    }

    /// One line that holds a key.
    public struct Finding: Codable, Hashable, Sendable {
        /// What it is.
        public let kind: Kind
        /// Its line; the text names the kind alone.
        public let evidence: Evidence
    }

    /// In the order of the files, the first of each kind in a file.
    public let findings: [Finding]
    /// A file that may hold some and cannot be read; nil where there is none.
    public let problem: Problem?

    /// Where they are looked for: AWS's own files, what the agent and units are given, cloud-init's settings and what it
    /// left of a former instance, what shells read and remember.
    public static let wants: [Want] =
        [
            "/root/.aws/*", "/home/*/.aws/*", "/etc/ecs/ecs.config", "/var/lib/ecs/ecs.config", "/etc/environment",
            "/etc/profile.d/*", "/etc/sysconfig/*", "/etc/default/*", "/etc/systemd/system/*.service",
            "/etc/systemd/system/*.d/*.conf", "/etc/cloud/cloud.cfg", "/etc/cloud/cloud.cfg.d/*",
            "/var/lib/cloud/instances/*/user-data.txt", "/root/.bashrc", "/root/.bash_profile", "/root/.profile",
            "/home/*/.bashrc", "/home/*/.bash_profile", "/home/*/.profile", "/root/.*_history", "/home/*/.*_history",
        ].map { .contents($0) }

    /// Reads the files; absent where no key stands in any.
    static func observe(in root: RootFilesystem) -> BakedCredentials {
        var findings: [Finding] = []
        var problem: Problem?
        var seen: Set<ImagePath> = []
        for file in wants.flatMap(root.files) {
            switch file {
            case .absent: continue
            case .unreadable(_, let found):
                if found.code != .notRegularFile, !found.isOfLink { problem = problem ?? found }
            case .present(let file, _):
                if seen.insert(file.realPath).inserted { findings += Self.findings(in: file) }
            }
        }
        return BakedCredentials(findings: findings, problem: problem)
    }

    private static func findings(in file: File) -> [Finding] {
        guard mayHoldKeys(file.bytes) else { return [] }
        var findings: [Finding] = []
        for (index, line) in file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            for kind in kinds(in: line) where !findings.contains(where: { $0.kind == kind }) {
                findings.append(Finding(kind: kind, evidence: file.evidence(line: index + 1, kind.name)))
            }
        }
        return findings
    }

    /// Whether `AKIA`, `ASIA` or the name of a secret stands anywhere: hardly any file has one.
    private static func mayHoldKeys(_ bytes: [UInt8]) -> Bool { signs.areIn(bytes) }

    private static let signs = Mentions(["AKIA", "ASIA", "ecret_access_key", "ECRET_ACCESS_KEY"])

    /// The keys in a line that is no comment. AWS's documentation ends its examples in EXAMPLE or EXAMPLEKEY.
    private static func kinds(in line: ArraySlice<UInt8>) -> [Kind] {
        let text = line.drop(while: isBlank)
        guard let first = text.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { return [] }
        let words = text.split { !isKeyCharacter($0) }
        var kinds: [Kind] = []
        for word in words where !word.isExample {
            let parts = word.split { !isUpperOrDigit($0) }
            if let part = parts.first(where: { $0.count == 20 }), part.count == word.count {
                if part.starts(with: "AKIA".utf8) { kinds.append(.accessKey) }
                if part.starts(with: "ASIA".utf8) { kinds.append(.temporaryKey) }
            }
            if word.count == 40, isSecretNamed(in: text[..<word.startIndex]) { kinds.append(.secretKey) }
        }
        return kinds
    }

    /// Whether the name of a secret stands in front of a value.
    private static func isSecretNamed(in text: ArraySlice<UInt8>) -> Bool {
        String(decoding: text, as: UTF8.self).lowercased().contains("secret_access_key")
    }

    private static func isUpperOrDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        isUpperOrDigit(byte) || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || byte == UInt8(ascii: "/")
            || byte == UInt8(ascii: "+")
    }
}

extension BakedCredentials.Kind {
    /// `an access key`: how evidence and messages call it.
    public var name: String {
        switch self {
        case .accessKey: "an access key (AKIA…)"
        case .temporaryKey: "a temporary access key (ASIA…)"
        case .secretKey: "a secret access key"
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether it is one of the keys of AWS's documentation.
    fileprivate var isExample: Bool {
        reversed().starts(with: "EXAMPLE".utf8.reversed()) || reversed().starts(with: "EXAMPLEKEY".utf8.reversed())
    }
}
