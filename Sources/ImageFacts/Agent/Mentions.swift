/// A quick look whether a file can have to do with the agent at all, before it is taken apart.

/// Words that files are searched for.
struct Mentions: Sendable {
    /// All words one after the other, and where each of them stands there.
    private let letters: [UInt8]
    private let words: [Range<Int>]
    /// Whether a word begins with a byte, and for NUL.
    private let isFirst: [Bool]

    init(_ words: [String]) {
        var letters: [UInt8] = []
        var isFirst = [Bool](repeating: false, count: 256)
        isFirst[0] = true
        self.words = words.map { word in
            let start = letters.count
            letters += word.utf8
            isFirst[Int(letters[start])] = true
            return start..<letters.count
        }
        self.letters = letters
        self.isFirst = isFirst
    }

    /// Whether any of the words stands in `bytes`, or a NUL, by which the file is no text.
    func areIn(_ bytes: [UInt8]) -> Bool {
        let bytes = bytes.span
        let letters = letters.span
        let isFirst = isFirst.span
        for at in bytes.indices where isFirst[Int(bytes[at])] {
            if bytes[at] == 0 { return true }
            for word in words where letters[word.lowerBound] == bytes[at] && word.count <= bytes.count - at {
                if word.allSatisfy({ letters[$0] == bytes[at + $0 - word.lowerBound] }) { return true }
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
