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
check "import directions" lint-imports --no-timing >/dev/null
check "templates" sh -c 'git ls-files "*.html" | xargs djade --check'
check "migrations" hubbub makemigrations --check --dry-run
check "system checks" hubbub check
