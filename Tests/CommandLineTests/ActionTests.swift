/// The action for GitHub: held against the vendor's schema, and its work done here as a runner does it.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil)) struct ActionTests {
    private static let action = testdata.appending(path: "../.github/actions/amilint").standardizedFileURL.path

    @Test("it is what the vendor's schema says", .enabled(if: isInstalled("check-jsonschema")))
    func schema() throws {
        let outcome = try Workplace().run(
            "exec check-jsonschema --builtin-schema vendor.github-actions \(Self.action)/action.yml")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
    }

    /// The checksum that is given, the image, and what the status and the reports are.
    static let runs: [(sha256: String, image: String, status: Int32, reports: Bool, says: String)] = [
        ("$right", "good", 0, true, ""), ("$right", "bad", 1, true, ""), ("$right", "missing", 65, false, ""),
        ("${right//[0-9]/0}", "good", 65, false, "it is not run"), ("", "good", 64, false, "SHA256SUMS of the release"),
        ("../$right", "good", 64, false, "SHA256SUMS"),
    ]

    @Test("it runs what has the checksum that was given, and nothing else", arguments: runs)
    func check(sha256: String, image: String, status: Int32, reports: Bool, says: String) throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            name=amilint-9.8.7-linux-$(uname -m)
            mkdir -p served/9.8.7 temporary
            printf '#!/bin/sh\\nexec "%s" "$@"\\n' "$AMILINT" >served/9.8.7/$name
            right=$(sha256sum <served/9.8.7/$name | cut -d' ' -f1)
            cat >serve.py <<'END'
            import functools, http.server, os, subprocess, sys, threading
            class Quiet(http.server.SimpleHTTPRequestHandler):
                def log_message(self, *_): pass
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory="served"))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            os.environ["BASE_URL"] = f"http://127.0.0.1:{server.server_port}/"
            sys.exit(subprocess.run(sys.argv[1:]).returncode)
            END
            export IMAGE=$DEMO/\(image) ARGUMENTS='--fail-on required --no-policy' VERSION=9.8.7 SHA256=\(sha256)
            export RUNNER_TEMP=$PWD/temporary GITHUB_OUTPUT=$PWD/output GITHUB_STEP_SUMMARY=$PWD/summary
            exec python3 serve.py \(Self.action)/check.sh
            """)
        #expect(outcome.status == status, "\(outcome)")
        #expect(says.isEmpty || outcome.output.contains(says), "\(outcome)")
        let written = try? String(contentsOf: work.url.appending(path: "output"), encoding: .utf8)
        let summary = try? String(contentsOf: work.url.appending(path: "summary"), encoding: .utf8)
        #expect((written?.contains("sarif=") ?? false) == reports && (summary?.contains("amilint") ?? false) == reports)
        // A program whose checksum is another one does not stay.
        let program = work.url.appending(path: "temporary/amilint-9.8.7/amilint").path
        #expect(FileManager.default.fileExists(atPath: program) == (status <= 1 || image == "missing"))
    }
}
