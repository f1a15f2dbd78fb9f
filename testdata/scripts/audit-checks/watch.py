"""What audit-checks.py sees of an audit from outside: opens of files, processes, descriptors, memory."""

import ctypes
import os
import pathlib
import re
import signal
import struct
import subprocess
import tempfile
import time

libc = ctypes.CDLL(None, use_errno=True)
IN_OPEN, IN_ISDIR, IN_NONBLOCK = 0x20, 0x40000000, 0o4000
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Makes what an audit leaves running a child of this process, so that it shows."""
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class Opens:
    """Counts opens of the files in `directory` and below by anybody, as the kernel tells them (inotify); of what is in
    the directories `beside` nothing is counted.
    """

    def __init__(self, directory, beside):
        self.descriptor = libc.inotify_init1(IN_NONBLOCK)
        self.folders = {}
        for folder, names, _ in os.walk(directory):
            names[:] = [name for name in names if os.path.join(folder, name) not in beside]
            watch = libc.inotify_add_watch(self.descriptor, os.fsencode(folder), IN_OPEN)
            if watch < 0:
                raise OSError(ctypes.get_errno(), f"inotify_add_watch {folder}")
            self.folders[watch] = folder

    def take(self):
        """The paths of the files that were opened since the last call, once for each open."""
        found = []
        while True:
            try:
                data = os.read(self.descriptor, 1 << 20)
            except BlockingIOError:
                return found
            offset = 0
            while offset < len(data):
                watch, mask, _, length = struct.unpack_from("iIII", data, offset)
                name = data[offset + 16:offset + 16 + length].rstrip(b"\0")
                offset += 16 + length
                if watch < 0:
                    raise SystemExit("the kernel lost events: raise fs.inotify.max_queued_events")
                if name and not mask & IN_ISDIR:
                    found.append(os.path.join(self.folders[watch], os.fsdecode(name)))


def children(process):
    """The processes that any thread of `process` started and that have not been waited for."""
    found = []
    for path in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except OSError:
            pass
    return found


def survivors(within=0.5):
    """What is left of audits that have ended, after a moment: processes that this one has inherited."""
    end = time.monotonic() + within
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        except ChildProcessError:
            return []
        left = children(os.getpid())
        if time.monotonic() > end:
            return left
        time.sleep(0.005)


def field(process, name):
    """A line of /proc/PID/status in kilobytes; 0 where the process is gone."""
    try:
        for line in open(f"/proc/{process}/status"):
            if line.startswith(name + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def descriptors(process):
    """What each open descriptor of a process stands for."""
    found = {}
    try:
        for name in os.listdir(f"/proc/{process}/fd"):
            found[int(name)] = os.readlink(f"/proc/{process}/fd/{name}")
    except OSError:
        pass
    return found


def is_reader(process):
    """Whether a process runs as a reader: before that it is a copy of its parent, which waits for it."""
    try:
        with open(f"/proc/{process}/cmdline") as words:
            return "read-image" in words.read()
    except OSError:
        return False


def inherited(reader):
    """What a reader has of its parent's besides its standard streams; before it runs its own program it has all."""
    if not is_reader(reader):
        return set()
    return {what for number, what in descriptors(reader).items() if number > 2 and re.search("^pipe:|/lock", what)}


class Watched:
    """A run of a command to its end, looked at all the while. Memory in kilobytes."""

    def __init__(self, command, **options):
        start = time.monotonic()
        self.parent, self.together, self.descriptors, self.inherited = 0, 0, 0, set()
        # Files, since nobody would empty pipes meanwhile.
        output, error = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        process = subprocess.Popen(command, stdout=output, stderr=error, **options)
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            readers = children(process.pid)
            self.parent = max(self.parent, field(process.pid, "VmHWM"))
            self.together = max(self.together, sum(field(one, "VmRSS") for one in [process.pid, *readers]))
            self.descriptors = max(self.descriptors, len(descriptors(process.pid)))
            self.inherited = self.inherited.union(*map(inherited, readers))
            time.sleep(0.004)
        self.seconds = time.monotonic() - start
        self.status = process.returncode = os.waitstatus_to_exitcode(status)
        self.largest = usage.ru_maxrss  # of this process and of all those it waited for
        output.seek(0)
        error.seek(0)
        self.output, self.error = output.read(), error.read()


def interruptible():
    """For preexec_fn: a shell starts what runs in its background with SIGINT ignored, as no terminal does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
