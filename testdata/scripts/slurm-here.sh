#!/usr/bin/env bash
# slurm-here.sh start DIR | run DIR N CMD [ARG...] | stop DIR: a throw-away Slurm of two nodes on 127.0.0.1; root, no systemd.
# Needs (Debian 12, 13 s): apt-get update && apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge
# start (0.3 s): makes DIR (a short path), starts munged, slurmctld, slurmd n0 and n1; prints "export SLURM_CONF=...", so:
#   eval "$(slurm-here.sh start DIR)"; then sbatch, squeue, scontrol work. SLURM_HERE_CPUS: CPUs of a node (2).
# run (1 s a round of tasks): sbatch --array=0-(N-1) of CMD, output in DIR/out/JOB_TASK.txt; exits with the highest status
#   of a task (1: a signal), as sbatch --wait does, but that looks only after 2, 10, 42 s.
# stop (0.3 s; 3 s more where a task ignores SIGTERM): ends, each by its id, what start started and what jobs left running;
#   DIR stays, with its logs; a second stop does nothing. A task that daemonizes with an emptied environment escapes it.
set -euo pipefail
named=()

die() { echo "slurm-here: $*" >&2; exit 1; }

# "PID TICKS" names a process: its id and its start time (empty for a dead one), so that no later process is taken for it.
ticks() { # sets T
  local s; T=
  { read -r s <"/proc/$1/stat"; } 2>/dev/null || return 0
  set -- ${s##*) }; [ "$1" = Z ] || T=${20}
}

spawn() { # NAME CMD...: in the background, in a session of its own
  local name=$1; shift
  HERE_SLURM_DIR=$dir setsid "${named[@]}" "$@" </dev/null >>"$dir/log/$name.out" 2>&1 &
  ticks $!; echo "$name $! $T" >>"$dir/pids"
}

until_ok() { # SECONDS CMD...
  local end=$((${EPOCHREALTIME/./} + $1 * 1000000)); shift
  until "$@" >/dev/null 2>&1; do
    [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
    sleep 0.03
  done
}

ports() { # three below the range of outgoing connections, on which nothing listens
  local p found=" "
  while [ "$(wc -w <<<"$found")" -lt 3 ]; do
    p=$((20000 + RANDOM % 10000))
    case $found in *" $p "*) continue ;; esac
    grep -qsi ":$(printf %04X $p) " /proc/net/tcp /proc/net/tcp6 || found+="$p "
  done
  echo $found
}

idle() { [ "$(sinfo -h -N -t idle -o %N | wc -l)" = 2 ]; }

start() {
  local c host p0 p1 p2
  [ "$(id -u)" = 0 ] || die "must be root"
  for c in munged slurmctld slurmd sbatch; do command -v $c >/dev/null || die "no $c: see this file's head"; done
  [[ $dir =~ ^[A-Za-z0-9._/+-]+$ ]] || die "$dir: only letters, digits and ._/+- are fit for a path in slurm.conf"
  [ ${#dir} -le 70 ] || die "$dir: longer than 70 characters (paths of the sockets in it would be too long)"
  [ ! -e "$dir/pids" ] || die "$dir: in use; stop it first"
  rm -rf "$dir"/{munge,state,spool,log}
  mkdir -p "$dir"/{munge,state,spool/n0,spool/n1,log,out}
  chmod 755 "$dir/munge"
  (umask 077; head -c 128 /dev/urandom >"$dir/munge/key")
  # Slurm binds to what the host's name resolves to: where that is not loopback, the daemons get a name of their own.
  host=$(uname -n)
  case $(getent ahostsv4 "$host" | awk 'NR == 1 {print $1}') in
    127.*) host=${host%%.*} ;;
    *) host=localhost named=(unshare --uts sh -c 'hostname localhost && exec "$@"' sh) ;;
  esac
  read -r p0 p1 p2 < <(ports)
  cat >"$dir/slurm.conf" <<END
ClusterName=here
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$p0
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/state/slurmctld.pid
SlurmdPidFile=$dir/spool/%n/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
TaskProlog=$dir/mark
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
MailProg=/bin/true
MaxArraySize=10001
MaxJobCount=20000
NodeName=n0 NodeHostname=$host NodeAddr=127.0.0.1 Port=$p1 CPUs=${SLURM_HERE_CPUS:-2} RealMemory=2000
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$p2 CPUs=${SLURM_HERE_CPUS:-2} RealMemory=2000
PartitionName=here Nodes=n0,n1 Default=YES MaxTime=INFINITE State=UP
END
  echo "CgroupPlugin=cgroup/v1" >"$dir/cgroup.conf" # or slurmd looks for one, and on cgroup v2 for systemd's bus
  # Slurm gives every task HERE_SLURM_DIR=DIR, which the daemons have too: by it stop finds what outlived its job.
  printf '#!/bin/sh\necho "export HERE_SLURM_DIR=%s"\n' "$dir" >"$dir/mark"
  chmod 755 "$dir/mark"
  spawn munged munged --foreground --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" \
    --pid-file="$dir/munge/pid" --seed-file="$dir/munge/seed" --log-file="$dir/munge/log"
  until_ok 10 munge -n -S "$dir/munge/socket" || failed munged
  spawn slurmctld slurmctld -D -f "$dir/slurm.conf"
  until_ok 20 scontrol ping || failed slurmctld
  spawn n0 slurmd -D -f "$dir/slurm.conf" -N n0
  spawn n1 slurmd -D -f "$dir/slurm.conf" -N n1
  until_ok 30 idle || failed slurmd
  printf 'export SLURM_CONF=%q\n' "$SLURM_CONF"
}
failed() { tail -n 5 "$dir"/log/* >&2; stop; die "$1 did not start: see $dir/log"; }

alive() { # of the "PID TICKS" lines on stdin
  local pid t
  while read -r pid t; do ticks "$pid"; [ -n "$t" ] && [ "$T" = "$t" ] && echo "$pid $t"; done; true
}
end() { # the "PID TICKS" lines on stdin: SIGTERM, and after 3 s SIGKILL
  local list sig
  list=$(alive)
  for sig in TERM KILL; do
    [ -n "$list" ] || return 0
    kill -$sig $(cut -d' ' -f1 <<<"$list") 2>/dev/null || true
    until_ok 3 none "$list" || true
    list=$(alive <<<"$list")
  done
}
none() { [ -z "$(alive <<<"$1")" ]; }
daemon() { awk -v n="^($1)\$" '$1 ~ n {print $2, $3}' "$dir/pids"; }

ours() { # "PID TICKS NAME" of the live processes that have HERE_SLURM_DIR=DIR, of each slurmstepd (it hides its environment)
  # with a log of DIR open, and of all below them, but not of this script
  local above=" " p=$$
  while [ "$p" -gt 0 ]; do above+="$p "; p=$(awk '/^PPid:/ {print $2}' "/proc/$p/status"); done
  {
    grep -lsaxzF "HERE_SLURM_DIR=$dir" /proc/[0-9]*/environ | cut -d/ -f3 || true
    for p in $(grep -lsx slurmstepd /proc/[0-9]*/comm | cut -d/ -f3 || true); do
      readlink /proc/$p/fd/* 2>/dev/null | grep -qF "$dir/log/" && echo $p
    done
    echo
    cat /proc/[0-9]*/stat 2>/dev/null || true
  } |
    awk -v above="$above" '
      !all && NF == 0 {all = 1; next}
      !all {mark[$1]; next}
      match($0, /\(.*\)/) {
        name = substr($0, RSTART + 1, RLENGTH - 2); id = $1; split(substr($0, RSTART + RLENGTH + 1), f, " ")
        if (f[1] != "Z") {up[id] = f[2]; line[id] = id " " f[20] " " name}
      }
      END {
        for (id in line) for (p = id; p > 1 && index(above, " " p " ") == 0; p = up[p]) if (p in mark) {
          print line[id]; break
        }
      }'
}

stop() {
  local i rest
  [ -e "$dir/pids" ] || return 0
  daemon slurmctld | end # first, so that no pending task starts
  daemon 'n[01]' | end
  for i in 1 2 3; do
    rest=$(ours | awk '$3 != "munged"')
    [ -n "$rest" ] || break
    awk '$3 !~ /^slurmstepd/ {print $1, $2}' <<<"$rest" | end
    kill -KILL $(awk '$3 ~ /^slurmstepd/ {print $1, $2}' <<<"$rest" | alive | cut -d' ' -f1) 2>/dev/null || true
    until_ok 1 none "$(awk '{print $1, $2}' <<<"$rest")" || true
  done
  daemon munged | end
  rest=$(ours)
  [ -z "$rest" ] || die "still there:"$'\n'"$rest"
  rm "$dir/pids"
}

run() {
  local n=$1 id; shift
  [ "$n" -ge 1 ] && [ $# -ge 1 ] || die "run DIR N CMD [ARG...]"
  id=$(sbatch --parsable --array="0-$((n - 1))" --output="$dir/out/%A_%a.txt" <<<"#!/bin/bash"$'\n'"exec $(printf '%q ' "$@")")
  echo "$id"
  while [ -n "$(squeue -h -j "$id")" ]; do sleep 0.2; done
  return "$(scontrol -o show job "$id" | awk '{
    match($0, /ExitCode=[0-9]+:/); c = substr($0, RSTART + 9, RLENGTH - 10) + 0
    if (c == 0 && $0 !~ / JobState=COMPLETED /) c = 1
    if (c > max) max = c
  } END {print max + 0}')"
}

[ $# -ge 2 ] || { sed -n '2,9s/^# //p' "$0"; exit 2; }
cmd=$1 dir=$(realpath -m -- "$2"); shift 2
export SLURM_CONF=$dir/slurm.conf
case $cmd-$# in
  start-0 | stop-0) $cmd ;;
  run-*) run "$@" ;;
  *) die "not understood: $cmd $*" ;;
esac
