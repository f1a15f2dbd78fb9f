import PackageDatabases
import TestSupport
import Testing

struct PackageVersionTests {
    @Test(
        arguments: [
            ("25.0.16-1.amzn2023.0.4", nil, "25.0.16", "1.amzn2023.0.4"),
            ("5:27.3.1-1~ubuntu.22.04~jammy", 5, "27.3.1", "1~ubuntu.22.04~jammy"),
            ("20.10.24+dfsg1-1+deb12u1", nil, "20.10.24+dfsg1", "1+deb12u1"),
            ("1:2:3-4-5", 1, "2:3-4", "5"), ("v1.27.0.0", nil, "v1.27.0.0", nil), ("a:1", nil, "a:1", nil),
            ("0:1", 0, "1", nil), ("-1:2", nil, "", "1:2"),
            ("99999999999999999999:1", nil, "99999999999999999999:1", nil),
            ("", nil, "", nil),
        ] as [(String, Int?, String, String?)])
    func `a version comes apart and is written as before`(text: String, epoch: Int?, version: String, release: String?)
    {
        let parts = PackageVersion(text)
        #expect(parts == PackageVersion(epoch: epoch, version: version, release: release))
        #expect(parts.description == text)
    }

    @Test(arguments: [
        ("1.0", "1.0", VersionOrder.same), ("1.0", "1.1", .older), ("1.10", "1.9", .newer), ("1.0~rc1", "1.0", .older),
        ("1.0^git1", "1.0", .newer), ("1.0^git1", "1.0.1", .older), ("1.0", "1.0.0", .older), ("1.0a", "1.0", .newer),
        ("1.0a", "1.0.1", .older), ("2.0", "1:1.0", .older), ("01", "1", .same), ("1_0", "1.0", .same),
        ("1-1", "1", .newer), ("0:1", "1", .same),
    ])
    func `rpm's order`(a: String, b: String, order: VersionOrder) {
        #expect(PackageVersion(a).order(against: PackageVersion(b), by: .rpm) == order)
    }

    @Test(arguments: [
        ("1.0", "1.0", VersionOrder.same), ("1.10", "1.9", .newer), ("1.0~rc1", "1.0", .older), ("1.0-0", "1.0", .same),
        ("1.0+b1", "1.0", .newer), ("1.0a", "1.0+", .older), ("2.0", "1:1.0", .older), ("1.0-1~", "1.0-1", .older),
        ("1.0.0", "1.0", .newer), ("0:1", "1", .same), ("1.0^", "1.0a", .newer),
    ])
    func `dpkg's order`(a: String, b: String, order: VersionOrder) {
        #expect(PackageVersion(a).order(against: PackageVersion(b), by: .dpkg) == order)
    }

    @Test(.enabled(if: Tool.exists("rpm"), "rpm is not installed: its order is NOT compared"))
    func `10,000 generated pairs are ordered as rpm orders them`() throws {
        let pairs = generatedPairs(10_000, characters: "0011299abAZ..~~^^+_")
        let script =
            #"%{lua:for line in io.lines("/dev/stdin") do local blank = line:find(" ") "#
            + #"print(rpm.vercmp(line:sub(1, blank - 1), line:sub(blank + 1)) .. "\n") end}"#
        let input = pairs.map { "\($0.0) \($0.1)\n" }.joined()
        let answers = try Tool.output("rpm", ["--eval", script], input: input).split(separator: "\n").map(String.init)
        try #require(answers.count == pairs.count)
        var counts: [String: Int] = [:]
        for ((a, b), answer) in zip(pairs, answers) {
            counts[answer, default: 0] += 1
            let order = PackageVersion(a).order(against: PackageVersion(b), by: .rpm)
            #expect(order == (answer == "-1" ? .older : answer == "1" ? .newer : .same), "\(a) against \(b)")
        }
        print("rpm order: \(pairs.count) pairs compared with rpm, answers \(counts)")
        #expect(counts.count == 3)
    }

    @Test(.enabled(if: Tool.exists("dpkg"), "dpkg is not installed: its order is NOT compared"))
    func `10,000 generated pairs are ordered as dpkg orders them`() throws {
        let pairs = generatedPairs(10_000, characters: "0011299abAZ..~~++")
        // dpkg is asked for what was worked out here; only the true one of lt, eq and gt gives status 0.
        let input = pairs.map { a, b in
            switch PackageVersion(a).order(against: PackageVersion(b), by: .dpkg) {
            case .older: "\(a) lt \(b)\n"
            case .same: "\(a) eq \(b)\n"
            case .newer: "\(a) gt \(b)\n"
            }
        }.joined()
        let script = #"while read a o b; do dpkg --compare-versions "$a" "$o" "$b" || echo "$a $o $b"; done; echo end"#
        let output = try Tool.output("sh", ["-c", script + " 2>&1"], input: input)
        print("dpkg order: \(pairs.count) pairs compared with dpkg")
        #expect(output == "end\n")
    }

    /// Versions that differ little, so that every branch of an order is taken.
    private func generatedPairs(_ count: Int, characters: String) -> [(String, String)] {
        var generator = SeededGenerator(seed: 1)
        let characters = Array(characters)
        func version() -> [Character] {
            // dpkg insists on a digit first.
            ["1"]
                + (0..<Int.random(in: 0...7, using: &generator)).map { _ in
                    characters.randomElement(using: &generator) ?? "0"
                }
        }
        func whole(_ version: [Character], _ release: [Character]?, _ epoch: Int?) -> String {
            (epoch.map { "\($0):" } ?? "") + String(version) + (release.map { "-" + String($0) } ?? "")
        }
        return (0..<count).map { _ in
            let first = version()
            var second = Bool.random(using: &generator) ? first : version()
            if !second.isEmpty, Bool.random(using: &generator) {
                let place = Int.random(in: 0..<second.count, using: &generator)
                if place > 0 { second[place] = characters.randomElement(using: &generator) ?? "0" }
            }
            let release = Int.random(in: 0..<3, using: &generator) == 0 ? nil : version()
            let other = Bool.random(using: &generator) ? release : version()
            let epochs: [Int?] = [nil, nil, nil, 0, 1, 2]
            let epoch = epochs.randomElement(using: &generator) ?? nil
            let otherEpoch = Bool.random(using: &generator) ? epoch : epochs.randomElement(using: &generator) ?? nil
            return (whole(first, release, epoch), whole(second, other, otherEpoch))
        }
    }
}
