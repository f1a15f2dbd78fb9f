"""Images that cost more than others: one that takes seconds to read, one that takes much memory."""

import base64
import io
import random
import subprocess
import tarfile


def ends(name, size):
    """What a tar has before and after the contents of one file of `size` bytes; an image with the least there is."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        release = tarfile.TarInfo("etc/os-release")
        release.size = 10
        archive.addfile(release, io.BytesIO(b"ID=debian\n"))
        start = stream.tell()
    header = tarfile.TarInfo(name)
    header.size = size
    return stream.getvalue()[:start] + header.tobuf(tarfile.GNU_FORMAT), bytes(-size % 512 + 10240)


def piped(command, body):
    return subprocess.run(command, input=body, capture_output=True, check=True).stdout


def slow(path, repeats=60):
    """A tar.xz of several streams, as `cat a.xz b.xz` makes them: some seconds of decoding."""
    chunk = base64.b64encode(random.Random("slow").randbytes(3 << 20))
    first, last = ends("opt/data", repeats * len(chunk))
    body, xz = piped(["xz", "-0", "-c"], chunk), ["xz", "-0", "-c"]
    path.write_bytes(piped(xz, first) + repeats * body + piped(xz, last))


def heavy(path):
    """A tar.zst that looks back over 128 MB, as `zstd --long=27` makes them."""
    size = 160 << 20
    first, last = ends("opt/data", size)
    path.write_bytes(piped(["zstd", "-1", "--long=27", "-q", "-c"], first + bytes(size) + last))
