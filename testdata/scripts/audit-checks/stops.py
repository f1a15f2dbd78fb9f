"""What stops an audit, or one image of it."""

import os
import re
import shutil
import signal
import subprocess
import time

import odd_images
from common import expect, recorded, rows
from watch import children, interruptible, is_reader, survivors


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not (found := condition()):
        expect(time.monotonic() < end, f"{what}: waited in vain for {seconds} s")
        time.sleep(0.003)
    return found


def started(setting, *arguments, of=None, **more):
    return subprocess.Popen(
        setting.command(*arguments, of=of), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=interruptible, **more)


def stopped_reader(process):
    """Holds up a reader of an audit, so that it does not end before it is interrupted; None where there is none."""
    for reader in filter(is_reader, children(process)):
        try:
            os.kill(reader, signal.SIGSTOP)
            time.sleep(0.01)
            with open(f"/proc/{reader}/stat") as status:
                if status.read().rpartition(")")[2].split()[0] == "T":
                    return reader
        except OSError:
            pass
    return None


def check_interrupted(setting):
    """Ctrl-C and SIGTERM end it soon and say how to go on"""
    told = []
    for name, number, status in [("SIGINT", signal.SIGINT, 130), ("SIGTERM", signal.SIGTERM, 143)]:
        slowest = 0
        for with_state in (True, False):
            state = setting.work / f"interrupted-{name}"
            place = setting.work / "here"
            place.mkdir(exist_ok=True)
            shutil.rmtree(state, ignore_errors=True)
            process = started(
                setting, "--jobs", 2, *(["--state", state] if with_state else []), "-o", "jsonl=report.jsonl", cwd=place)
            until(lambda: stopped_reader(process.pid), "a reader")
            start = time.monotonic()
            process.send_signal(number)
            _, error = process.communicate(timeout=20)
            slowest = max(slowest, time.monotonic() - start)
            expect(process.returncode == status, f"{name}: {status} expected, {process.returncode} found: {error}")
            hint = "the same command goes on from there" if with_state else "--state"
            expect(hint in error and len(error.splitlines()) == 1, f"{name}: {hint!r} expected, found: {error}")
            expect(os.listdir(place) == [], f"{name}: left behind: {os.listdir(place)}")
            left = survivors()
            expect(not left, f"{name}: {len(left)} readers left")
        expect(slowest < 2, f"{name}: {slowest:.2f} s to the end")
        told.append(f"{name}: {status} within {slowest * 1000:.0f} ms")
    status, shown = on_terminal(
        setting.command("--jobs", 2, "--state", setting.work / "terminal", "-o", "jsonl=/dev/null"),
        lambda process: until(lambda: stopped_reader(process), "a reader"), b"\x03")
    expect(status == 130 and "the same command goes on" in shown, f"Ctrl-C on a terminal: {status}: {shown!r}")
    expect(not survivors(), "Ctrl-C on a terminal: readers left")
    return "; ".join(told) + "; Ctrl-C on a terminal: 130"


def on_terminal(command, ready=None, keys=b""):
    """Runs a command on a terminal of its own and types once it is ready; its status and what the terminal showed."""
    process, terminal = os.forkpty()
    if process == 0:
        os.environ["TERM"] = "xterm"
        os.execv(command[0], command)
    if ready:
        ready(process)
        os.write(terminal, keys)
    shown = b""
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        shown += more
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


def check_orphans(setting):
    """no reader outlives an audit that is killed, however soon after its start"""
    folder = setting.work / "orphans"
    folder.mkdir()
    odd_images.slow(folder / "slow.tar.xz")
    for number in range(40):
        process = started(setting, "-o", "jsonl=/dev/null", of=str(folder))
        while not children(process.pid):
            pass
        time.sleep(0.0005 * (number % 20))
        process.kill()
        process.wait()
        left = survivors()
        for reader in left:
            os.kill(reader, signal.SIGKILL)
        expect(not left, f"a reader outlives an audit that is killed {0.5 * (number % 20)} ms after it started the reader")
    return "40 kills up to 10 ms after the start of a reader"


def check_one_image(setting):
    """a reader that is killed, takes too long or too much costs one row"""
    folder = setting.work / "odd"
    folder.mkdir()
    plain = [name for name in setting.files if setting.kinds[name] == "plain"][:6]
    for number, name in enumerate(plain):
        (folder / f"{number}-{os.path.basename(name)}").symlink_to(os.path.join(setting.images, name))
    odd_images.slow(folder / "slow.tar.xz")
    paths = sorted(map(str, folder.iterdir()))
    told = []

    def look(limits, expected, meanwhile=None):
        state, report = setting.work / f"odd-{len(told)}", setting.work / "odd.jsonl"
        names = setting.work / "odd.txt"
        names.write_text("".join(path + "\n" for path in paths))
        process = subprocess.Popen(
            [setting.amilint, "audit", "--files-from", str(names), "--jobs", "2", "--state", str(state), "-o",
             f"jsonl={report}", *limits], stderr=subprocess.PIPE, text=True)
        if meanwhile:
            meanwhile(process.pid)
        _, error = process.communicate()
        expect(process.returncode in (1, 2), f"{limits}: exit status {process.returncode}: {error}")
        expect(not survivors(), f"{limits}: readers left")
        found = {os.path.basename(name): row.get("error") for name, row in rows(report).items()}
        expect(len(found) == len(paths), f"{limits}: {len(paths)} rows expected, {len(found)} found")
        errors = {name: error["code"] for name, error in found.items() if error}
        expect(errors == expected, f"{limits}: {expected} expected, {errors} found")
        kept = {os.path.basename(path) for path in recorded(state)}
        expect(not kept & set(expected), f"{limits}: {kept & set(expected)} kept, though it may be read another time")
        told.append(", ".join(found[name]["reason"] for name in expected))

    def kill_slow(process):
        def reader():
            for child in children(process):
                try:
                    with open(f"/proc/{child}/cmdline") as words:
                        if "slow.tar.xz" in words.read():
                            return child
                except OSError:
                    pass
            return None
        until(reader, "the reader of slow.tar.xz")
        os.kill(reader(), signal.SIGKILL)

    look([], {"slow.tar.xz": "readerEnded"}, kill_slow)
    look(["--time-limit", "2"], {"slow.tar.xz": "timeLimit"})
    odd_images.heavy(folder / "heavy.tar.zst")
    paths[paths.index(str(folder / "slow.tar.xz"))] = str(folder / "heavy.tar.zst")
    look(["--memory-limit", "90"], {"heavy.tar.zst": "memoryLimit"})
    return "; ".join(told)


def check_progress(setting):
    """progress: one line on a terminal, now and then a plain one elsewhere"""
    folder = setting.work / "slow"
    folder.mkdir()
    odd_images.slow(folder / "slow.tar.xz", repeats=30)
    command = setting.command("-o", "jsonl=/dev/null", of=str(folder))
    _, shown = on_terminal(command)
    lines = re.findall(r"\r\x1b\[K[01] of 1 images  [0-9.]+ of [0-9.]+ MB  [0-9.]+ MB/s  [^\r\n]* left  slow\.tar\.xz", shown)
    expect(len(lines) >= 3 and shown.endswith("\r\x1b[K") and "\n" not in shown, f"a line that is rewritten: {shown!r}")
    _, shown = on_terminal([*command, "--quiet"])
    expect(shown == "", f"nothing with --quiet expected, found {shown!r}")

    # In a pipe: readers are held up for longer than the 30 seconds after which it says something.
    process = started(setting, "-o", "text", of=str(folder))
    reader = until(lambda: stopped_reader(process.pid), "a reader")
    time.sleep(30.5)
    os.kill(reader, signal.SIGCONT)
    output, error = process.communicate()
    expect(
        re.fullmatch(r"amilint: 0 of 1 images  [0-9.]+ of [0-9.]+ MB[^\n]*\n", error), f"one plain line: {error!r}")
    expect("\x1b" not in output + error, "no color in a pipe expected")
    return f"{len(lines)} times rewritten on a terminal; in a pipe: {error.strip()}"
