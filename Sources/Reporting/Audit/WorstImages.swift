/// Which images a page shows that has no room for all.

import BatchRules

/// Which of the images that are listed are the worst: those that fail first, those with the most failures before others.
struct WorstImages {
    /// How many they are.
    let count: Int
    private let last: Int
    /// How many of those that are as bad as the last one have room.
    private var left: Int

    init(_ audit: Audit, most: Int) throws {
        var counts: [Int: Int] = [:]
        try audit.forEachOutline { counts[Self.rank($0), default: 0] += 1 }
        var room = most
        var last = Int.max
        for (rank, count) in counts.sorted(by: { $0.key < $1.key }) {
            if count > room {
                last = rank
                break
            }
            room -= count
        }
        self.last = last
        left = last == .max ? 0 : room
        count = min(most, counts.values.reduce(0, +))
    }

    /// Whether the next image of the audit is among them.
    mutating func take(_ image: AuditedImage) -> Bool {
        let rank = Self.rank(image)
        if rank != last { return rank < last }
        left -= 1
        return left >= 0
    }

    /// Lower is worse.
    private static func rank(_ image: AuditedImage) -> Int {
        let broken = (image.report?.findings ?? []).count { $0.level == .required && $0.standing == .fail }
        return (ImageStanding.allCases.firstIndex(of: image.standing) ?? 0) * 1000 - min(broken, 999)
    }
}
