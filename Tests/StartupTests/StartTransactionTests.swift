import Foundation
import ImageReading
import TestSupport
import Testing

@testable import Startup

/// Which start jobs a boot may lose, on small literal images and held against systemd itself.
@Suite struct StartTransactionTests {
    private static func transaction(_ units: [String: String]) throws -> StartTransaction {
        var entries = BootingUnits.targets
        for (name, text) in units { entries["/usr/lib/systemd/system/\(name)"] = .text(text) }
        for name in units.keys where name.hasSuffix(".service") {
            entries["/etc/systemd/system/multi-user.target.wants/\(name)"] = .link("../\(name)")
        }
        let startup = try ImageStartup(ofLiteral: entries)
        return StartTransaction(of: StartOrdering(of: startup), in: startup.boot)
    }

    @Test func unitsInARowLoseNothing() throws {
        let found = try Self.transaction(["a.service": "[Unit]\nAfter=b.service\n", "b.service": "[Unit]\n"])
        #expect(found.outcomes.isEmpty && found.edges.isEmpty && found.isComplete)
    }

    @Test func eitherJobOfACycleMayGo() throws {
        let found = try Self.transaction([
            "a.service": "[Unit]\nAfter=b.service\n", "b.service": "[Unit]\nAfter=a.service\n",
        ])
        #expect(found.outcomes == [["a.service"], ["b.service"]])
    }

    @Test func whatTheBootRequiresStays() throws {
        let found = try Self.transaction(["a.service": "[Unit]\nAfter=b.service\n", "b.service": late])
        #expect(found.outcomes == [["a.service"], ["b.service"]])
        #expect(Set(found.edges.map(\.unit)) == ["a.service", "b.service", "multi-user.target"])
    }

    private let late = "[Unit]\nAfter=multi-user.target\n"

    @Test func aUnitAfterTheTargetThatWantsItIsNoCycle() throws {
        #expect(try Self.transaction(["a.service": late]).outcomes.isEmpty)
    }

    @Test func aJobGoesWithTheOneThatItRequires() throws {
        let found = try Self.transaction([
            "a.service": "[Unit]\nAfter=b.service\n", "b.service": "[Unit]\nAfter=a.service\n",
            "c.service": "[Unit]\nRequires=a.service\n",
        ])
        #expect(found.outcomes == [["a.service", "c.service"], ["b.service"]])
    }

    @Test func aConflictTakesTheUnitThatItNames() throws {
        let found = try Self.transaction(["a.service": "[Unit]\nConflicts=b.service\n", "b.service": "[Unit]\n"])
        #expect(found.outcomes == [["b.service"]])
    }

    @Test func aConflictWithWhatDoesNotStartTakesNothing() throws {
        let found = try Self.transaction(["a.service": "[Unit]\nConflicts=rescue.target shutdown.target\n"])
        #expect(found.outcomes.isEmpty)
    }

    @Test func whatDoesNotStartIsInNoCycle() throws {
        let text = "[Unit]\nAfter=gone.service\nBefore=gone.service\n"
        #expect(try Self.transaction(["a.service": text]).outcomes.isEmpty)
    }

    @Test func manyCyclesAreNotFollowedForEver() throws {
        var units: [String: String] = [:]
        for index in 0..<40 {
            units["a\(index).service"] = "[Unit]\nAfter=b\(index).service\n"
            units["b\(index).service"] = "[Unit]\nAfter=a\(index).service\n"
        }
        #expect(try !Self.transaction(units).isComplete)
    }

    /// Each of several runs of systemd deletes jobs by a hash table of its own; none deletes a set that is not foreseen.
    @Test(.enabled(if: SystemdJudge.isInstalled, "systemd is not installed: deleted jobs are not held against it"))
    func systemdDeletesWhatIsForeseen() throws {
        let judge = try SystemdJudge()
        defer { judge.remove() }
        var compared = 0
        var kinds: Set<Set<String>> = []
        for seed in 1...SystemdJudgeTests.rootCount {
            var generator = GeneratedOrder(seed: UInt64(seed))
            let entries = generator.entries()
            let startup = try ImageStartup(ofLiteral: entries)
            let transaction = StartTransaction(of: StartOrdering(of: startup), in: startup.boot)
            guard transaction.isComplete, !transaction.isUnbreakable else { continue }
            let outcomes = transaction.outcomes.isEmpty ? [[]] : transaction.outcomes
            for jobs in try judge.remainingJobs(of: entries, named: "order\(seed)", times: 4) {
                let missing = startup.boot.startedNames.subtracting(jobs)
                #expect(outcomes.contains(missing), "seed \(seed): \(missing.sorted()) of \(outcomes)")
                kinds.insert(missing)
                compared += 1
            }
        }
        print("compared with systemd --test: \(compared) transactions, \(kinds.count) sets of deleted jobs")
        #expect(kinds.count > 3, "the generated roots have hardly a cycle")
    }
}

/// Random units with orders, requirements and conflicts between them.
private struct GeneratedOrder {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    private mutating func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 11) % bound
    }

    mutating func entries() -> [String: LiteralEntry] {
        let directory = "/usr/lib/systemd/system"
        let services = (0..<6).map { "s\($0).service" }
        let targets = ["t0.target", "t1.target"]
        let all = services + targets
        var entries: [String: LiteralEntry] = ["/etc/machine-id": ""]
        for name in ["basic.target", "shutdown.target"] {
            entries["\(directory)/\(name)"] = "[Unit]\nDefaultDependencies=no\n"
        }
        for name in all {
            var text = "[Unit]\n"
            while random(100) < 55 {
                let other = all[random(all.count)]
                switch random(10) {
                case 0...3: text += "After=\(other)\n"
                case 4...5: text += "Before=\(other)\n"
                case 6: text += "Requires=\(other)\n"
                case 7: text += "Wants=\(other)\n"
                case 8: text += name == other || random(3) > 0 ? "" : "Conflicts=\(other)\n"
                default: text += "After=default.target\n"
                }
            }
            if random(5) == 0 { text += "DefaultDependencies=no\n" }
            if name.hasSuffix(".service") { text += "[Service]\nExecStart=/bin/true\n" }
            entries["\(directory)/\(name)"] = .text(text)
        }
        // Only a target that may be isolated starts as a boot does, which collects no garbage.
        var text = "[Unit]\nAllowIsolate=yes\nRequires=basic.target\nAfter=basic.target\n"
        for name in all where random(100) < 70 { text += "\(random(8) == 0 ? "Requires" : "Wants")=\(name)\n" }
        entries["\(directory)/default.target"] = .text(text)
        return entries
    }
}
