/// A file of variables that ecs-init hands to the agent: `/etc/ecs/ecs.config` or `/var/lib/ecs/ecs.config`.

public import ImageReading

/// What such a file sets, and the lines of it that do not do what they look like.
public struct AgentConfigFile: Fact {
    /// A line that does nothing, or something else than it seems to.
    public struct OddLine: Codable, Hashable, Sendable {
        /// What is odd about it.
        public let oddity: Oddity
        /// The name it seems to set; nil where there is none that may be shown.
        public let key: String?
        /// The line, its value left out unless the key is one that rules need.
        public let evidence: Evidence
    }

    /// The ways in which a line can mislead.
    public enum Oddity: Codable, Hashable, Sendable {
        /// No `=`: passed over.
        case withoutAssignment
        /// Nothing before the `=`: Docker refuses a variable without a name, and the agent is not started.
        case withoutName
        /// `export` becomes part of the name.
        case export
        /// A blank before the `=` becomes part of the name.
        case blankBeforeAssignment
        /// A byte order mark becomes part of the first name.
        case byteOrderMark
        /// A NUL byte, as text in UTF-16 holds.
        case nul
        /// A variable longer than Linux hands to a program, with which the agent's is not started.
        case tooLong
        /// The quotes become part of the value.
        case quoted
        /// The `#` and what follows it become part of the value.
        case trailingComment
        /// A later line sets the same key and wins.
        case overridden(line: Int)
        /// Neither the agent nor ecs-init reads it.
        case unknownKey(suggestion: String?)
    }

    /// The last setting of each key that rules need, in the order of the lines.
    public let settings: [AgentSetting]
    /// The first of the odd lines, at most `oddLineLimit`.
    public let oddLines: [OddLine]
    /// Whether no line sets anything, or seems to.
    public let isBlank: Bool
    /// How many odd lines there are in all.
    public let oddLineCount: Int

    /// How many odd lines are kept.
    public static let oddLineLimit = 50

    /// The first line without a name before its `=`, with which Docker does not start the agent; nil where there is none.
    public let namelessLine: Evidence?
    /// The first line that is too long for a variable of a program, which Linux then does not start; nil where there is
    /// none.
    public let overlongLine: Evidence?
    /// The first NUL byte, with which nothing is known of what its line sets; nil where there is none.
    public let nulProblem: Problem?

    /// The setting of a key in this file; nil where it has none.
    public func setting(_ key: String) -> AgentSetting? {
        settings.first { $0.key == key }
    }
}

extension AgentConfigFile {
    private static let instance = Want.contents("/var/lib/ecs/ecs.config")
    private static let user = Want.contents("/etc/ecs/ecs.config")
    /// Both files.
    public static let wants: [Want] = [instance, user]

    /// The first ecs-init that reads `/var/lib/ecs/ecs.config`.
    public static let instanceFileSince = ReleaseVersion(1, 25)

    /// `/var/lib/ecs/ecs.config`, which the makers of an image use; the other file overrides it.
    static func observeInstanceFile(in root: RootFilesystem) -> Observation<AgentConfigFile> {
        root[instance].map(AgentConfigFile.init)
    }

    /// `/etc/ecs/ecs.config`, to which user data adds.
    static func observeUserFile(in root: RootFilesystem) -> Observation<AgentConfigFile> {
        root[user].map(AgentConfigFile.init)
    }
}
