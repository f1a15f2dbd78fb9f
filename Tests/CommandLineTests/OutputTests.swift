/// Where reports go: standard output, files written whole or not at all, and what is said when that is not possible.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil)) struct OutputTests {
    @Test("any number of reports in one run; files alone leave standard output empty")
    func several() throws {
        let work = try Workplace()
        let both = try work.runOnDemo("exec $AMILINT check $DEMO/bad -o json=report.json -o text")
        #expect(both.output.contains("bad"))
        #expect(try work.names() == ["report.json"])
        let files = try work.runOnDemo("exec $AMILINT check $DEMO/bad -o json=again.json -o text=report.txt")
        #expect(files.output.isEmpty && files.error.isEmpty)
        #expect(try work.run("cmp report.json again.json").status == 0)
        #expect(try work.run("cat report.txt").output == both.output)
        #expect(both.status == files.status)
    }

    @Test("every JSON report is what the schema says", .enabled(if: hasJSONSchema))
    func schema() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            printf 'waivers:\n  - {rule: docker-config, reason: known, expires: 2099-01-01}\n' >policy.yml
            printf '  - {rule: cloud-init, reason: none, expires: 2020-01-01, accepted-by: me}\n' >>policy.yml
            for root in good bad good.tar.gz bad.tar.gz; do
                $AMILINT check $DEMO/$root -o json=check-$root.json
                $AMILINT inspect $DEMO/$root -o json=inspect-$root.json
                $AMILINT inspect $DEMO/$root --packages -o json=packages-$root.json
            done
            mkdir -p cut/etc cut/var/lib/rpm && head -c 20000 $TESTDATA/rpm/sample/rpmdb.sqlite >cut/var/lib/rpm/rpmdb.sqlite
            $AMILINT inspect cut --packages -o json=packages-cut.json
            $AMILINT check $DEMO/good --only ecs-agent -o json=one.json
            $AMILINT check $DEMO/bad --baseline check-good.json --policy policy.yml -o json=policy.json
            $AMILINT check $DEMO/good --multi-node --fail-on none -o json=multi.json
            exec $TESTDATA/scripts/validate.py $TESTDATA/schema/report.schema.json *.json
            """)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
        #expect(try work.names().count == 18)
    }

    @Test("the same image gives the same bytes, whatever the time, place, locale and terminal")
    func repeatable() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            cd $DEMO
            $AMILINT check bad --today 2026-11-24 -o json=$OLDPWD/1
            LC_ALL=C TZ=Asia/Tokyo HOME=/nonexistent $AMILINT check bad --today 2026-11-24 -o json=$OLDPWD/2
            env -i $AMILINT check bad --today 2026-11-24 -o json >$OLDPWD/3
            cd $OLDPWD && cmp 1 2 && cmp 1 3 && ! grep -q "$DEMO" 1
            """)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
    }

    @Test("a report that cannot be written is 74, the others are whole, and nothing partial is left")
    func unwritable() throws {
        let work = try Workplace()
        // Without capabilities root too is bound by permissions.
        let outcome = try work.runOnDemo(
            """
            mkdir locked && chmod 555 locked
            $(type -P setpriv) --bounding-set -all --inh-caps -all \\
                $AMILINT check $DEMO/bad -o json=one.json -o text=two.txt -o json=locked/three.json
            status=$?
            ls -A locked
            exit $status
            """)
        print("read-only target: status \(outcome.status), \(outcome.error)", terminator: "")
        #expect(outcome.status == 74)
        #expect(outcome.error == "amilint: locked/three.json: cannot be written: Permission denied\n")
        #expect(outcome.output.isEmpty)
        #expect(try work.names() == ["locked", "one.json", "two.txt"])
        let whole = try work.runOnDemo("$AMILINT check $DEMO/bad -o json | cmp - one.json && tail -c 2 one.json")
        #expect(whole.status == 0 && whole.output == "}\n", "\(whole.error)")
    }

    @Test(
        "a full disk is 74 and leaves nothing behind",
        arguments: [
            (
                "ulimit -f 1; $AMILINT check $DEMO/bad -o json=report.json",
                "report.json: cannot be written: File too large"
            ),
            ("$AMILINT check $DEMO/bad -o json=/dev/full", "/dev/full: cannot be written: No space left on device"),
            (
                "$AMILINT check $DEMO/bad -o json >/dev/full",
                "standard output: cannot be written: No space left on device"
            ),
            ("$AMILINT rules >/dev/full", "standard output: cannot be written: No space left on device"),
            (
                "$AMILINT check $DEMO/bad -o json=no/such/directory",
                "no/such/directory: cannot be written: No such file"
            ),
            ("$AMILINT check $DEMO/bad -o json=/etc", "/etc: cannot be written: Is a directory"),
        ])
    func full(script: String, message: String) throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(script)
        print("\(script): status \(outcome.status), \(outcome.error)", terminator: "")
        #expect(outcome.status == 74)
        #expect(outcome.error.hasPrefix("amilint: \(message)"), "\(outcome.error)")
        #expect(try work.names().isEmpty)
    }

    @Test(
        "a full or read-only file system costs only the report that was to go there, and no part of it is left",
        .enabled(if: canMount), arguments: [("size=16k", "No space left on device"), ("ro", "Read-only file system")])
    func mounted(option: String, message: String) throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            mkdir disk && exec unshare --user --map-root-user --mount bash -c '
                mount -t tmpfs -o $OPTION tmpfs disk || exit 9
                $AMILINT check $DEMO/bad -o json=one.json -o text=two.txt -o sarif=disk/three.sarif
                status=$?
                ls -A disk
                exit $status'
            """, environment: ["OPTION": option])
        print("tmpfs, \(option): status \(outcome.status), \(outcome.error)", terminator: "")
        #expect(outcome.status == 74)
        #expect(outcome.error == "amilint: disk/three.sarif: cannot be written: \(message)\n")
        #expect(outcome.output.isEmpty)
        #expect(try work.names() == ["disk", "one.json", "two.txt"])
        let whole = try work.runOnDemo(
            "$AMILINT check $DEMO/bad -o json | cmp - one.json && $AMILINT check $DEMO/bad -o text | cmp - two.txt")
        #expect(whole.status == 0, "\(whole.output)\(whole.error)")
    }

    @Test("a former report stays where the new one cannot be written")
    func keepsOld() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            "echo old >report.json; (ulimit -f 1; $AMILINT check $DEMO/bad -o json=report.json); cat report.json; ls -A"
        )
        #expect(outcome.output == "old\nreport.json\n")
    }

    @Test(
        "a reader who left ends it quietly",
        arguments: ["rules", "check $DEMO/bad", "check $DEMO/bad -o json", "--help"])
    func closedPipe(arguments: String) throws {
        let outcome = try Workplace().runOnDemo(
            "exec 3> >(:); wait $!; $AMILINT \(arguments) >&3; exit $?")
        #expect(outcome.status == 74)
        #expect(outcome.error.isEmpty, "\(outcome.error)")
    }

    @Test("a reader who left costs no file")
    func closedPipeWithFile() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            "exec 3> >(:); wait $!; $AMILINT check $DEMO/bad -o text -o json=report.json >&3; tail -c 2 report.json")
        #expect(outcome.output == "}\n")
        #expect(outcome.error.isEmpty)
    }
}

/// Whether python3 can validate against a JSON Schema; where it cannot, says so loudly.
let hasJSONSchema: Bool = {
    let found = (try? Workplace().run("python3 -c 'import jsonschema'").status) == 0
    if !found { print("SKIPPED for want of python3's jsonschema: run 'make tools'") }
    return found
}()

/// Whether a file system can be mounted in a namespace of its own; where that is not allowed, says so loudly.
let canMount: Bool = {
    let found = (try? Workplace().run("unshare --user --map-root-user --mount mount -t tmpfs tmpfs /mnt").status) == 0
    if !found { print("SKIPPED for want of mount namespaces, which this machine does not allow") }
    return found
}()
