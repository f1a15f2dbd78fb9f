/// A mistyped name is answered with the one that was meant.

import BatchRules
import Inspection
import Testing

@Suite struct NearestTests {
    @Test(
        "the nearest rule is found, and none where none is near",
        arguments: [
            ("kernel-versin", "kernel-version"), ("awslog-driver", "awslogs-driver"), ("cloudinit", "cloud-init"),
            ("docker", "docker-version"), ("ecs-agnet", "ecs-agent"), ("completely-different", nil), ("", nil),
            ("x", nil),
        ] as [(String, String?)])
    func finds(word: String, expected: String?) {
        #expect(nearest(word, among: RuleCatalog.batch.rules.map(\.id)) == expected)
    }
}
