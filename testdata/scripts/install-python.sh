#!/bin/bash
# Installs with pip what is missing of the Python modules named; where that cannot be done it says so and goes on, and
# the tests that need them are skipped loudly.
# usage: install-python.sh MODULE|DISTRIBUTION:MODULE...
set -uo pipefail
missing=()
for module in "$@"; do python3 -c "import ${module#*:}" 2>/dev/null || missing+=("${module%:*}"); done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "installing ${missing[*]} for python3"
export PIP_BREAK_SYSTEM_PACKAGES=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
for module in "${missing[@]}"; do
    python3 -m pip install --quiet "$module" </dev/null || python3 -m pip install --quiet --user "$module" </dev/null ||
        echo "$module: not installed" >&2
done
exit 0
