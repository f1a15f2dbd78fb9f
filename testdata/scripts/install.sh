#!/bin/bash
# Installs the program, its manual pages and its completions for bash, zsh and fish.
# usage: install.sh AMILINT PREFIX, where PREFIX may be below a DESTDIR
set -euo pipefail
amilint=$(realpath "${1:?usage: install.sh AMILINT PREFIX}") prefix=${2:?usage: install.sh AMILINT PREFIX}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for shell in bash zsh fish; do "$amilint" --generate-completion-script $shell >"$work/$shell"; done
# What is read by a shell is no program of its own.
sed -i '1{/^#!/d}' "$work/bash"
"$(dirname "$0")/make-manual" "$amilint" "$work/man"
install -D -m 755 "$amilint" "$prefix/bin/amilint"
install -D -m 644 "$work/bash" "$prefix/share/bash-completion/completions/amilint"
install -D -m 644 "$work/zsh" "$prefix/share/zsh/site-functions/_amilint"
install -D -m 644 "$work/fish" "$prefix/share/fish/vendor_completions.d/amilint.fish"
install -D -m 644 -t "$prefix/share/man/man1" "$work"/man/*.1
