#!/bin/bash
# Packs the program with every library it needs: unpacked anywhere on a Linux of the same architecture it runs as
# amilint/amilint, whatever is installed there and however old that is.
# usage: bundle.sh AMILINT ARCHIVE.tar.gz
set -euo pipefail
amilint=$(realpath "${1:?usage: bundle.sh AMILINT ARCHIVE.tar.gz}") archive=${2:?usage: bundle.sh AMILINT ARCHIVE.tar.gz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lib=$work/amilint/lib
mkdir -p "$lib"
needed=$(ldd "$amilint")
if grep 'not found' <<<"$needed" >&2; then exit 1; fi
loader=$(awk '$1 ~ "^/" { print $1 }' <<<"$needed")
awk '$2 == "=>" { print $3 }' <<<"$needed" | xargs cp -L -t "$lib" "$loader" "$amilint"
if type -P strip >/dev/null; then strip "$lib/amilint"; fi
cat >"$work/amilint/amilint" <<END
#!/bin/sh
# Runs amilint with the libraries beside it, not with those of this machine.
lib=\$(dirname "\$(readlink -f "\$0")")/lib
exec "\$lib/$(basename "$loader")" --library-path "\$lib" "\$lib/$(basename "$amilint")" "\$@"
END
chmod 755 "$work/amilint/amilint"
tar -C "$work" --owner=0 --group=0 --numeric-owner --sort=name -czf "$archive" amilint
