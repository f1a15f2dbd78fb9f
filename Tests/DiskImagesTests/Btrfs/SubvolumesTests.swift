/// What the options of a mount name, by rows.

import DiskImages
import Testing

struct SubvolumesTests {
    private static let subvolumes = Subvolumes(
        all: [
            Subvolumes.Subvolume(number: 5, path: ""), Subvolumes.Subvolume(number: 256, path: "@"),
            Subvolumes.Subvolume(number: 257, path: "@/var"),
        ], defaultNumber: 256)

    /// Options, and the number of what is mounted; nil where nothing is.
    static let rows: [(options: [String], number: UInt64?)] = [
        ([], 256), (["defaults", "compress=zstd:1"], 256), (["subvol=@"], 256), (["subvol=/@"], 256),
        (["subvol=@/var"], 257), (["subvol=//@/./var/"], 257), (["subvol=@/var/../"], 256), (["subvol=/"], 5),
        (["subvol="], 5), (["subvolid=5"], 5), (["subvolid=0"], 5), (["subvolid=257"], 257), (["subvolid=0x101"], 257),
        (["subvolid=0401"], 257), (["subvol=@", "subvol=@/var"], 257), (["subvolid=5", "subvolid=256"], 256),
        (["subvol=@", "subvolid=256"], 256), (["subvolid=256", "subvol=@/var"], nil), (["subvol=var"], nil),
        (["subvol=@/var/log"], nil), (["subvolid=258"], nil), (["subvolid=x"], nil), (["subvolid="], nil),
        (["subvolid=-1"], nil), (["subvolid=99999999999999999999"], nil),
    ]

    @Test(arguments: rows.indices) func optionsNameOneOrNone(_ index: Int) {
        let (options, number) = Self.rows[index]
        switch Self.subvolumes.answer(to: options) {
        case .subvolume(let found): #expect(found.number == number, "\(options)")
        case .refused(let reason): #expect(number == nil && !reason.isEmpty, "\(options): \(reason)")
        case .unknown(let reason): Issue.record("\(options): \(reason)")
        }
    }

    @Test func aPathThatIsNotKnownMayBeTheOne() {
        let subvolumes = Subvolumes(
            all: [Subvolumes.Subvolume(number: 256, path: nil)], defaultNumber: 5)
        guard case .unknown = subvolumes.answer(to: ["subvol=@"]) else {
            Issue.record("a subvolume without a path is taken for another")
            return
        }
    }
}
