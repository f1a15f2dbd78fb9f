/// Which shard the engine that runs a task means it to take.

extension Shard {
    /// The shard that AWS Batch, Slurm or Kubernetes says this task is, in this order, and which of them said so.
    ///
    /// - `count` is the number of shards where it was given on the command line.
    /// - `environment` gives the value of a variable, nil where it is not set.
    ///
    /// Sources: AWS Batch user guide, "Environment variables used by array jobs"; sbatch(1), "OUTPUT ENVIRONMENT
    /// VARIABLES"; Kubernetes documentation, "Indexed Job".
    public static func ofEngine(
        count: Int?,
        environment: (String) -> String?
    ) throws(ShardError) -> (shard: Shard, engine: String) {
        func value(_ name: String) throws(ShardError) -> Int? {
            guard let text = environment(name) else { return nil }
            guard let value = number(text), !text.isEmpty else {
                throw ShardError("a number expected in \(name), '\(text)' found")
            }
            return value
        }
        if let index = try value("AWS_BATCH_JOB_ARRAY_INDEX") {
            return (try ofBatch(index, size: try value("AWS_BATCH_JOB_ARRAY_SIZE"), count), "AWS Batch")
        }
        if let task = try value("SLURM_ARRAY_TASK_ID") {
            if let count { return (try Shard(index: task, of: count, "SLURM_ARRAY_TASK_ID"), "Slurm") }
            let names = ["MIN", "MAX", "STEP", "COUNT"].map { "SLURM_ARRAY_TASK_" + $0 }
            let values = try names.map { name throws(ShardError) in try value(name) }
            return (try ofSlurm(task, values), "Slurm")
        }
        if let index = try value("JOB_COMPLETION_INDEX") {
            guard let count else {
                throw ShardError(
                    "the number of shards expected as auto/N, since Kubernetes does not tell it to a pod; "
                        + "N is spec.completions of the Job")
            }
            return (try Shard(index: index, of: count, "JOB_COMPLETION_INDEX"), "Kubernetes")
        }
        throw ShardError(
            "a task of an array expected, none of AWS_BATCH_JOB_ARRAY_INDEX (a child of an AWS Batch array job), "
                + "SLURM_ARRAY_TASK_ID (sbatch --array) and JOB_COMPLETION_INDEX (Kubernetes, completionMode: Indexed) "
                + "is set; elsewhere give --shard I/N")
    }

    private static func ofBatch(_ index: Int, size: Int?, _ count: Int?) throws(ShardError) -> Shard {
        if let size, let count, size != count {
            throw ShardError(
                "auto/\(size) or auto expected, auto/\(count) found: AWS_BATCH_JOB_ARRAY_SIZE says \(size)")
        }
        guard let all = size ?? count else {
            throw ShardError(
                "the number of shards expected as auto/N, since AWS_BATCH_JOB_ARRAY_SIZE is not set here; "
                    + "N is the size of the array")
        }
        return try Shard(index: index, of: all, "AWS_BATCH_JOB_ARRAY_INDEX")
    }

    /// Task ids count from MIN in steps of STEP; they are shards only where none between MIN and MAX is left out.
    private static func ofSlurm(_ task: Int, _ values: [Int?]) throws(ShardError) -> Shard {
        guard let min = values[0], let max = values[1], let step = values[2], let count = values[3] else {
            throw ShardError(
                "SLURM_ARRAY_TASK_MIN, _MAX, _STEP and _COUNT expected beside SLURM_ARRAY_TASK_ID, one is not set; "
                    + "with --array=0-N-1 give --shard auto/N")
        }
        let (span, overflow) = step.multipliedReportingOverflow(by: count - 1)
        let isWhole = !overflow && step >= 1 && count >= 1 && max >= min && span == max - min
        guard isWhole, task >= min, task <= max, (task - min).isMultiple(of: step) else {
            throw ShardError(
                "an array without gaps expected, task \(task) of \(count) from \(min) to \(max) in steps of \(step) "
                    + "found; use --array=0-N-1, or give --shard auto/N, which takes the task's id as I")
        }
        return try Shard(index: (task - min) / step, count: count)
    }

    private init(index: Int, of count: Int, _ name: String) throws(ShardError) {
        guard index < count else {
            throw ShardError("\(name) from 0 to \(count - 1) expected among \(count) shards, \(index) found")
        }
        try self.init(index: index, count: count)
    }
}
