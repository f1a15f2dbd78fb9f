#!/usr/bin/env python3
"""Makes a wheel of the program, so that pip installs it (PEP 427, PEP 600, PEP 656).

usage: wheel.py TREE VERSION MACHINE DIRECTORY
"""
import base64
import hashlib
import os
import sys
import time
import zipfile

tree, version, machine, directory = sys.argv[1:]
when = time.gmtime(max(int(os.environ["SOURCE_DATE_EPOCH"]), 315532800))[:6]
# A program that is linked with nothing runs where any C library does, and where another one than glibc does.
tags = [f"py3-none-manylinux_2_5_{machine}"] if machine == "x86_64" else [f"py3-none-manylinux_2_17_{machine}"]
tags.append(f"py3-none-musllinux_1_1_{machine}")
if machine == "x86_64":
    tags.insert(1, "py3-none-manylinux1_x86_64")
name = f"amilint-{version}"
info = f"{name}.dist-info"


def read(path):
    with open(path, "rb") as file:
        return file.read()


with open(os.path.join(tree, "README.md"), encoding="utf-8") as file:
    readme = file.read()
licenses = sorted(os.listdir(os.path.join(tree, "licenses")))
metadata = f"""Metadata-Version: 2.1
Name: amilint
Version: {version}
Summary: Judge machine images for AWS Batch without booting them
License: Apache-2.0
Home-page: {os.environ["AMILINT_BASE_URL"]}
Classifier: Environment :: Console
Classifier: License :: OSI Approved :: Apache Software License
Classifier: Operating System :: POSIX :: Linux
Requires-Python: >=3.6
Description-Content-Type: text/markdown
""" + "".join(f"License-File: licenses/{text}\n" for text in licenses) + "\n" + readme
wheel = "Wheel-Version: 1.0\nGenerator: amilint\nRoot-Is-Purelib: false\n" + "".join(f"Tag: {tag}\n" for tag in tags)
files = [(f"{name}.data/scripts/amilint", read(os.path.join(tree, "usr/bin/amilint")), 0o755)]
files += [(f"{info}/licenses/{text}", read(os.path.join(tree, "licenses", text)), 0o644) for text in licenses]
files += [(f"{info}/METADATA", metadata.encode(), 0o644), (f"{info}/WHEEL", wheel.encode(), 0o644)]
record = ""
for path, content, _ in files:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    record += f"{path},sha256={digest},{len(content)}\n"
files.append((f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644))
platforms = ".".join(tag.removeprefix("py3-none-") for tag in tags)
with zipfile.ZipFile(os.path.join(directory, f"{name}-py3-none-{platforms}.whl"), "w", zipfile.ZIP_DEFLATED) as archive:
    for path, content, mode in files:
        entry = zipfile.ZipInfo(path, when)
        entry.external_attr = (0o100000 | mode) << 16
        entry.create_system = 3
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, content, compresslevel=9)
