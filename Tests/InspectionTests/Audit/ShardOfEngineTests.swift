/// Engines tell a task which shard it is, each in its own variables; what does not add up is refused with the reason.

import Inspection
import Testing

@Suite struct ShardOfEngineTests {
    struct Row: Sendable {
        let count: Int?
        let environment: [String: String]
        /// The shard and the engine, or what the error says.
        let said: String

        init(_ count: Int?, _ environment: [String: String], _ said: String) {
            self.count = count
            self.environment = environment
            self.said = said
        }
    }

    static func slurm(_ id: String, _ min: String, _ max: String, _ step: String, _ count: String) -> [String: String] {
        [
            "SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": min, "SLURM_ARRAY_TASK_MAX": max,
            "SLURM_ARRAY_TASK_STEP": step, "SLURM_ARRAY_TASK_COUNT": count,
        ]
    }

    static let rows: [Row] = [
        Row(nil, ["AWS_BATCH_JOB_ARRAY_INDEX": "3", "AWS_BATCH_JOB_ARRAY_SIZE": "8"], "3/8 AWS Batch"),
        Row(8, ["AWS_BATCH_JOB_ARRAY_INDEX": "3", "AWS_BATCH_JOB_ARRAY_SIZE": "8"], "3/8 AWS Batch"),
        Row(8, ["AWS_BATCH_JOB_ARRAY_INDEX": "0"], "0/8 AWS Batch"),
        Row(nil, ["AWS_BATCH_JOB_ARRAY_INDEX": "3"], "the number of shards expected as auto/N"),
        Row(4, ["AWS_BATCH_JOB_ARRAY_INDEX": "3", "AWS_BATCH_JOB_ARRAY_SIZE": "8"], "auto/8 or auto expected, auto/4"),
        Row(3, ["AWS_BATCH_JOB_ARRAY_INDEX": "3"], "from 0 to 2 expected among 3 shards, 3 found"),
        Row(nil, ["AWS_BATCH_JOB_ARRAY_INDEX": "x"], "a number expected in AWS_BATCH_JOB_ARRAY_INDEX, 'x' found"),
        Row(nil, ["AWS_BATCH_JOB_ARRAY_INDEX": ""], "a number expected in AWS_BATCH_JOB_ARRAY_INDEX, '' found"),

        Row(nil, slurm("0", "0", "7", "1", "8"), "0/8 Slurm"),
        Row(nil, slurm("8", "1", "8", "1", "8"), "7/8 Slurm"),
        Row(nil, slurm("14", "4", "24", "5", "5"), "2/5 Slurm"),
        Row(nil, slurm("5", "5", "5", "1", "1"), "0/1 Slurm"),
        Row(8, slurm("5", "5", "5", "1", "1"), "5/8 Slurm"),
        Row(8, slurm("7", "0", "7", "1", "8"), "7/8 Slurm"),
        Row(8, slurm("8", "1", "8", "1", "8"), "SLURM_ARRAY_TASK_ID from 0 to 7 expected among 8 shards, 8 found"),
        Row(nil, slurm("3", "1", "9", "1", "3"), "an array without gaps expected, task 3 of 3 from 1 to 9"),
        Row(nil, slurm("1", "1", "6", "2", "3"), "an array without gaps expected"),
        Row(nil, slurm("2", "1", "5", "2", "3"), "an array without gaps expected"),
        Row(nil, slurm("9", "1", "5", "2", "3"), "an array without gaps expected"),
        Row(nil, slurm("1", "1", "1", "0", "1"), "an array without gaps expected"),
        Row(nil, slurm("0", "0", "9223372036854775807", "9223372036854775807", "3"), "an array without gaps expected"),
        Row(nil, ["SLURM_ARRAY_TASK_ID": "3"], "SLURM_ARRAY_TASK_MIN, _MAX, _STEP and _COUNT expected"),

        Row(8, ["JOB_COMPLETION_INDEX": "2"], "2/8 Kubernetes"),
        Row(nil, ["JOB_COMPLETION_INDEX": "2"], "since Kubernetes does not tell it to a pod"),
        Row(2, ["JOB_COMPLETION_INDEX": "2"], "JOB_COMPLETION_INDEX from 0 to 1 expected"),

        // AWS Batch on Kubernetes sets both; its own count is the one that is told.
        Row(
            nil, ["AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "2", "JOB_COMPLETION_INDEX": "0"],
            "1/2 AWS Batch"),
        Row(nil, [:], "none of AWS_BATCH_JOB_ARRAY_INDEX"),
        Row(8, ["SLURM_JOB_ID": "7"], "SLURM_ARRAY_TASK_ID (sbatch --array)"),
    ]

    @Test("a task's shard by the variables of its engine", arguments: rows)
    func shard(row: Row) {
        let answer: String
        do throws(ShardError) {
            let (shard, engine) = try Shard.ofEngine(count: row.count) { row.environment[$0] }
            answer = "\(shard) \(engine)"
        } catch {
            answer = error.description
        }
        #expect(answer.contains(row.said), "\(answer)")
    }
}
