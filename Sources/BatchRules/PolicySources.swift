/// Where a policy comes from, so that a report can name what weakened it.

/// The files and options that a policy was made of; it decides no finding.
public struct PolicySources: Codable, Hashable, Sendable {
    /// A file that was read, as it was then.
    public struct File: Codable, Hashable, Sendable {
        /// As it was named, or found.
        public let path: String
        /// Of its bytes, in lower-case hexadecimal digits.
        public let sha256: String

        /// A file of these bytes.
        public init(path: String, sha256: String) {
            self.path = path
            self.sha256 = sha256
        }
    }

    /// The policy file; nil where there is none.
    public let file: File?
    /// Files of release data, in the order in which they count.
    public let releaseData: [File]
    /// Whether the date was given, and is not the clock's.
    public let isDateGiven: Bool
    /// Ids of rules that options of the command line leave out.
    public let leftOut: [String]

    /// What a policy was made of; without arguments, of nothing but what is built in.
    public init(file: File? = nil, releaseData: [File] = [], isDateGiven: Bool = false, leftOut: [String] = []) {
        self.file = file
        self.releaseData = releaseData
        self.isDateGiven = isDateGiven
        self.leftOut = leftOut
    }
}
