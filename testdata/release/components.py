#!/usr/bin/env python3
"""Says what is linked into the program, as the linker's map has it: a CycloneDX document, and the licences.

usage: components.py MAP PROGRAM TOP VERSION DOCUMENT LICENSES
"""
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.parse
import uuid

map_file, program, top, version, document, licenses = sys.argv[1:]

# What the packages of the archives are licensed under, as their own copyright files say of what is linked. A package
# that is not here ends this: whoever links something new has to look.
LICENSES = {
    "libarchive-dev": "BSD-2-Clause AND BSD-3-Clause",
    "libbz2-dev": "bzip2-1.0.6",
    "libc6-dev": "LGPL-2.1-or-later",
    "libgcc-12-dev": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libstdc++-12-dev": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "liblz4-dev": "BSD-2-Clause",
    "liblzma-dev": "LicenseRef-public-domain",
    "libsqlite3-dev": "LicenseRef-public-domain",
    "libyaml-dev": "MIT",
    "libzstd-dev": "BSD-3-Clause",
    "nettle-dev": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "zlib1g-dev": "Zlib",
}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def owner(path):
    """The package that installed a file; Debian's directories are links, so that both names are asked."""
    for name in (os.path.realpath(path), os.path.abspath(path), "/usr" + os.path.realpath(path)):
        found = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    sys.exit(f"components.py: {path}: a package that it belongs to expected, none found")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def quoted(text):
    """As a part of a package URL, in which a colon stands for itself."""
    return urllib.parse.quote(text, safe=":~")


def component(name, version, license, purl, text):
    """A library as the document has it; its licence's text becomes a file."""
    with open(os.path.join(licenses, name), "w", encoding="utf-8") as file:
        file.write(text)
    return {
        "type": "library", "bom-ref": purl, "name": name, "version": version,
        "licenses": [{"expression": license}], "purl": purl,
    }


os.makedirs(licenses, exist_ok=True)
# Members of archives stand as PATH(MEMBER).
archives = sorted(set(re.findall(r"^(\S+\.a)\(", read(map_file), re.M)))
if not archives:
    sys.exit(f"components.py: {map_file}: archives that were linked expected, none found")
swift = os.path.dirname(os.path.dirname(os.path.realpath(output("which", "swiftc"))))
debian = re.search(r'^VERSION_ID="?([^"\n]+)', read("/etc/os-release"), re.M).group(1)
packages, found = set(), {}
for archive in archives:
    if os.path.realpath(archive).startswith(swift + "/"):
        release = re.search(r"Swift version (\S+)", output("swiftc", "--version")).group(1)
        found["swift"] = component(
            "swift", release, "Apache-2.0 WITH Swift-exception", f"pkg:github/swiftlang/swift@swift-{release}-RELEASE",
            read(f"{swift}/share/swift/LICENSE.txt"))
    elif os.path.basename(archive) == "libisal.a":
        source = read(os.path.join(os.path.dirname(archive), "libisal.source")).split("\n", 1)
        found["isa-l"] = component(
            "isa-l", source[0], "BSD-3-Clause", f"pkg:github/intel/isa-l@v{source[0]}", source[1])
    else:
        packages.add(owner(archive))
for package in sorted(packages):
    if package not in LICENSES:
        sys.exit(f"components.py: {package} is linked in, and its licence is not named here")
    release, machine = output("dpkg-query", "-W", "-f", "${Version} ${Architecture}", package).split()
    found[package] = component(
        package, release, LICENSES[package],
        f"pkg:deb/debian/{quoted(package)}@{quoted(release)}?arch={machine}&distro=debian-{debian}",
        read(f"/usr/share/doc/{package}/copyright"))
pin = next(
    pin for pin in json.loads(read(f"{top}/Package.resolved"))["pins"]
    if pin["identity"] == "swift-argument-parser")
found["swift-argument-parser"] = component(
    "swift-argument-parser", pin["state"]["version"], "Apache-2.0 WITH Swift-exception",
    f"pkg:github/apple/swift-argument-parser@{pin['state']['version']}",
    read(f"{top}/.build/checkouts/swift-argument-parser/LICENSE.txt"))
with open(program, "rb") as file:
    digest = hashlib.sha256(file.read()).hexdigest()
when = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
root = f"pkg:generic/amilint@{version}"
with open(document, "w", encoding="utf-8") as file:
    json.dump({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": root, "name": "amilint", "version": version, "purl": root,
                "licenses": [{"expression": "Apache-2.0"}], "hashes": [{"alg": "SHA-256", "content": digest}],
            },
        },
        "components": sorted(found.values(), key=lambda one: one["bom-ref"]),
        "dependencies": [{"ref": root, "dependsOn": sorted(one["bom-ref"] for one in found.values())}],
    }, file, indent=1)
    file.write("\n")
