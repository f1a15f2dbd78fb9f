/// The two commands that judge say the same of the same image.

import Testing

@Suite(.enabled(if: demoRoots != nil)) struct CheckAndAuditTests {
    @Test("check and audit give one image the same findings and waivers the same ends, fresh and kept")
    func oneJudgement() throws {
        let outcome = try Workplace().runOnDemo(
            """
            mkdir images
            cp $DEMO/good.tar.gz $DEMO/bad.tar.gz images
            cp -a $DEMO/bad images/tab
            printf 'ECS_AVAILABLE_LOGGING_DRIVERS=["json-file",\\t"syslog"]\\n' >images/tab/etc/ecs/ecs.config
            cat >policy.yml <<'END'
            waivers:
              - rule: awslogs-driver
                found: 'ECS_AVAILABLE_LOGGING_DRIVERS=["json-file",\\t"syslog"]'
                reason: known
                expires: 2026-12-31
              - {rule: docker-config, reason: over, expires: 2026-01-01}
              - {rule: cloud-init, reason: kept, expires: 2026-12-31}
            END
            judging="--policy policy.yml --today 2026-11-24"
            for image in good.tar.gz bad.tar.gz tab; do
                $AMILINT check images/$image $judging -o json=$image.json
            done
            for turn in fresh kept; do
                $AMILINT audit images $judging --state state --quiet -o jsonl=$turn.jsonl
            done
            cmp fresh.jsonl kept.jsonl || exit 9
            exec python3 - <<'END'
            import json
            for line in map(json.loads, open('kept.jsonl')):
                if 'findings' not in line: continue
                name = line['image']['name']
                report = json.load(open(name + '.json'))
                for finding in report['findings']:
                    assert finding.pop('reference').startswith('https://'), name
                    # Said of required failures, and left out of an audit's lines as the reference is.
                    finding.pop('consequence', None)
                assert line['findings'] == report['findings'], name
                assert line.get('waivers') == report.get('waivers'), name
                print(name, [waiver['outcome'] for waiver in line['waivers']])
            END
            """)
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(
            outcome.output == """
                bad.tar.gz ['foundChanged', 'expired', 'unused']
                good.tar.gz ['unused', 'unused', 'unused']
                tab ['inForce', 'expired', 'unused']

                """)
    }
}
