#!/bin/sh
# The tests on one stack or on both, one run after the other; fails when one of them does.
# usage: scripts/tests.sh sqlite|postgres|both|all [PYTEST ARGUMENT…]
#   both   everything on SQLite; on PostgreSQL and Redis all that is not about one stack anyway, and no browser (decision 28)
#   all    everything on both
# Without arguments for pytest workers share the files, twice as many as there are processors, since half of the tests
# wait; tests/order.py says which files come first. A chosen part runs in one process, where --pdb works.
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

# Hundreds of processes are started: what each of them would compile for itself is kept.
unset PYTHONDONTWRITEBYTECODE

workers=$((2 * $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)))
[ $workers -gt 8 ] && workers=8
whole="-n $workers --dist loadfile --no-loadscope-reorder"
[ $# -gt 0 ] && whole=
case $stacks in
sqlite | postgres) run "$stacks" $whole "$@" ;;
both)
    run sqlite $whole "$@"
    echo "On PostgreSQL and Redis, without the browser and without what is about one stack by nature; make test-all leaves out nothing."
    run postgres $whole --ignore=tests/browser -m "not stack" "$@"
    ;;
all)
    run sqlite $whole "$@"
    run postgres $whole "$@"
    ;;
*)
    echo "There are sqlite, postgres, both and all; not “$stacks”." >&2
    exit 2
    ;;
esac
exit $failed
