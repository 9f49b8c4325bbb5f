#!/bin/sh
# The tests on one stack or on both, one run after the other; fails when one of them does.
# usage: scripts/tests.sh sqlite|postgres|both|all [PYTEST ARGUMENT…]
#   both   everything on SQLite, everything but the browser's tests on PostgreSQL and Redis (decision 27)
#   all    everything on both
# Without arguments for pytest two workers share the files; a chosen part runs in one process, where --pdb works.
set -u
cd "$(dirname "$0")/.."
stacks=$1
shift
failed=0

run() { # STACK [PYTEST ARGUMENT…]
    HUBBUB_TEST_STACK=$1
    export HUBBUB_TEST_STACK
    shift
    .venv/bin/python -m pytest "$@" || failed=1
}

whole="-n 2 --dist loadfile"
some=
[ "$stacks" = both ] && some="--ignore=tests/browser"
[ $# -gt 0 ] && whole= some=
case $stacks in
sqlite | postgres) run "$stacks" $whole "$@" ;;
both | all)
    run sqlite $whole "$@"
    [ -z "$some" ] || echo "On PostgreSQL and Redis without the browser's tests; make test-all runs these too."
    run postgres $whole $some "$@"
    ;;
*)
    echo "There are sqlite, postgres, both and all; not “$stacks”." >&2
    exit 2
    ;;
esac
exit $failed
