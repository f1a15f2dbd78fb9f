/// The snippets for engines that run arrays of tasks: held against the engines' schemas, and their command lines run as
/// they are written, once for each task.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil)) struct EngineTests {
    @Test("the job definition is what CloudFormation's schema says", .enabled(if: isInstalled("cfn-lint")))
    func cloudFormation() throws {
        let outcome = try Workplace().run("exec cfn-lint $TESTDATA/engines/batch-job-definition.yaml")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
        let broken = try Workplace().run(
            """
            sed 's/JobDefinitionName/JobDefinitionNam/' $TESTDATA/engines/batch-job-definition.yaml >broken.yaml
            exec cfn-lint broken.yaml
            """)
        #expect(broken.status != 0)
    }

    @Test("the indexed Job is what Kubernetes' schema says", .enabled(if: isInstalled("kubernetes-validate")))
    func kubernetes() throws {
        let outcome = try Workplace().run(
            "exec kubernetes-validate --strict $TESTDATA/engines/kubernetes-indexed-job.yaml")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
        let broken = try Workplace().run(
            """
            sed 's/completionMode/completionMod/' $TESTDATA/engines/kubernetes-indexed-job.yaml >broken.yaml
            exec kubernetes-validate --strict broken.yaml
            """)
        #expect(broken.status != 0)
    }

    /// What each engine sets in task `$I` of eight, after its documentation.
    private static let engines: [(file: String, sets: String)] = [
        (
            "slurm.sbatch",
            "SLURM_ARRAY_TASK_ID=$I SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1 "
                + "SLURM_ARRAY_TASK_COUNT=8 SLURM_CPUS_PER_TASK=2"
        ),
        ("batch-job-definition.yaml", "AWS_BATCH_JOB_ARRAY_INDEX=$I AWS_BATCH_JOB_ARRAY_SIZE=8"),
        ("kubernetes-indexed-job.yaml", "JOB_COMPLETION_INDEX=$I"),
    ]

    @Test("every snippet is tried here")
    func all() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: testdata.appending(path: "engines").path)
        #expect(files.sorted() == Self.engines.map(\.file).sorted())
    }

    @Test("eight tasks of a snippet, merged as it says, write what one audit writes", arguments: engines)
    func tasks(file: String, sets: String) throws {
        let text = try String(contentsOf: testdata.appending(path: "engines/\(file)"), encoding: .utf8)
        func only(_ command: String) throws -> String {
            let found: [Substring] = text.split(separator: "\n").compactMap { (line: Substring) in
                // A container is given its words one by one.
                if let words = line.firstMatch(of: /\[(audit, .*)\]$/), command == "amilint audit " {
                    return Substring("amilint " + words.1.replacing(", ", with: " ").replacing("\"", with: ""))
                }
                return line.firstRange(of: command).map { line[$0.lowerBound...] }
            }
            try #require(found.count == 1)
            return String(found[0]).replacing("/images", with: "images").replacing("/results", with: "results")
        }
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            set -e
            mkdir -p bin images results && ln -s $AMILINT bin/amilint && PATH=$PWD/bin:$PATH
            for number in {1..30}; do cp $DEMO/good.tar.gz images/good-$number.tar.gz; done
            cp $DEMO/bad.tar.gz images/bad.tar.gz; head -c 9000 $DEMO/good.tar.gz >images/torn.tar.gz
            for I in {0..7}; do
                export \(sets)
                (\(try only("amilint audit "))) 2>>tasks
            done
            grep -v -e '^amilint: shard ./8 by ' -e '^amilint: [0-9]* of [0-9]* files read' tasks && exit 3
            set +e
            \(try only("amilint report ")) >audit.txt
            echo "status $?" >>audit.txt
            amilint audit images -o text=one.txt -o html=one.html
            echo "status $?" >>one.txt
            cmp audit.html one.html && cmp audit.txt one.txt && tail -1 one.txt
            """)
        #expect(outcome.error.isEmpty && outcome.output == "status 1\n", "\(outcome)")
    }
}
