/// An audit of many images, held to account by scripts that watch it from outside: see testdata/scripts/audit-checks.

import Foundation
import Testing

@Suite(
    .enabled(
        if: demoRoots != nil
            && ["python3", "igzip", "zstd", "xz", "sfdisk", "mke2fs", "qemu-img"]
                .allSatisfy(isInstalled)
    ))
struct ManyImagesTests {
    @Test(
        "an audit says the same however it is run, stopped and shared, and leaves nothing behind",
        arguments: [
            "jobs", "broken", "nothing-left", "killed", "second-run", "two-at-once", "shards", "interrupted", "orphans",
        ])
    func check(name: String) throws {
        let outcome = try Workplace().runOnDemo(
            """
            export TMPDIR=$PWD
            $TESTDATA/scripts/make-audit-images --small 48 images $DEMO/good
            exec python3 -B $TESTDATA/scripts/audit-checks $AMILINT images --rounds 4 --only \(name)
            """)
        #expect(outcome.status == 0 && outcome.output.hasPrefix("ok     \(name) "), "\(outcome.output)\(outcome.error)")
    }
}
