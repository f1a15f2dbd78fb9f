/// A quick look whether a file can have to do with the agent at all, before it is taken apart.

/// Words that files are searched for.
struct Mentions: Sendable {
    /// The words, by the byte that they begin with.
    private let words: [[[UInt8]]]
    /// Whether a word begins with a byte, and for NUL.
    private let isFirst: [Bool]

    init(_ words: [String]) {
        var byFirst = [[[UInt8]]](repeating: [], count: 256)
        for word in words.map({ Array($0.utf8) }) {
            byFirst[Int(word[0])].append(word)
        }
        self.words = byFirst
        isFirst = byFirst.enumerated().map { byte, words in byte == 0 || !words.isEmpty }
    }

    /// Whether any of the words stands in `bytes`, or a NUL, by which the file is no text.
    func areIn(_ bytes: [UInt8]) -> Bool {
        let bytes = bytes.span
        let isFirst = isFirst.span
        for at in bytes.indices where isFirst[Int(bytes[at])] {
            if bytes[at] == 0 { return true }
            for word in words[Int(bytes[at])] where word.count <= bytes.count - at {
                if word.indices.allSatisfy({ word[$0] == bytes[at + $0] }) { return true }
            }
        }
        return false
    }

    /// What every file that runs the agent says somewhere: `amazon-ecs-agent`, `amazon-ecs-init`, `ECS_CLUSTER`.
    static let agent = Mentions(["ecs", "ECS"])
    /// The same, and where scripts of one's own stand, which may run it.
    static let agentOrScript = Mentions(
        ["ecs", "ECS", "/usr/local/", "/opt/", "/root/", "/home/", "/srv/", "/etc/", "/var/", ".sh"])
}
