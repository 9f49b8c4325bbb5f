#!/bin/sh
# Everything that looks at the code without running it.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
HUBBUB_DATA=$(mktemp -d)
export HUBBUB_DATA
trap 'rm -rf "$HUBBUB_DATA"' EXIT

check() { printf '%s\n' "$1 …"; shift; "$@"; }
check "ruff format" ruff format --check --quiet .
check "ruff" ruff check --quiet .
check "mypy" mypy --no-error-summary
check "import directions" sh -c 'lint-imports >"$HUBBUB_DATA/imports" || { cat "$HUBBUB_DATA/imports"; exit 1; }'
check "templates" sh -c 'find hubbub -name "*.html" -exec djade --check {} +'
check "migrations" hubbub makemigrations --check --dry-run
check "system checks" hubbub check
