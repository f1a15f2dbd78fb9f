/// A quick look whether a file can have to do with the agent at all, before it is taken apart.

/// Words that files are searched for.
struct Mentions: Sendable {
    private let needles: [[UInt8]]
    /// Whether a needle begins with a byte, and for NUL.
    private let isFirst: [Bool]

    init(_ words: [String]) {
        needles = words.map { Array($0.utf8) }
        var isFirst = [Bool](repeating: false, count: 256)
        isFirst[0] = true
        for needle in needles { if let byte = needle.first { isFirst[Int(byte)] = true } }
        self.isFirst = isFirst
    }

    /// Whether any of the words stands in `bytes`, or a NUL, by which the file is no text.
    func areIn(_ bytes: [UInt8]) -> Bool {
        for at in bytes.indices where isFirst[Int(bytes[at])] {
            if bytes[at] == 0 { return true }
            let rest = bytes[at...]
            if needles.contains(where: rest.starts) { return true }
        }
        return false
    }

    /// What every file that runs the agent says somewhere: `amazon-ecs-agent`, `amazon-ecs-init`, `ECS_CLUSTER`.
    static let agent = Mentions(["ecs", "ECS"])
    /// The same, and where scripts of one's own stand, which may run it.
    static let agentOrScript = Mentions(
        ["ecs", "ECS", "/usr/local/", "/opt/", "/root/", "/home/", "/srv/", "/etc/", "/var/", ".sh"])
}
