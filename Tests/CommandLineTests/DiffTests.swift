/// `amilint diff`: two images, or what was saved of them, and what the exit status says of both.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil)) struct DiffTests {
    @Test(
        "the exit status is 0 for the same, 1 for different, 2 where it cannot be told",
        arguments: [
            ("$DEMO/good $DEMO/good.tar.gz", Int32(0), "SAME "),
            ("$DEMO/good $DEMO/bad", 1, "DIFFERENT "),
            ("- $DEMO/good <$DEMO/good.tar.gz", 0, "SAME "),
            ("good.json $DEMO/good", 0, "good.json does not have them"),
            ("good.json bad.json", 1, "awslogs-driver (required): fails now, passes before"),
            ("packages.json $DEMO/good.tar.gz", 0, "no difference found"),
            ("cut cut", 2, "UNDETERMINED "),
            ("good.json earlier.json", 0, "judged at different dates: 2026-11-24 before, 2026-11-23 now"),
        ])
    func status(arguments: String, status: Int32, says: String) throws {
        let outcome = try Workplace().runOnDemo(
            """
            for root in good bad; do $AMILINT check $DEMO/$root --today 2026-11-24 -o json=$root.json; done
            $AMILINT check $DEMO/good --today 2026-11-23 -o json=earlier.json
            $AMILINT inspect $DEMO/good --packages -o json=packages.json
            mkdir -p cut/etc cut/usr cut/var/lib/dpkg && ln -s status cut/var/lib/dpkg/status
            exec $AMILINT diff --today 2026-11-24 \(arguments)
            """)
        #expect(outcome.status == status, "\(outcome.output)\(outcome.error)")
        let words = outcome.output.split { $0.isWhitespace }.joined(separator: " ")
        #expect(words.contains(says.trimmingCharacters(in: .whitespaces)), "\(outcome.output)")
    }

    @Test("packages that dpkg added are named", .enabled(if: isInstalled("dpkg-deb")))
    func packages() throws {
        let outcome = try Workplace().runOnDemo(
            """
            cp -a $DEMO/good next
            mkdir -p new/DEBIAN && cat >new/DEBIAN/control <<'END'
            Package: amilint-added
            Version: 1.2-3
            Architecture: all
            Maintainer: nobody <nobody@example.com>
            Description: one more
            END
            dpkg-deb --build new added.deb >/dev/null
            dpkg --root=next --force-all --log=/dev/null -i added.deb >/dev/null 2>&1 || exit 9
            exec $AMILINT diff $DEMO/good next
            """)
        #expect(outcome.status == 1, "\(outcome.error)")
        #expect(outcome.output.contains("packages added\n    amilint-added 1.2-3 all\n"), "\(outcome.output)")
        #expect(!outcome.output.contains("\nverdicts\n"))
    }

    @Test(
        "what is neither image nor report is named, with status 65",
        arguments: [
            ("missing $DEMO/good", "missing: "), ("broken.json $DEMO/good", "broken.json: a report of"),
            ("old.json $DEMO/good", "old.json: a report of format 1 expected, format 999 found"),
        ])
    func refused(arguments: String, message: String) throws {
        let outcome = try Workplace().runOnDemo(
            """
            echo '{' >broken.json; echo '{"formatVersion": 999}' >old.json
            exec $AMILINT diff \(arguments)
            """)
        #expect(outcome.status == 65 && outcome.output.isEmpty)
        #expect(outcome.error.contains(message), "\(outcome.error)")
    }
}
