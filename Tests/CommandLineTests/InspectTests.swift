/// What an image says of itself, from the command line.

import Testing

@Suite struct InspectTests {
    /// A root whose packages are in the small real database of testdata.
    private static let root = """
        mkdir -p root/etc root/usr/bin root/var/lib/rpm
        cp $TESTDATA/rpm/sample/rpmdb.sqlite root/var/lib/rpm

        """

    @Test("a disk without a root is shown as it is divided, in text and JSON, and ends with 65")
    func diskWithoutRoot() throws {
        let outcome = try Workplace().run(
            """
            export PATH=$PATH:/usr/sbin:/sbin
            which mke2fs >/dev/null || { echo SKIPPED; exit; }
            mkdir data && echo x >data/x && truncate -s 4M disk.raw && mke2fs -q -t ext4 -L data -d data disk.raw
            $AMILINT inspect disk.raw -o json=report.json -o text >text; echo "status $?"
            grep -c ': unreadable' text; grep -E '^disk|format|label' text
            python3 -c 'import json; report = json.load(open("report.json"))
            print(report["image"]["kind"], report["facts"]["disk"]["value"]["volumes"][0]["label"],
                  report["facts"]["distribution"]["state"], "disk" in report["image"])'
            """)
        if outcome.output.hasPrefix("SKIPPED") { return }
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "status 65", "0", "disk.raw", "disk", "disk: present", "        format: ext4", "        label: data",
                "disk data unreadable False",
            ], "\(outcome)")
        #expect(outcome.error.contains("disk.raw: a root file system expected"), "\(outcome)")
    }

    @Test("packages are listed with 0, and with 2 not known once a database is cut: null in JSON, never an empty list")
    func packages() throws {
        let outcome = try Workplace().run(
            Self.root + """
                inspect() {
                    $AMILINT inspect root --packages -o json=report.json -o text >text; echo "status $?"
                    tail -n 7 text | grep -A 7 ^packages
                    python3 -c 'import json; facts = json.load(open("report.json"))["facts"]
                listed, problem = facts["packages"], facts["packagesProblem"]
                print(listed and len(listed), problem and problem["path"])'
                }
                inspect
                truncate -s 20000 root/var/lib/rpm/rpmdb.sqlite
                inspect
                $AMILINT inspect root >/dev/null; echo "status $?"
                """)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let place = "/var/lib/rpm/rpmdb.sqlite"
        #expect(lines.first == "status 0" && lines.dropFirst().first == "packages: 6", "\(outcome)")
        #expect(lines.contains("6 None"), "\(outcome)")
        #expect(
            lines.suffix(4) == [
                "status 2",
                "packages: not known: \(place): offset 20000: 149 pages of 512 bytes expected, the file ends after 39",
                "None \(place)", "status 0",
            ], "\(outcome)")
        #expect(outcome.error.isEmpty)
    }

    @Test(
        "a bill of materials has every package of the real database, dated by the build, and ends with 2 where one is cut"
    )
    func billOfMaterials() throws {
        let outcome = try Workplace().run(
            Self.root + """
                printf 'ID=amzn\nVERSION_ID=2023\n' >root/etc/os-release
                inspect() {
                    SOURCE_DATE_EPOCH=1700000000 $AMILINT inspect root -o cyclonedx "$@" >bom; echo "status $?"
                    python3 -c 'import json; bom = json.load(open("bom"))
                print(bom["metadata"]["timestamp"], sum("purl" in part for part in bom["components"]))'
                }
                inspect
                inspect --today 2026-01-02
                SOURCE_DATE_EPOCH=tomorrow $AMILINT inspect root >/dev/null; echo "status $?"
                truncate -s 20000 root/var/lib/rpm/rpmdb.sqlite
                inspect
                """)
        #expect(
            outcome.output == """
                status 0
                2023-11-14T00:00:00Z 6
                status 0
                2026-01-02T00:00:00Z 6
                status 64
                status 2
                2023-11-14T00:00:00Z 0

                """, "\(outcome)")
    }
}
