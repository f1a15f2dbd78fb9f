#!/bin/bash
# The work of the action: fetches the program of one version, holds it against the checksum that was given, and checks
# the image. The verdict is the exit status, after the reports are written.
set -euo pipefail
: "${IMAGE:?}" "${VERSION:?}" "${BASE_URL:?}" "${RUNNER_TEMP:?}" "${GITHUB_OUTPUT:?}" "${GITHUB_STEP_SUMMARY:?}"
[ "$(uname -s)" = Linux ] || { echo "::error::a Linux runner expected, $(uname -s) found"; exit 64; }
[[ ${SHA256:-} =~ ^[0-9a-f]{64}$ ]] || {
    echo "::error::sha256: the SHA-256 of amilint $VERSION expected, '${SHA256:-}' found; SHA256SUMS of the release says it"
    exit 64
}
program=$RUNNER_TEMP/amilint-$VERSION/amilint
mkdir -p "$(dirname "$program")"
address=${BASE_URL%/}/$VERSION/amilint-$VERSION-linux-$(uname -m)
curl -fsSL --retry 3 -o "$program" "$address" || { echo "::error::$address: cannot be fetched"; exit 69; }
found=$(sha256sum "$program"); found=${found%% *}
[ "$found" = "$SHA256" ] || {
    rm -f "$program"
    echo "::error::$address: SHA-256 $SHA256 expected, $found found; it is not run"
    exit 65
}
chmod 755 "$program"
sarif=$RUNNER_TEMP/amilint.sarif
rm -f "$sarif"
# Options are words, as on a command line.
read -r -a arguments <<<"${ARGUMENTS:-}"
status=0
"$program" check "${arguments[@]}" -o github -o "sarif=$sarif" -o "markdown=$RUNNER_TEMP/amilint.md" -- "$IMAGE" ||
    status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"
[ ! -e "$sarif" ] || echo "sarif=$sarif" >>"$GITHUB_OUTPUT"
[ ! -e "$RUNNER_TEMP/amilint.md" ] || cat "$RUNNER_TEMP/amilint.md" >>"$GITHUB_STEP_SUMMARY"
exit $status
