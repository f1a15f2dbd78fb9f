import ByteParsing
import Foundation
import PackageDatabases
import TestSupport
import Testing

/// Damaged databases: an answer that is the whole, or an error; never a shorter list, a trap or a long wait.
struct RPMDatabaseDamageTests {
    private static let flips = 2_000
    /// Far above what any case takes, also on a busy machine.
    private static let limit = Duration.seconds(20)

    private func sample(_ format: RPMDatabaseFormat) throws -> [UInt8] {
        try TestData.bytes(TestData.url("rpm/sample/" + format.fileName))
    }

    @Test(arguments: RPMDatabaseFormat.allCases)
    func `a file cut at any page, and anywhere in its first page, is an error`(format: RPMDatabaseFormat) throws {
        let bytes = try sample(format)
        // The samples' pages have 512, 1,024 and 4,096 bytes; a blob of NDB may end anywhere.
        let cuts = Array(stride(from: 512, to: bytes.count, by: 512)) + Array(0..<512)
        for cut in cuts {
            let error = #expect(throws: FormatError.self, "cut at \(cut)") { try format.packages(Array(bytes[..<cut])) }
            #expect(error?.reason.isEmpty == false)
        }
        print("damage: \(format.rawValue): \(cuts.count) cuts, each an error")
    }

    @Test(arguments: RPMDatabaseFormat.allCases)
    func `2,000 flipped bits give the same list or an error`(format: RPMDatabaseFormat) throws {
        let tally = try flips(of: sample(format), format, count: Self.flips, dense: 12_288)
        print("damage: \(format.rawValue): \(Self.flips) flips: \(tally)")
        #expect(tally.errors > 100)
    }

    @Test(arguments: RPMDatabaseFormat.allCases)
    func `pages of zeros, and pages of another place, give the whole list or an error`(
        format: RPMDatabaseFormat
    ) throws {
        let bytes = try sample(format)
        let whole = try format.packages(bytes).packages
        var errors = 0
        var same = 0
        for start in stride(from: 0, to: bytes.count, by: 512) {
            let range = start..<min(start + 512, bytes.count)
            var zeroed = bytes
            zeroed.replaceSubrange(range, with: repeatElement(0, count: range.count))
            var moved = bytes
            let other = (start + bytes.count / 2) / 512 * 512 % (bytes.count / 512 * 512)
            moved.replaceSubrange(range, with: bytes[other..<other + range.count])
            for damaged in [zeroed, moved] {
                do throws(FormatError) {
                    let packages = try format.packages(damaged).packages
                    #expect(packages == whole, "page at \(start): another list")
                    same += 1
                } catch {
                    errors += 1
                }
            }
        }
        print("damage: \(format.rawValue): \(same + errors) damaged pages: \(same) the same list, \(errors) errors")
    }

    @Test(arguments: RPMDatabaseFormat.allCases)
    func `another format, text and noise are errors`(format: RPMDatabaseFormat) throws {
        var generator = SeededGenerator(seed: 5)
        let noise = (0..<10_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let others = try RPMDatabaseFormat.allCases.filter { $0 != format }.map(sample)
        for bytes in others + [noise, Array("not a database\n".utf8), [UInt8](repeating: 0, count: 8192)] {
            #expect(throws: FormatError.self) { try format.packages(bytes) }
        }
    }

    @Test(
        .enabled(
            if: TestData.shared("corpus/rpmdb") != nil, "no shared/corpus/rpmdb: real databases are NOT damaged"))
    func `real databases with flipped bits give the same list or an error`() throws {
        let files: [(RPMDatabaseFormat, String)] = [
            (.berkeleyDB, "libuuid-bdb/Packages"), (.ndb, "sle15-bci/Packages.db"),
            (.sqlite, "cbl-mariner-2.0/rpmdb.sqlite"),
        ]
        for (format, path) in files {
            let bytes = try TestData.bytes(#require(TestData.shared("corpus/rpmdb/" + path)))
            let tally = try flips(of: bytes, format, count: 200, dense: 8192)
            print("damage: \(path): 200 flips: \(tally)")
            #expect(tally.errors > 20)
        }
    }

    private struct Tally: CustomStringConvertible {
        var same = 0
        var errors = 0
        var slowest = Duration.zero

        var description: String { "\(same) the same list, \(errors) errors, no other list; slowest \(slowest)" }
    }

    /// Reads `bytes` with one bit flipped at a time, half of them where structure is dense: in the first `dense` bytes.
    private func flips(
        of bytes: [UInt8], _ format: RPMDatabaseFormat, count: Int, dense: Int
    ) throws -> Tally {
        let whole = try format.packages(bytes).packages
        var generator = SeededGenerator(seed: 4)
        var damaged = bytes
        var tally = Tally()
        for flip in 0..<count {
            let end = flip.isMultiple(of: 2) ? bytes.count : min(bytes.count, dense)
            let place = Int.random(in: 0..<end, using: &generator)
            let bit: UInt8 = 1 << Int.random(in: 0..<8, using: &generator)
            damaged[place] ^= bit
            let clock = ContinuousClock()
            let start = clock.now
            do throws(FormatError) {
                let packages = try format.packages(damaged).packages
                #expect(packages == whole, "flip of \(bit) at \(place): another list")
                tally.same += 1
            } catch {
                tally.errors += 1
            }
            tally.slowest = max(tally.slowest, clock.now - start)
            damaged[place] ^= bit
        }
        #expect(tally.slowest < Self.limit)
        return tally
    }
}
