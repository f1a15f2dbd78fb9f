#!/bin/bash
# Audits many images on a real Slurm of two nodes on this machine, which is there for this alone: an array of eight of
# whose tasks one is killed and queued again, arrays that count otherwise, one with a gap, and one task by itself.
# usage: test-slurm.sh AMILINT IMAGES
# needs: slurmctld, slurmd, slurm-client, munge; root
set -euo pipefail
amilint=$(realpath "${1:?usage: test-slurm.sh AMILINT IMAGES}") images=$(realpath "${2:?usage: test-slurm.sh AMILINT IMAGES}")
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d /tmp/amilint-slurm-XXXXXX)
trap '"$here/slurm-here.sh" stop "$work/slurm" && rm -rf "$work"' EXIT
die() { echo "FAILED $*" >&2; exit 1; }

# report NAME COMMAND...: what the command writes in every format, and its exit status, in a directory of that name.
report() {
    local format outputs=() name=$1 status=0
    mkdir "$work/$name"
    for format in jsonl json text csv sarif junit markdown html; do outputs+=(-o "$format=$work/$name/$format"); done
    "${@:2}" "${outputs[@]}" 2>"$work/said" || status=$?
    echo $status >"$work/$name/status"
}
# submit RESULTS OPTION...: the snippet with the directories of this test for those in it; gives the job's id.
submit() {
    mkdir -p "$work/$1"
    sed "s#/images#$images#g; s#/results#$work/$1#g" "$here/../engines/slurm.sbatch" >"$work/$1.sbatch"
    sbatch --parsable --output="$work/$1/%a.log" "${@:2}" "$work/$1.sbatch"
}
ended() { # JOB: waits until none of its tasks is left
    for _ in {1..6000}; do [ -n "$(squeue -h -j "$1" 2>/dev/null)" ] || return 0; sleep 0.2; done
    die "job $1 has not ended"
}
completed() { # JOB: how many of its tasks ended well, as Slurm says
    scontrol -o show job "$1" | grep -c ' JobState=COMPLETED .* ExitCode=0:0 ' || true
}
# merged RESULTS: its jsonl files, merged, are what one machine wrote, byte for byte and without a remark.
merged() {
    report "of-$1" "$amilint" report "$work/$1"/*.jsonl
    diff -r "$work/one-machine" "$work/of-$1" >"$work/differences" || die "$1: $(head -c 2000 "$work/differences")"
    [ ! -s "$work/said" ] || die "$1: $(cat "$work/said")"
}

mkdir "$work/bin"
ln -s "$amilint" "$work/bin/amilint"
export PATH=$work/bin:$PATH
for name in "${!SLURM_@}"; do unset "$name"; done
eval "$("$here/slurm-here.sh" start "$work/slurm")"
report one-machine "$amilint" audit "$images"
echo "$(sinfo --version): $(wc -l <"$work/one-machine/jsonl") images, exit status $(cat "$work/one-machine/status") on one machine"

# One task, in the middle of its work, is killed and queued again.
id=$(submit requeued)
task= start=0
for _ in {1..3000}; do
    running=$(squeue -h -t R -j "$id" -o %K | tail -1)
    read=$({ find "$work/requeued" -path '*/state/*/*.json' 2>/dev/null || true; } | wc -l)
    [ "$running" = "$task" ] || task=$running start=$read
    # Two tasks run at a time: this one has read about half of them.
    [ -n "$task" ] && [ $((read - start)) -ge 16 ] && break
    sleep 0.01
done
scontrol requeue "${id}_$task"
# Slurm holds what is queued again back for two minutes, until nothing of its first start can be left.
for _ in {1..500}; do
    case $(squeue -h -j "${id}_$task" -o %T) in PENDING) break ;; esac
    sleep 0.02
done
scontrol update JobId="${id}_$task" StartTime=now
ended "$id"
[ "$(completed "$id")" = 8 ] || die "8 tasks that completed expected: $(scontrol -o show job "$id")"
scontrol -o show job "${id}_$task" | grep -q ' Restarts=1 ' || die "task $task was not started twice"
merged requeued
read -r _ read _ all _ < <(grep 'files read' "$work/requeued/$task.log")
[ "$read" -lt "$all" ] || die "task $task read all $all again"
echo "ok     array 0-7: task $task killed in its work, queued again: it read $read of $all images then"

# The others have the state of the first: nothing is read again.
others() { mkdir "$work/$1"; ln -s "$work/requeued/state" "$work/$1/state"; }
for array in 1-8 0-14:2 5-26:3; do
    others "array-$array"
    id=$(submit "array-$array" --array="$array")
    ended "$id"
    [ "$(completed "$id")" = 8 ] || die "array $array: 8 tasks that completed expected: $(cat "$work/array-$array"/*.log)"
    merged "array-$array"
    echo "ok     array $array"
done

others gap
id=$(submit gap --array=0-2,4-7)
ended "$id"
[ "$(completed "$id")" = 0 ] || die "an array with a gap: no task that completes expected"
grep -q 'an array without gaps expected' "$work/gap/4.log" || die "an array with a gap: $(cat "$work/gap/4.log")"
compgen -G "$work/gap/*.jsonl" >/dev/null && die "an array with a gap: no result expected"
echo "ok     array 0-2,4-7: $(cat "$work/gap/4.log")"

# Task 5 by itself: with the number of shards it is one of eight, without it all of one.
others alone
sed -i 's#--shard auto #--shard auto/8 #' "$work/gap.sbatch"
sed "s#$work/gap#$work/alone#g" "$work/gap.sbatch" >"$work/alone.sbatch"
id=$(sbatch --parsable --array=5 --output="$work/alone/%a.log" "$work/alone.sbatch")
ended "$id"
cmp "$work/alone/5.jsonl" "$work/requeued/5.jsonl" || die "task 5 by itself differs: $(cat "$work/alone/5.log")"
echo "ok     array 5 with --shard auto/8: $(head -1 "$work/alone/5.log")"
