/// What a policy accepts, until when, and what is said of a policy that is not as it must be.

import Testing

@Suite(.enabled(if: demoRoots != nil)) struct PolicyTests {
    /// Accepts the three required failures of the bad root.
    static let acceptAll = """
        cat >policy.yml <<END
        waivers:
          - {rule: awslogs-driver, reason: logs go to fluentd, expires: 2026-12-31, accepted-by: jane}
          - {rule: agent-state-clean, reason: wiped at first boot, expires: 2026-12-31}
          - {rule: docker-config, reason: mended by user data, expires: 2026-12-31}
        END

        """

    /// Text on standard output, then what SARIF has: the suppressed rules and the notifications of the policy.
    static let check = """
        $AMILINT check $DEMO/bad --policy policy.yml -o text -o sarif=report.sarif --today ${TODAY:-2026-11-24}
        status=$?
        python3 -c "
        import json
        run = json.load(open('report.sarif'))['runs'][0]
        for result in run['results']:
            for suppression in result.get('suppressions', []):
                print('suppressed:', result['ruleId'], suppression['justification'])
        for invocation in run['invocations']:
            for note in invocation['toolConfigurationNotifications']:
                print('notified:', note['level'], note['message']['text'])
        "
        exit $status
        """

    @Test("accepted failures do not count, and stay visible with reason and date")
    func inForce() throws {
        let outcome = try Workplace().runOnDemo(Self.acceptAll + Self.check)
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.output.contains("accepted awslogs-driver"))
        #expect(outcome.output.contains("accepted until 2026-12-31 by jane: logs go to fluentd"))
        #expect(outcome.output.contains("suppressed: awslogs-driver accepted until 2026-12-31 by jane: logs go to"))
        #expect(outcome.output.contains("suppressed: docker-config"))
        #expect(!outcome.output.contains("notified:"))
    }

    @Test(
        "a waiver counts on its last day, and no more on the day after, which is said",
        arguments: [
            ("2026-12-31", Int32(0)), ("2027-01-01", 1),
        ])
    func expired(today: String, status: Int32) throws {
        let outcome = try Workplace().runOnDemo(Self.acceptAll + Self.check, environment: ["TODAY": today])
        #expect(outcome.status == status)
        #expect(outcome.output.contains("FAIL awslogs-driver") == (status == 1))
        #expect(outcome.output.contains("suppressed: awslogs-driver") == (status == 0))
        let said = "notified: warning the waiver of awslogs-driver (line 2 of the policy) expired on 2026-12-31"
        #expect(outcome.output.contains(said) == (status == 1))
        #expect(outcome.output.contains("policy: the waiver of docker-config (line 4 of the policy)") == (status == 1))
    }

    @Test(
        "the schema of policies takes and refuses what the program does", .enabled(if: hasJSONSchema && hasYAML),
        arguments: [
            ("rules: {docker-tested: off, agent-latest: {level: required, oldest: \"1.80.0\"}}", true),
            ("rules: {cluster-reachable: {compute-environment: unmanaged}}\ngroups: [host]\nfail-on: new", true),
            ("waivers: [{rule: ecs-agent, image: \"*.tar\", found: [a], reason: b, expires: 2027-01-31}]", true),
            ("rules: {docker-tested: of}", false), ("rules: {no-such-rule: off}", false),
            ("rules: {kernel-version: {allowed: [a]}}", false), ("groups: [hosts]", false), ("groups: []", false),
            ("waivers: [{rule: ecs-agent, expires: 2027-01-31}]", false), ("fail: none", false),
            ("waivers: [{rule: ecs-agent, reason: \" \", expires: 2027-01-31}]", false),
        ])
    func schema(policy: String, isGood: Bool) throws {
        let outcome = try Workplace().run(
            """
            printf '%s\\n' "$POLICY" >policy.yml
            $AMILINT policy check policy.yml --today 2026-11-24 >/dev/null 2>&1; status=$?
            python3 -c 'import json, yaml; print(json.dumps(yaml.load(open("policy.yml"), yaml.BaseLoader)))' |
                $TESTDATA/scripts/validate.py $TESTDATA/schema/policy.schema.json - >objections
            echo "$status ${PIPESTATUS[1]}"
            """, environment: ["POLICY": policy])
        #expect(outcome.output == (isGood ? "0 0\n" : "64 1\n"), "\(outcome.error)")
    }

    @Test("a waiver of a rule that the image keeps is reported, and changes nothing")
    func unused() throws {
        let outcome = try Workplace().runOnDemo(
            "echo 'waivers: [{rule: cloud-init, reason: none, expires: 2026-12-31}]' >policy.yml\n" + Self.check)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("policy: the waiver of cloud-init (line 1 of the policy) accepts nothing"))
        #expect(outcome.output.contains("notified: note the waiver of cloud-init (line 1 of the policy) accepts"))
        #expect(!outcome.output.contains("suppressed:"))
    }

    @Test(
        "a waiver of what was found no longer applies when something else is found",
        arguments: [
            (#"ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","syslog"]"#, Int32(0)),
            (#"ECS_AVAILABLE_LOGGING_DRIVERS=["json-file"]"#, 1),
        ])
    func foundChanged(found: String, status: Int32) throws {
        let outcome = try Workplace().runOnDemo(
            """
            cat >policy.yml <<'END'
            waivers:
              - {rule: awslogs-driver, found: '\(found)', reason: fluentd, expires: 2026-12-31}
              - {rule: agent-state-clean, reason: wiped at first boot, expires: 2026-12-31}
              - {rule: docker-config, reason: mended by user data, expires: 2026-12-31}
            END

            """ + Self.check)
        #expect(outcome.status == status, "\(outcome.error)")
        #expect(outcome.output.contains("suppressed: awslogs-driver") == (status == 0))
        let said =
            "notified: warning the waiver of awslogs-driver (line 2 of the policy) does not count: 'ECS_AVAILABLE_LOGG"
        #expect(outcome.output.contains(said) == (status == 1))
        #expect(outcome.output.contains("policy: the waiver of awslogs-driver (line 2") == (status == 1))
    }

    @Test("what a report shows as found can be copied into a waiver, whatever characters it has")
    func foundCopied() throws {
        let outcome = try Workplace().runOnDemo(
            """
            cp -a $DEMO/bad bad
            printf 'ECS_AVAILABLE_LOGGING_DRIVERS=["json-file",\\t"\\xe2\\x80\\xaesyslog"]\\n' >bad/etc/ecs/ecs.config
            $AMILINT check bad --only awslogs-driver -o json=report.json
            python3 -c "
            import json
            finding = json.load(open('report.json'))['findings'][0]
            found = [place['text'] for place in finding['evidence']]
            print(json.dumps({'waivers': [
                {'rule': 'awslogs-driver', 'found': found, 'reason': 'known', 'expires': '2099-01-01'}]}))" >policy.yml
            cat policy.yml
            $AMILINT check bad --only awslogs-driver --policy policy.yml -o text || exit 8
            exec $AMILINT policy check policy.yml --unused report.json
            """)
        #expect(outcome.output.contains(#"\\t\"\\u{202e}syslog"#), "\(outcome.output)")
        #expect(outcome.output.contains("accepted awslogs-driver"))
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
    }

    @Test(
        "a waiver speaks of the images its pattern names, and says nothing of others",
        arguments: [
            ("*/bad", Int32(0)), ("*/good", 1), ("*", 0), ("bad", 1),
        ])
    func image(pattern: String, status: Int32) throws {
        let outcome = try Workplace().runOnDemo(
            Self.acceptAll + "sed -i 's|{rule: awslogs-driver,|& image: \"\(pattern)\",|' policy.yml\n" + Self.check)
        #expect(outcome.status == status, "\(outcome.error)")
        #expect(outcome.output.contains("suppressed: awslogs-driver") == (status == 0))
        #expect(outcome.output.contains("FAIL awslogs-driver") == (status == 1))
        #expect(!outcome.output.contains("notified:"))
    }

    @Test("the option wins over AMILINT_POLICY, which wins over .amilint.yml of the working directory")
    func whichPolicy() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            Self.acceptAll + """
                echo 'fail-on: none' >none.yml
                check() { $AMILINT check $DEMO/bad --today 2026-11-24 "$@" >report.txt; echo $?; }
                check; AMILINT_POLICY=policy.yml check; AMILINT_POLICY= check
                cp none.yml .amilint.yml; check; AMILINT_POLICY=/dev/null check; check --policy /dev/null
                check --fail-on required
                """)
        #expect(outcome.output == "1\n0\n1\n0\n1\n1\n1\n", "\(outcome.error)")
        #expect(outcome.error.isEmpty)
    }

    @Test(
        "a policy that is none is 64, with line, column and the nearest right name",
        arguments: [
            (
                "rules:\n  kernel-versin: off\n",
                "line 2, column 3: no rule is called 'kernel-versin'; did you mean 'kernel-version'?"
            ),
            ("waiver: []\n", "line 1, column 1: no key is called 'waiver'; did you mean 'waivers'?"),
            (
                "waivers:\n  - rule: docker-confg\n    reason: a\n    expires: 2026-12-31\n",
                "line 2, column 11: no rule is called 'docker-confg'; did you mean 'docker-config'?"
            ),
            (
                "waivers:\n  - rule: docker-config\n    reason: a\n    expires: 2026-02-30\n",
                "line 4, column 14: a day as YYYY-MM-DD expected, '2026-02-30' found"
            ),
            ("waivers:\n  - rule: docker-config\n    expires: 2026-02-28\n", "a waiver with 'reason' expected"),
        ])
    func refused(policy: String, message: String) throws {
        let work = try Workplace()
        for command in ["check $DEMO/good --policy policy.yml", "policy check policy.yml"] {
            let outcome = try work.runOnDemo(
                "printf '%s' \"$POLICY\" >policy.yml; exec $AMILINT \(command)", environment: ["POLICY": policy])
            #expect(outcome.status == 64)
            #expect(outcome.error.hasPrefix("amilint: policy.yml: "))
            #expect(outcome.error.contains(message), "\(outcome.error)")
            #expect(outcome.output.isEmpty)
        }
    }

    @Test("policy check fails for expired waivers, and with --unused for those no report has a use for")
    func policyCheck() throws {
        let work = try Workplace()
        let fresh = try work.runOnDemo(Self.acceptAll + "exec $AMILINT policy check policy.yml --today 2026-12-31")
        #expect(fresh.status == 0 && fresh.output == "policy.yml: 3 waivers, none expired at 2026-12-31\n")
        let late = try work.runOnDemo("exec $AMILINT policy check policy.yml --today 2027-01-01")
        #expect(late.status == 1)
        #expect(late.output.split(separator: "\n").count == 3)
        #expect(late.output.contains("policy.yml: line 2: the waiver of awslogs-driver expired on 2026-12-31"))
        let reports = try work.runOnDemo(
            """
            for root in good bad; do $AMILINT check $DEMO/$root -o json=$root.json; done
            $AMILINT policy check policy.yml --today 2026-11-24 --unused good.json --unused bad.json; echo $?
            $AMILINT policy check policy.yml --today 2026-11-24 --unused good.json; echo $?
            """)
        let lines = reports.output.split(separator: "\n")
        #expect(lines.count == 6 && lines[1] == "0" && lines[5] == "1", "\(reports.output)\(reports.error)")
        #expect(
            lines[2] == "policy.yml: line 2: the waiver of awslogs-driver has nothing to accept in the reports given")
    }

    @Test("the starting policy is one, and changes nothing")
    func policyInit() throws {
        let outcome = try Workplace().runOnDemo(
            """
            $AMILINT policy init >start.yml && $AMILINT policy check start.yml &&
            $AMILINT check $DEMO/bad -o json=with --policy start.yml; $AMILINT check $DEMO/bad -o json=without
            python3 -c 'import json
            with_policy, without = [json.load(open(name)) for name in ["with", "without"]]
            assert with_policy.pop("policy")["changes"] == without.pop("policy")["changes"] == []
            assert with_policy == without'
            """)
        #expect(outcome.status == 0, "\(outcome.error)")
    }
}

/// Whether Python can read YAML here.
private let hasYAML: Bool = {
    let found = (try? Workplace().run("python3 -c 'import yaml'").status) == 0
    if !found { print("SKIPPED for want of python3's yaml: run 'make tools'") }
    return found
}()
