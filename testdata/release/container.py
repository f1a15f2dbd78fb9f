#!/usr/bin/env python3
"""Makes a container image that holds the program and its licences alone, as an OCI layout and as `docker load` takes it.

usage: container.py TREE VERSION MACHINE DIRECTORY

Formats: opencontainers/image-spec v1.0 (image-layout.md, manifest.md, config.md); the archive of `docker save`
(moby/docker-image-spec v1.2).
"""
import datetime
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

tree, version, machine, directory = sys.argv[1:]
epoch = int(os.environ["SOURCE_DATE_EPOCH"])
created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
architecture = {"x86_64": "amd64", "aarch64": "arm64"}[machine]


def entry(name, size=0, mode=0o644, kind=tarfile.REGTYPE):
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.type, header.mtime = size, mode, kind, epoch
    return header


def archive(files):
    """A tar of (name, content, mode); content None is a directory."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content, mode in files:
            if content is None:
                tar.addfile(entry(name, mode=mode, kind=tarfile.DIRTYPE))
            else:
                tar.addfile(entry(name, len(content), mode), io.BytesIO(content))
    return out.getvalue()


def read(*path):
    with open(os.path.join(tree, *path), "rb") as file:
        return file.read()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def compact(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def blob(content):
    return f"blobs/sha256/{digest(content)}", content, 0o644


folders = ["images", "licenses", "tmp", "usr", "usr/bin"]
layer = archive(
    # Whatever user it runs as may write reports to /tmp.
    [(folder, None, 0o1777 if folder == "tmp" else 0o755) for folder in folders]
    + [(f"licenses/{name}", read("licenses", name), 0o644) for name in sorted(os.listdir(os.path.join(tree, "licenses")))]
    + [("usr/bin/amilint", read("usr/bin/amilint"), 0o755)]
)
packed = gzip.compress(layer, 9, mtime=0)
config = compact({
    "architecture": architecture,
    "os": "linux",
    "created": created,
    "config": {
        "User": "65534:65534",
        "WorkingDir": "/images",
        "Entrypoint": ["/usr/bin/amilint"],
        "Cmd": ["--help"],
        "Env": ["PATH=/usr/bin"],
        "Labels": {
            "org.opencontainers.image.title": "amilint",
            "org.opencontainers.image.description": "Judge machine images for AWS Batch without booting them",
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.created": created,
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.url": os.environ["AMILINT_BASE_URL"],
        },
    },
    "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(layer)}"]},
    "history": [{"created": created, "created_by": f"amilint {version}"}],
})


def descriptor(kind, content, **more):
    media = f"application/vnd.oci.image.{kind}"
    return {"mediaType": media, "digest": f"sha256:{digest(content)}", "size": len(content), **more}


manifest = compact({
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": descriptor("config.v1+json", config),
    "layers": [descriptor("layer.v1.tar+gzip", packed)],
})
index = compact({
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.index.v1+json",
    "manifests": [
        descriptor(
            "manifest.v1+json", manifest, platform={"architecture": architecture, "os": "linux"},
            annotations={"org.opencontainers.image.ref.name": version})
    ],
})
stem = os.path.join(directory, f"amilint-{version}-linux-{machine}")
with open(f"{stem}.oci.tar", "wb") as out:
    out.write(archive(
        [("oci-layout", compact({"imageLayoutVersion": "1.0.0"}), 0o644), ("index.json", index, 0o644),
         ("blobs", None, 0o755), ("blobs/sha256", None, 0o755)]
        + sorted([blob(packed), blob(config), blob(manifest)])))
name = f"{digest(config)}.json"
saved = compact([{"Config": name, "RepoTags": [f"amilint:{version}"], "Layers": ["layer.tar"]}])
with open(f"{stem}.docker.tar.gz", "wb") as out:
    out.write(gzip.compress(
        archive([(name, config, 0o644), ("layer.tar", layer, 0o644), ("manifest.json", saved, 0o644)]), 9, mtime=0))
