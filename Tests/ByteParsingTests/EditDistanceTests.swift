/// Edits are counted as Levenshtein counts them, in both directions.

import ByteParsing
import Testing

@Suite struct EditDistanceTests {
    @Test(
        "insertions, deletions and replacements count one each, whichever name comes first",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("same", "same", 0), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
            ("ab", "ba", 2), ("ECS_CLUSTER", "ECS_CLUSTERS", 1), ("a", "\u{e4}", 2),
        ])
    func distance(a: String, b: String, edits: Int) {
        #expect(editDistance(a, b) == edits)
        #expect(editDistance(b, a) == edits)
    }
}
