#!/bin/bash
# Makes DIRECTORY, which a linker that looks there first takes each LIBRARY's archive from; one that is not installed as
# an archive is not there, and the linker goes on to the shared library.
# usage: link-archives.sh DIRECTORY LIBRARY...
set -euo pipefail
directory=${1:?usage: link-archives.sh DIRECTORY LIBRARY...}
shift
mkdir -p "$directory"
for library in "$@"; do
    # The bare name is printed of what is not found.
    archive=$(clang -print-file-name="lib$library.a")
    if [ -e "$archive" ]; then ln -sf "$archive" "$directory"; else rm -f "$directory/lib$library.a"; fi
done
