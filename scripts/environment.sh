#!/bin/sh
# Make the environment in .venv and install Hubbub into it; nothing to do when nothing changed.
# usage: scripts/environment.sh EXTRAS     e.g. "runserver" or "dev"
set -eu
cd "$(dirname "$0")/.."
extras=$1

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 2; }

python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Hubbub needs Python 3.11 or newer: install it (Debian: apt-get install python3 python3-venv) and try again."

wanted="$extras $("$python" -c 'import sys; print(sys.version)' | tr '\n' ' ') $(cat pyproject.toml constraints.txt | cksum)"
stamp=".venv/.installed-$extras"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x .venv/bin/hubbub ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

if ! [ -x .venv/bin/pip ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Making the environment in .venv …"
    "$python" -m venv --clear .venv || {
        rm -rf .venv
        fail "This Python can't make environments: install its venv package (Debian: apt-get install python3-venv) and try again."
    }
fi
say "Installing Hubbub and what it needs …"
.venv/bin/pip install --quiet --disable-pip-version-check --progress-bar off -c constraints.txt -e ".[$extras]" ||
    fail "The packages could not be installed: see pip's message above; pip needs to reach a package index."
printf '%s' "$wanted" >"$stamp"
