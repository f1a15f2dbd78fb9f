/// Many images from the command line: found, judged, kept, parted and merged.

import Testing

@Suite(.enabled(if: demoRoots != nil)) struct AuditTests {
    /// Good and bad as directories and tars, one torn, and files that are no images.
    private static let images = """
        mkdir -p images/sub
        cp $DEMO/good.tar.gz images/sub/good.tar.gz
        cp $DEMO/bad.tar.gz images/bad.tar.gz
        cp -a $DEMO/good images/root
        head -c 5000 $DEMO/good.tar.gz >images/torn.tar.gz
        echo text >images/README
        ln -s bad.tar.gz images/latest

        """

    @Test("every image has a row, the torn one with its reason, and what is no image is counted and listed on request")
    func rows() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(Self.images + "exec $AMILINT audit images -o csv")
        #expect(outcome.status == 1)
        let rows = outcome.output.split(separator: "\n").map { $0.split(separator: ",", maxSplits: 2).prefix(2) }
        #expect(
            rows.map { $0.joined(separator: " ") } == [
                "image verdict", "bad.tar.gz fail", "root pass", "sub/good.tar.gz pass", "torn.tar.gz unreadable",
            ])
        #expect(outcome.error == "amilint: 2 files passed over; --passed-over lists them\n")
        let listed = try work.amilint("audit images --passed-over -o csv").error
        #expect(listed.contains("passed over: README: ") && listed.contains("passed over: latest: a symbolic link"))
    }

    @Test("what is called an archive and is none has a row: it may be damaged in its first bytes")
    func damagedAtItsStart() throws {
        let outcome = try Workplace().runOnDemo(
            """
            mkdir images
            gzip -dc $DEMO/good.tar.gz >images/good.tar
            { printf x; tail -c +2 images/good.tar; } >images/damaged.tar
            cp images/damaged.tar images/notes.txt
            exec $AMILINT audit images -o csv
            """)
        #expect(outcome.status == 2)
        #expect(outcome.output.contains("\ndamaged.tar,unreadable,\"notAnImage: "), "\(outcome.output)")
        #expect(outcome.error == "amilint: 1 file passed over; --passed-over lists them\n")
    }

    @Test(
        "the exit status is that of the worst image, and 65 where none could be read or found",
        arguments: [
            ("images", 1), ("images/sub", 0), ("images/root", 0), ("images/sub images/torn.tar.gz", 2),
            ("images/torn.tar.gz", 65), ("images/README", 65), ("images/nowhere", 65), ("images --include '*.zst'", 65),
            ("images --exclude bad.tar.gz", 2), ("images/bad.tar.gz --fail-on none", 0),
            ("images/bad.tar.gz --skip awslogs-driver --skip agent-state-clean --skip docker-config", 0),
            ("images --only distribution-supported --exclude torn.tar.gz", 0),
        ])
    func status(arguments: String, status: Int32) throws {
        let outcome = try Workplace().runOnDemo(Self.images + "exec $AMILINT audit \(arguments) --today 2026-11-24")
        #expect(outcome.status == status, "\(outcome.output)\(outcome.error)")
    }

    @Test("any number of jobs, a state and shards that are merged say the same, byte for byte")
    func isOneReport() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            Self.images + """
                audit() { $AMILINT audit images --today 2026-11-24 "$@"; }
                all() { for format in text json jsonl csv sarif junit markdown html; do echo -o $format=$1.$format; done; }
                audit $(all one) --jobs 1; audit $(all many) --jobs 7; audit $(all kept) --state state
                audit $(all again) --state state
                for i in 0 1 2; do audit --shard $i/3 -o jsonl=shard-$i.jsonl; done
                $AMILINT report shard-2.jsonl shard-0.jsonl shard-1.jsonl $(all merged)
                for other in many kept again merged; do
                    for format in text json jsonl csv sarif junit markdown html; do
                        cmp one.$format $other.$format && test -s one.$format || echo "differs: $other.$format"
                    done
                done
                """)
        #expect(!outcome.output.contains("differs"), "\(outcome.output)\(outcome.error)")
        #expect(outcome.error.contains("1 of 5 files read, the others kept from before"), "\(outcome.error)")
    }

    @Test("kept facts are judged again by another policy and on another day; a changed file and directories are read")
    func state() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            Self.images + """
                audit() { $AMILINT audit images --state state -o csv "$@" 2>&1 | grep -E "files read|good.tar.gz"; }
                audit >/dev/null
                audit --today 2033-01-01 --only distribution-supported
                printf 'rules: {agent-latest: {level: required, oldest: "9.0.0"}}' >policy.yml
                audit --policy policy.yml
                touch images/bad.tar.gz
                audit
                """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 6, "\(outcome.output)")
        let reads = lines.filter { $0.contains("files read") }.map { $0.split(separator: " ")[1] }
        // The directory each time, and the file that was touched.
        #expect(reads == ["1", "1", "2"])
        let rows = lines.filter { $0.contains("good.tar.gz") }
        #expect(rows.first?.split(separator: ",").last == "fail", "no support in 2033: \(rows)")
        #expect(rows.dropFirst().first?.hasPrefix("sub/good.tar.gz,fail,") == true, "no agent of 9.0.0: \(rows)")
        #expect(rows.last?.hasPrefix("sub/good.tar.gz,pass,") == true)
    }

    @Test("of what another build of the program kept nothing is taken", .enabled(if: isInstalled("readelf")))
    func otherBuilds() throws {
        let outcome = try Workplace().runOnDemo(
            Self.images + """
                rm -r images/root
                id=$(readelf -n $AMILINT | sed -n 's/.*Build ID: //p')
                python3 -c '
                import sys
                program, id = open(sys.argv[1], "rb").read(), bytes.fromhex(sys.argv[2])
                assert program.count(id) == 1
                open("other", "wb").write(program.replace(id, id[::-1]))' $AMILINT $id
                chmod +x other; cp $AMILINT same
                audit() { $1 audit images --state state -o text 2>&1 >/dev/null | grep -o "[0-9] of 4 files read"; }
                audit $AMILINT; audit ./same; audit ./other; audit ./other; audit $AMILINT
                """)
        let read = outcome.output.split(separator: "\n").map { $0.prefix(1) }
        #expect(read == ["4", "0", "4", "0", "4"], "\(outcome.output)\(outcome.error)")
    }

    @Test("AMI metadata are matched by the file's name, and what has no counterpart is said")
    func metadata() throws {
        let outcome = try Workplace().runOnDemo(
            Self.images + """
                mv images/sub/good.tar.gz images/ami-0a.tar.gz
                echo '{"Images": [{"ImageId": "ami-0a", "VirtualizationType": "paravirtual"},
                    {"ImageId": "ami-0b", "Name": "unknown", "VirtualizationType": "hvm"}]}' >images.json
                exec $AMILINT audit images --ami-metadata images.json -o csv --include '*.tar.gz'
                """)
        #expect(outcome.output.contains("\nami-0a.tar.gz,fail,"), "\(outcome.output)")
        #expect(outcome.error.contains("in the file's name): bad.tar.gz, torn.tar.gz\n"), "\(outcome.error)")
        #expect(outcome.error.contains("AMI metadata of no file here: ami-0b\n"))
    }

    @Test("against a former audit: what is worse, better, new and gone; --fail-on new fails for what is new alone")
    func baseline() throws {
        let outcome = try Workplace().runOnDemo(
            Self.images + """
                rm images/torn.tar.gz
                $AMILINT audit images -o jsonl=old.jsonl
                $AMILINT audit images --baseline old.jsonl --fail-on new; echo "status $?"
                cp $DEMO/bad.tar.gz images/sub/good.tar.gz
                cp $DEMO/good.tar.gz images/bad.tar.gz
                mv images/root images/moved
                $AMILINT audit images --baseline old.jsonl --fail-on new; echo "status $?"
                """)
        let parts = outcome.output.components(separatedBy: "status ")
        #expect(parts.count == 3 && parts[1].hasPrefix("0") && parts[2].hasPrefix("1"), "\(outcome.output)")
        #expect(parts[0].contains("nothing new, nothing fixed"))
        for change in [
            "worse: sub/good.tar.gz: awslogs-driver", "better: bad.tar.gz: awslogs-driver", "new: moved", "gone: root",
        ] {
            #expect(parts[1].contains(change), "\(change): \(parts[1])")
        }
    }

    @Test("limits are kept to: an image over one is a row, the others stand")
    func limits() throws {
        let outcome = try Workplace().runOnDemo(
            Self.images + "exec $AMILINT audit images --memory-limit 1 -o csv --exclude torn.tar.gz")
        #expect(outcome.status == 65)
        #expect(outcome.output.contains("memoryLimit: at most 1 MB of memory expected (--memory-limit), "))
    }

    @Test(
        "what cannot be done is said, with status 64",
        arguments: [
            ("", "a directory or an image expected, none found"), ("-", "'amilint check -' reads one"),
            ("images --shard 3/3", "an index from 0 to 2 expected among 3 shards, 3 found"),
            ("images --shard auto", "none of AWS_BATCH_JOB_ARRAY_INDEX"),
            ("images --jobs 0", "a number from 1 to 1000000 expected for --jobs, 0 found"),
            ("images --fail-on new", "--baseline expected with --fail-on new"),
            ("images -o xml", "a format expected (text, json, jsonl, csv"),
            ("images --baseline images/README", "line 1: an image of 'amilint audit -o jsonl' expected"),
            ("--files-from nowhere", "nowhere: No such file or directory"),
        ])
    func refused(arguments: String, message: String) throws {
        let outcome = try Workplace().runOnDemo(
            Self.images + "unset ${!SLURM_@} ${!AWS_BATCH_@} JOB_COMPLETION_INDEX; exec $AMILINT audit \(arguments)")
        #expect(outcome.status == 64, "\(outcome.error)")
        #expect(outcome.error.contains(message), "\(outcome.error)")
    }

    @Test("images are listed in a file or on standard input, and the engine's shard is said")
    func lists() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            Self.images + """
                export AWS_BATCH_JOB_ARRAY_INDEX=0 AWS_BATCH_JOB_ARRAY_SIZE=1
                ls -d images/*.gz | $AMILINT audit --files-from - --shard auto -o csv -o jsonl=out.jsonl
                head -n 1 out.jsonl
                """)
        #expect(outcome.output.contains("\nimages/bad.tar.gz,fail"), "\(outcome.output)")
        #expect(outcome.error.contains("shard 0/1 by AWS Batch"))
        #expect(outcome.output.hasSuffix(#"{"formatVersion":1,"images":2,"shard":{"count":1,"index":0}}"# + "\n"))
    }

    @Test("a merge says what is missing, and does not pass without it")
    func missingShards() throws {
        let outcome = try Workplace().runOnDemo(
            Self.images + """
                for i in 0 1 2 3; do $AMILINT audit images/sub --shard $i/4 -o jsonl=$i.jsonl; done
                $AMILINT report 0.jsonl 1.jsonl 2.jsonl 3.jsonl -o csv; echo "status $?"
                $AMILINT report 0.jsonl 1.jsonl 2.jsonl -o csv; echo "status $?"
                """)
        #expect(outcome.output.contains("status 0"), "\(outcome.output)\(outcome.error)")
        #expect(!outcome.output.hasSuffix("status 0\n"), "\(outcome.output)")
        #expect(outcome.error.contains("1 of 4 shards is missing: 3"))
    }

    @Test("an incomplete merge is one when it is merged again, alone and with others, until all shards are there")
    func mergedAgain() throws {
        let outcome = try Workplace().runOnDemo(
            Self.images + """
                rm images/torn.tar.gz
                for i in 0 1 2; do $AMILINT audit images --exclude README --shard $i/3 -o jsonl=$i.jsonl; done
                $AMILINT audit images --exclude README -o jsonl=all.jsonl
                $AMILINT report 0.jsonl 2.jsonl -o jsonl=part.jsonl
                $AMILINT report part.jsonl -o jsonl=again.jsonl -o csv=again.csv; echo "again $?"
                cmp part.jsonl again.jsonl
                tail -n +2 again.jsonl >rows.jsonl
                $AMILINT report rows.jsonl -o text
                $AMILINT report again.jsonl 1.jsonl -o jsonl=whole.jsonl; cmp all.jsonl whole.jsonl && echo whole
                cat all.jsonl | $AMILINT report /dev/stdin -o jsonl=piped.jsonl; cmp all.jsonl piped.jsonl && echo piped
                $AMILINT audit images --exclude README --baseline again.jsonl -o text
                """)
        #expect(!outcome.output.contains("again 0"), "\(outcome.output)")
        #expect(outcome.output.contains("\nwhole\n") && outcome.output.contains("piped\n"), "\(outcome.output)")
        #expect(outcome.output.contains("incomplete, 1 of 3 shards is missing: 1; "))
        #expect(outcome.output.contains("note: the former audit is incomplete"), "\(outcome.output)")
        #expect(!outcome.output.contains("differ"))
    }

    @Test("SIGTERM ends it even where the parent left the signal blocked", .enabled(if: isInstalled("python3")))
    func blockedSignals() throws {
        let outcome = try Workplace().runOnDemo(
            """
            mkdir images
            for i in $(seq 200); do cp $DEMO/good.tar.gz images/$i.tar.gz; done
            python3 -c '
            import glob, signal, subprocess, sys, time
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
            audit = subprocess.Popen([sys.argv[1], "audit", "images", "--state", "state"], stderr=subprocess.PIPE)
            while not glob.glob("state/*/*.json"): time.sleep(0.01)
            audit.send_signal(signal.SIGTERM)
            print(audit.communicate()[1].decode(), audit.returncode)' $AMILINT
            """)
        #expect(outcome.output.contains("the same command goes on from there"), "\(outcome.output)\(outcome.error)")
        #expect(outcome.output.hasSuffix(" 143\n"))
    }
}
