#!/bin/bash
# Makes the demo's two images and checks each as a directory and as a tar: the good one must come to exit status 0, the
# bad one to 1. Ends with 1 where one did not.
# usage: demo.sh AMILINT OUTDIR
set -euo pipefail
amilint=$(realpath "${1:?usage: demo.sh AMILINT OUTDIR}")
out=${2:?usage: demo.sh AMILINT OUTDIR}
"$(dirname "$0")/make-demo-roots.sh" "$out" >/dev/null
cd "$out"
wrong=0
for image in good bad; do
    expected=0
    [ $image = good ] || expected=1
    for source in $image $image.tar.gz; do
        status=0
        echo "\$ amilint check $source"
        "$amilint" check "$source" </dev/null || status=$?
        echo "exit status $status"
        echo
        [ $status = $expected ] || { echo "exit status $expected expected of $source, $status found" >&2; wrong=1; }
    done
done
exit $wrong
